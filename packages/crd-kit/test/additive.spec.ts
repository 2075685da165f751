import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { canRunControlPlane, firstStartTimeoutMs } from '@stateful/local-cluster';
import * as z from 'zod';
import {
  conditionFields,
  customResourceDefinition,
  incompatibilities,
  rules,
  type Kind,
} from '../src/index.ts';
import { startPlane, type Plane } from './plane.ts';

const isPossible = await canRunControlPlane('A version that gets new fields');
// Each call starts a kubectl, which takes its time on a busy machine.
jest.setTimeout(60_000);

const kind = (spec: z.ZodRawShape): Kind => ({
  group: 'kit.example.com',
  kind: 'Growing',
  plural: 'growings',
  singular: 'growing',
  shortNames: [],
  categories: ['kit'],
  versions: [
    {
      name: 'v1',
      served: true,
      storage: true,
      spec: z.object(spec),
      status: z.object(conditionFields),
      columns: [],
    },
  ],
});
const size = z.int().min(1).max(9);
const first = kind({ size });
const grown = kind({
  size,
  color: z.string().max(9).optional(),
  mode: z.enum(['Fast', 'Safe']).default('Safe'),
  volume: z
    .object({ gib: z.int().min(1).max(9) })
    .optional()
    .meta(rules({ rule: 'self.gib < 9', message: 'must be less' })),
});
const object = (name: string, spec: object) => ({
  apiVersion: 'kit.example.com/v1',
  kind: 'Growing',
  metadata: { name, namespace: 'default' },
  spec,
});

(isPossible ? describe : describe.skip)(
  'new optional fields, without a new version and without a webhook',
  () => {
    let plane: Plane;
    const specOf = async (name: string): Promise<unknown> =>
      (JSON.parse(await plane.kubectl(['get', 'growing', name, '--output=json'])) as { spec: unknown }).spec;

    beforeAll(async () => {
      plane = await startPlane();
      await plane.serve(first);
      const said = await plane.kubectl(
        ['create', '--validate=false', '--filename=-'],
        [object('old', { size: 3, color: 'red' }), object('older', { size: 4 })],
      );
      expect(said).toContain('growing.kit.example.com/older created');
    }, firstStartTimeoutMs);
    afterAll(() => plane?.stop());

    it('are seen by the check as what they are', () => {
      expect(incompatibilities(customResourceDefinition(first), customResourceDefinition(grown))).toEqual([]);
      expect(incompatibilities(customResourceDefinition(grown), customResourceDefinition(first))).not.toEqual(
        [],
      );
    });

    it('were dropped before, are kept afterwards, and change nothing that exists', async () => {
      expect(await specOf('old')).toEqual({ size: 3 });
      await plane.serve(grown);
      expect(await specOf('old')).toEqual({ size: 3, mode: 'Safe' });
      await plane.kubectl(['patch', 'growing', 'old', '--type=merge', '--patch={"spec":{"color":"blue"}}']);
      expect(await specOf('old')).toEqual({ size: 3, mode: 'Safe', color: 'blue' });
    });

    it('survive clients that do not know them, as long as those say only what they mean', async () => {
      await plane.kubectl(['patch', 'growing', 'old', '--type=merge', '--patch={"spec":{"size":5}}']);
      const applied = await plane.kubectl(
        ['apply', '--server-side', '--field-manager=old-client', '--force-conflicts', '--filename=-'],
        [object('old', { size: 6 })],
      );
      expect(applied).toContain('serverside-applied');
      expect(await specOf('old')).toEqual({ size: 6, mode: 'Safe', color: 'blue' });
    });

    it('hold for objects made before and after', async () => {
      const said = await plane.kubectl(
        ['create', '--validate=false', '--filename=-'],
        [object('new', { size: 1, volume: { gib: 2 } }), object('bad', { size: 1, volume: { gib: 9 } })],
      );
      expect(said).toContain('growing.kit.example.com/new created');
      expect(said).toContain('must be less');
    });
  },
);
