import { inspect } from 'node:util';

/** What stands in the place of a secret. */
export const redacted = '[redacted]' as const;

/** A secret that cannot be written out by accident: it shows as `[redacted]` in JSON, templates and inspection. */
export interface SecretText {
  /** The secret itself. The only way to it: search the code for this word to find all uses. */
  reveal(): string;
  toString(): typeof redacted;
  toJSON(): typeof redacted;
}

const known = new WeakSet<object>();

/** Wraps what must not be logged. A copy by `structuredClone` or a worker's message fails rather than leaks. */
export function secret(value: string): SecretText {
  const hide = (): typeof redacted => redacted;
  const wrapped = {
    reveal: () => value,
    toString: hide,
    toJSON: hide,
    [Symbol.toPrimitive]: hide,
    [inspect.custom]: hide,
  };
  known.add(wrapped);
  return Object.freeze(wrapped);
}

/** Whether it came from `secret`; a look-alike does not. */
export const isSecretText = (value: unknown): value is SecretText =>
  typeof value === 'object' && value !== null && known.has(value);
