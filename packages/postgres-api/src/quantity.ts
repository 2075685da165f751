const units: Record<string, bigint> = {
  '': 1n,
  k: 10n ** 3n,
  M: 10n ** 6n,
  G: 10n ** 9n,
  T: 10n ** 12n,
  P: 10n ** 15n,
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
  Pi: 1n << 50n,
};

/** A whole Kubernetes quantity (`10Gi`, `500M`, `1024`) as a number that can be compared; throws on anything else. */
export function parseQuantity(text: string): bigint {
  const match = /^([0-9]+)(k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/.exec(text);
  const unit = units[match?.[2] ?? ''];
  if (!match?.[1] || unit === undefined) throw new Error(`"${text}" is not a whole quantity such as 10Gi`);
  return BigInt(match[1]) * unit;
}
