import { describe, expect, it } from '@jest/globals';
import { catalogue, findings } from '../../src/index.ts';
import { scenarios, shopSystem } from './shop.ts';

describe('a small operator with children, an optional part, a saga and a finalizer', () => {
  const entries = catalogue(shopSystem(), scenarios);
  it.each(entries.map((entry) => [entry.id, entry.title, entry] as const))(
    '%s: %s',
    async (_id, _title, entry) => {
      expect(await findings(entry, console.info)).toEqual([]);
    },
    600_000,
  );
});
