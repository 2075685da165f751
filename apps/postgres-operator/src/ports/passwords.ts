import { randomBytes } from 'node:crypto';

/** Makes passwords. A port because chance is I/O: a plan never draws one itself. */
export interface Passwords {
  generate(): string;
}

/** 192 random bits in characters that need no quoting, neither in a URI nor in SQL. */
export const randomPasswords: Passwords = { generate: () => randomBytes(24).toString('base64url') };
