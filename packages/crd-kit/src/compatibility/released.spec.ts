import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { customResourceDefinition } from '../custom-resource-definition.ts';
import { breaksRelease, keepRelease, lastRelease } from './released.ts';

const crd = (most: number) =>
  customResourceDefinition({
    group: 'db.example.com',
    kind: 'Thing',
    plural: 'things',
    singular: 'thing',
    shortNames: [],
    categories: [],
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        spec: z.object({ size: z.int().min(1).max(most) }),
        status: z.object({ ready: z.boolean() }),
        columns: [],
      },
    ],
  });

describe('released CRDs', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'released-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('are compared with the newest by number, not by letters', () => {
    expect(breaksRelease(folder, [crd(1)])).toEqual([]);
    keepRelease(folder, { version: '0.10.0', crds: [crd(9)] });
    keepRelease(folder, { version: '0.9.0', crds: [crd(3)] });
    expect(lastRelease(folder)?.version).toBe('0.10.0');
    expect(breaksRelease(folder, [crd(9)])).toEqual([]);
    expect(breaksRelease(folder, [crd(8)])).toMatchObject([
      { rule: 'bounds-never-tighten', path: 'spec.size' },
    ]);
  });

  it('are missed when a kind is gone', () => {
    keepRelease(folder, { version: '1.0.0', crds: [crd(9)] });
    expect(breaksRelease(folder, [])).toMatchObject([{ rule: 'kind-stays' }]);
  });

  it('are never changed', () => {
    keepRelease(folder, { version: '1.0.0', crds: [crd(9)] });
    expect(() => keepRelease(folder, { version: '1.0.0', crds: [crd(8)] })).toThrow('never changed');
    expect(() => keepRelease(folder, { version: 'latest', crds: [] })).toThrow('must be like 1.2.0');
  });
});
