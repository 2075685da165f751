const powers: Readonly<Record<string, readonly [base: bigint, exponent: bigint]>> = {
  n: [10n, -9n],
  u: [10n, -6n],
  m: [10n, -3n],
  '': [10n, 0n],
  k: [10n, 3n],
  M: [10n, 6n],
  G: [10n, 9n],
  T: [10n, 12n],
  P: [10n, 15n],
  E: [10n, 18n],
  Ki: [2n, 10n],
  Mi: [2n, 20n],
  Gi: [2n, 30n],
  Ti: [2n, 40n],
  Pi: [2n, 50n],
  Ei: [2n, 60n],
};
const form = /^([+-]?)(\d+\.?\d*|\.\d+)(?:(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)|[eE]([+-]?\d+))?$/;

/** An amount such as `1.5Gi`, exactly: in thousand-millionths of one. */
export interface Quantity {
  readonly nanos: bigint;
}

const one = 1_000_000_000n;

/** Reads a quantity; undefined for what is none. What is finer than a nano is rounded up, as the API server does. */
export function parseQuantity(text: string): Quantity | undefined {
  const match = form.exec(text);
  if (!match) return undefined;
  const [, sign, digits = '', suffix = '', exponent] = match;
  const [whole = '', fraction = ''] = digits.split('.');
  const unscaled = BigInt(`${whole}${fraction}` || '0') * one;
  let down = 10n ** BigInt(fraction.length);
  let up = 1n;
  const [base, power] = exponent === undefined ? powers[suffix]! : ([10n, BigInt(exponent)] as const);
  if (power < 0n) down *= base ** -power;
  else up = base ** power;
  const product = unscaled * up;
  const size = product / down + (product % down === 0n ? 0n : 1n);
  return { nanos: sign === '-' ? -size : size };
}

export const isWhole = ({ nanos }: Quantity): boolean => nanos % one === 0n;
export const wholeOf = ({ nanos }: Quantity): bigint => nanos / one;
export const numberOf = ({ nanos }: Quantity): number => Number(nanos) / Number(one);
export const fromWhole = (value: bigint): Quantity => ({ nanos: value * one });
