import { describe, expect, it } from '@jest/globals';
import { difference, type FieldSet } from './difference.ts';

describe('difference', () => {
  it.each<[string, unknown, unknown, FieldSet | undefined, string | undefined]>([
    ['equal values', { a: 1 }, { a: 1 }, undefined, undefined],
    ['fields that the server filled in', { a: 1 }, { a: 1, b: 2 }, undefined, undefined],
    ['a changed value', { a: { b: 1 } }, { a: { b: 2 } }, undefined, '.a.b'],
    ['a missing value', { a: { b: 1 } }, { a: {} }, undefined, '.a.b'],
    ['a field that we applied and want no more', { a: 1 }, { a: 1, b: 2 }, { 'f:a': {}, 'f:b': {} }, '.b'],
    ['a field that another manager added', { a: 1 }, { a: 1, b: 2 }, { 'f:a': {} }, undefined],
    ['an empty map that the server dropped', { a: {} }, {}, undefined, undefined],
    [
      'quantities of one meaning',
      { requests: { cpu: '1000m' } },
      { requests: { cpu: '1' } },
      undefined,
      undefined,
    ],
    ['equal quantities where they are plain text', { env: '1000m' }, { env: '1' }, undefined, '.env'],
    ['an atomic list of another length', { l: [1] }, { l: [1, 2] }, undefined, '.l'],
    [
      'an atomic list with a default in an item',
      { l: [{ a: 1 }] },
      { l: [{ a: 1, d: 0 }] },
      undefined,
      undefined,
    ],
  ])('of %s', (_, desired, live, owned, path) => {
    expect(difference(desired, live, owned)).toBe(path);
  });

  const ports: FieldSet = {
    'f:ports': { 'k:{"port":5432,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:name': {} } },
  };

  it('takes an item of a keyed list by its key, whatever the order and the others', () => {
    const live = {
      ports: [
        { port: 1, protocol: 'TCP' },
        { port: 5432, protocol: 'TCP', name: 'pg' },
      ],
    };
    expect(difference({ ports: [{ port: 5432, name: 'pg' }] }, live, ports)).toBeUndefined();
    expect(difference({ ports: [{ port: 5432, name: 'other' }] }, live, ports)).toBe('.ports[0].name');
    expect(difference({ ports: [] }, live, ports)).toBe('.ports{"port":5432,"protocol":"TCP"}');
    expect(difference({ ports: [{ port: 5433, name: 'pg' }] }, live, ports)).toBe('.ports[0]');
  });

  it('sees that somebody removed our item from a keyed list', () => {
    expect(difference({ ports: [{ port: 5432, name: 'pg' }] }, { ports: [] }, ports)).toBe('.ports[0]');
  });

  it('sees members of a set come and go', () => {
    const owned: FieldSet = { 'f:s': { 'v:"a"': {}, 'v:"b"': {} } };
    expect(difference({ s: ['a', 'b'] }, { s: ['x', 'b', 'a'] }, owned)).toBeUndefined();
    expect(difference({ s: ['a'] }, { s: ['x', 'b', 'a'] }, owned)).toBe('.s');
    expect(difference({ s: ['a', 'b', 'c'] }, { s: ['b', 'a'] }, owned)).toBe('.s');
  });
});
