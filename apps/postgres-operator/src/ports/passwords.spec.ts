import { describe, expect, it } from '@jest/globals';
import { randomPasswords } from './passwords.ts';

describe('randomPasswords', () => {
  it('needs no quoting in a URI or in SQL, and never repeats', () => {
    const some = Array.from({ length: 100 }, () => randomPasswords.generate());
    for (const password of some) expect(password).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect(new Set(some).size).toBe(some.length);
  });
});
