import { type Environment } from '@marcbachmann/cel-js';
import { fromWhole, isWhole, numberOf, parseQuantity, wholeOf } from './quantity.ts';

/** A quantity as a value of CEL. */
class Amount {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A version as a value of CEL. */
class Version {
  readonly numbers: readonly bigint[];
  readonly before: readonly string[];
  constructor(text: string) {
    const match = semver.exec(text);
    if (!match) throw new Error(`invalid semantic version: ${text}`);
    this.numbers = [match[1]!, match[2]!, match[3]!].map(BigInt);
    this.before = match[4]?.split('.') ?? [];
  }
}

const semver =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?$/;
const order = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

/** By the rules of semver.org, 11. */
function compareVersions(a: Version, b: Version): number {
  for (const [index, number] of a.numbers.entries()) {
    const found = order(number, b.numbers[index]!);
    if (found !== 0) return found;
  }
  if (a.before.length === 0 || b.before.length === 0) return order(b.before.length, a.before.length);
  for (const [index, part] of a.before.entries()) {
    const other = b.before[index];
    if (other === undefined) return 1;
    const [isNumber, isOther] = [/^\d+$/.test(part), /^\d+$/.test(other)];
    const found =
      isNumber && isOther
        ? order(BigInt(part), BigInt(other))
        : isNumber === isOther
          ? order(part, other)
          : isNumber
            ? -1
            : 1;
    if (found !== 0) return found;
  }
  return order(a.before.length, b.before.length);
}

function amountOf(text: string): Amount {
  const found = parseQuantity(text);
  if (!found) {
    throw new Error(
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  }
  return new Amount(found.nanos);
}

/** `quantity` and `semver` of the Kubernetes CEL libraries. */
export function registerNumberFunctions(env: Environment): void {
  env.registerType('kubernetes.Quantity', Amount);
  env.registerFunction('isQuantity(string): bool', (text: string) => parseQuantity(text) !== undefined);
  env.registerFunction('quantity(string): kubernetes.Quantity', amountOf);
  env.registerFunction('kubernetes.Quantity.sign(): int', ({ nanos }: Amount) => BigInt(order(nanos, 0n)));
  env.registerFunction('kubernetes.Quantity.isInteger(): bool', (amount: Amount) => isWhole(amount));
  env.registerFunction('kubernetes.Quantity.asInteger(): int', (amount: Amount) => {
    if (!isWhole(amount)) throw new Error('cannot convert value to integer');
    return wholeOf(amount);
  });
  env.registerFunction('kubernetes.Quantity.asApproximateFloat(): double', (amount: Amount) =>
    numberOf(amount),
  );
  comparing(env, 'kubernetes.Quantity', (a: Amount, b: Amount) => order(a.nanos, b.nanos));
  for (const [name, sign] of [
    ['add', 1n],
    ['sub', -1n],
  ] as const) {
    const of = `kubernetes.Quantity.${name}`;
    env.registerFunction(
      `${of}(kubernetes.Quantity): kubernetes.Quantity`,
      (a: Amount, b: Amount) => new Amount(a.nanos + sign * b.nanos),
    );
    env.registerFunction(
      `${of}(int): kubernetes.Quantity`,
      (a: Amount, b: bigint) => new Amount(a.nanos + sign * fromWhole(b).nanos),
    );
  }
  env.registerType('kubernetes.Semver', Version);
  env.registerFunction('isSemver(string): bool', (text: string) => semver.test(text));
  env.registerFunction('semver(string): kubernetes.Semver', (text: string) => new Version(text));
  comparing(env, 'kubernetes.Semver', compareVersions);
  for (const [index, name] of ['major', 'minor', 'patch'].entries()) {
    env.registerFunction(`kubernetes.Semver.${name}(): int`, ({ numbers }: Version) => numbers[index]!);
  }
}

function comparing<T>(env: Environment, type: string, compare: (a: T, b: T) => number): void {
  env.registerFunction(`${type}.compareTo(${type}): int`, (a: T, b: T) => BigInt(compare(a, b)));
  env.registerFunction(`${type}.isLessThan(${type}): bool`, (a: T, b: T) => compare(a, b) < 0);
  env.registerFunction(`${type}.isGreaterThan(${type}): bool`, (a: T, b: T) => compare(a, b) > 0);
}
