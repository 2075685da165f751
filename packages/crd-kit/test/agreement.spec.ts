import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canRunControlPlane, firstStartTimeoutMs } from '@stateful/local-cluster';
import fc from 'fast-check';
import * as z from 'zod';
import { conditionFields, structuralSchema } from '../src/index.ts';
import { anyValue } from './any-value.ts';
import { startPlane, type Plane } from './plane.ts';

const isPossible = await canRunControlPlane('Whether zod and the API server agree');

/** All that both check. Uniqueness, numbers of entries and fields of another member of a union are the server's alone. */
const spec = z.object({
  replicas: z.int().min(1).max(15),
  version: z
    .string()
    .max(12)
    .regex(/^\d+\.\d+\.\d+$/),
  port: z.union([
    z.int().min(1).max(65535),
    z
      .string()
      .min(1)
      .max(15)
      .regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/),
  ]),
  size: z
    .string()
    .max(8)
    .regex(/^[1-9][0-9]*(Ki|Mi|Gi)$/)
    .default('1Gi'),
  mode: z.enum(['Fast', 'Safe', 'Never']).optional(),
  at: z.iso.datetime().optional(),
  step: z.int().min(0).max(100).multipleOf(25).optional(),
  hosts: z.array(z.string().min(1).max(5)).min(1).max(3).optional(),
  volumes: z
    .array(z.object({ name: z.string().max(5), gib: z.int().min(1).max(9).default(2) }))
    .max(3)
    .optional(),
  tags: z.record(z.string(), z.string().max(3)).optional(),
  isOn: z.boolean().optional(),
});

(isPossible ? describe : describe.skip)('zod and the API server', () => {
  let plane: Plane;
  beforeAll(async () => {
    plane = await startPlane();
    await plane.serve({
      group: 'kit.example.com',
      kind: 'Edge',
      plural: 'edges',
      singular: 'edge',
      shortNames: [],
      categories: ['kit'],
      versions: [
        { name: 'v1', served: true, storage: true, spec, status: z.object(conditionFields), columns: [] },
      ],
    });
  }, firstStartTimeoutMs);
  afterAll(() => plane?.stop());

  it('take and refuse the same of 400 values near the edges', async () => {
    const values = fc.sample(anyValue(structuralSchema(spec)), { seed: 6, numRuns: 400 });
    const objects = values.map((value, index) => ({
      apiVersion: 'kit.example.com/v1',
      kind: 'Edge',
      metadata: { name: `edge-${index}`, namespace: 'default' },
      spec: value,
    }));
    const said = await plane.kubectl(
      ['create', '--validate=false', '--dry-run=server', '--filename=-'],
      objects,
    );
    const named = (pattern: RegExp): Set<number> =>
      new Set([...said.matchAll(pattern)].map((found) => Number(found[1])));
    const refused = named(/"edge-(\d+)" is invalid/g);
    expect(named(/edge-(\d+) created/g).size + refused.size).toBe(values.length);
    const disputed = values
      .map((value, index) => ({ value, server: !refused.has(index), zod: spec.safeParse(value).success }))
      .filter(({ server, zod }) => server !== zod);
    expect(disputed).toEqual([]);
    // Neither all nor none: otherwise nothing was asked.
    expect(refused.size).toBeGreaterThan(40);
    expect(refused.size).toBeLessThan(360);
  }, 120_000);
});
