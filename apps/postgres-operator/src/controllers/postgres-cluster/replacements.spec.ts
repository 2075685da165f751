import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Pod } from '@stateful/reconcile-sdk';
import { checksumNow, healthy, liveSet, noon, pod } from '../../../test/snapshot-fixture.ts';
import { plan } from './plan.ts';
import { isUseless, replacements } from './replacements.ts';

type Container = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];
const container = (state: Container['state'], restartCount = 0): Container => ({
  name: 'postgres',
  image: '',
  imageID: '',
  ready: false,
  restartCount,
  ...(state ? { state } : {}),
});
const inState = (ordinal: number, phase: string, containers: Container[], checksum = 'old'): Pod =>
  pod(ordinal, {
    checksum,
    status: { phase, conditions: [{ type: 'Ready', status: 'False' }], containerStatuses: containers },
  });
const waiting = (reason: string, restarts = 0) => container({ waiting: { reason } }, restarts);
const badImage = inState(2, 'Pending', [waiting('ImagePullBackOff')]);

const deleted = (pods: Pod[], set = liveSet()): string[] =>
  replacements(healthy({ pods, statefulSet: set }), checksumNow()).map(
    ({ object }) => object.metadata?.name ?? '',
  );

describe('isUseless', () => {
  it.each<[string, Pod, boolean]>([
    ['an image that cannot be pulled', badImage, true],
    ['no node that fits', inState(0, 'Pending', []), true],
    ['a crash loop', inState(0, 'Running', [waiting('CrashLoopBackOff', 5)]), true],
    ['a first start', inState(0, 'Pending', [waiting('ContainerCreating')]), true],
    ['a start that follows an end', inState(0, 'Running', [waiting('ContainerCreating', 1)]), false],
    ['the moment after an end', inState(0, 'Running', [container({ terminated: { exitCode: 1 } })]), false],
    ['a restore', inState(0, 'Running', [container({ running: {} })]), false],
    ['a pod that is ready', pod(0), false],
    ['a node that is lost', inState(0, 'Running', [container({ running: {} }, 3)]), false],
    ['a pod of which nothing is known', inState(0, 'Unknown', []), false],
  ])('of %s', (_, state, expected) => {
    expect(isUseless(state)).toBe(expected);
  });

  it('leaves alone what is going already', () => {
    expect(isUseless({ ...badImage, metadata: { ...badImage.metadata, deletionTimestamp: 'now' } })).toBe(
      false,
    );
  });
});

describe('replacements', () => {
  it('are pods of an older template that do not run', () => {
    expect(deleted([pod(0, { checksum: 'old' }), pod(1), badImage])).toEqual(['pg-2']);
  });

  it('wait until the StatefulSet has the new template', () => {
    const { spec, ...rest } = liveSet();
    const template = {
      ...spec!.template,
      metadata: { annotations: { 'db.example.com/spec-checksum': 'older' } },
    };
    const changed = { ...rest, spec: { ...spec!, template } };
    expect(deleted([badImage], changed)).toEqual([]);
  });

  it('do not take a pod of the wanted template, however broken: it would come back the same', () => {
    expect(deleted([inState(2, 'Pending', [waiting('ImagePullBackOff')], checksumNow())])).toEqual([]);
  });

  it('are asked again about the pod as it is then', () => {
    const [replacement] = replacements(healthy({ pods: [badImage] }), checksumNow());
    expect(replacement?.isStillSo(badImage)).toBe(true);
    expect(replacement?.isStillSo(inState(2, 'Running', [container({ running: {} })]))).toBe(false);
  });

  it('never take a pod that is ready or runs', () => {
    const anyPod = fc
      .record({
        ordinal: fc.integer({ min: 0, max: 4 }),
        phase: fc.constantFrom('Pending', 'Running', 'Failed', 'Unknown'),
        ready: fc.boolean(),
        state: fc.constantFrom<Container['state']>(
          { running: {} },
          { waiting: { reason: 'CrashLoopBackOff' } },
          { waiting: { reason: 'ErrImagePull' } },
          { terminated: { exitCode: 1 } },
          undefined,
        ),
        restarts: fc.integer({ min: 0, max: 2 }),
        checksum: fc.constantFrom('old', checksumNow()),
      })
      .map((any) =>
        pod(any.ordinal, {
          checksum: any.checksum,
          status: {
            phase: any.phase,
            conditions: [{ type: 'Ready', status: any.ready ? 'True' : 'False' }],
            containerStatuses: [container(any.state, any.restarts)],
          },
        }),
      );
    fc.assert(
      fc.property(fc.array(anyPod, { maxLength: 5 }), (pods) => {
        for (const { object } of plan(healthy({ pods }), noon).deletes ?? []) {
          const { status, metadata } = object as Pod;
          expect(status?.conditions?.[0]?.status).toBe('False');
          expect(status?.containerStatuses?.[0]?.state?.running).toBeUndefined();
          expect(metadata?.annotations?.['db.example.com/spec-checksum']).toBe('old');
        }
      }),
    );
  });
});
