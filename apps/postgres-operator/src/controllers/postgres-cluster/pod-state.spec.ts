import { describe, expect, it } from '@jest/globals';
import { type Pod } from '@stateful/reconcile-sdk';
import { pod } from '../../../test/snapshot-fixture.ts';
import { isPodReady, whyNotReady } from './pod-state.ts';

type ContainerState = NonNullable<
  NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number]['state']
>;
const container = (state: ContainerState, rest: object = {}): Pod =>
  pod(0, {
    ready: false,
    status: {
      conditions: [{ type: 'Ready', status: 'False' }],
      containerStatuses: [
        { name: 'postgres', image: '', imageID: '', ready: false, restartCount: 0, state, ...rest },
      ],
    },
  });

describe('whyNotReady', () => {
  it.each<[string, Pod | undefined, string]>([
    ['no pod', undefined, 'has no pod'],
    ['a pod that goes', { ...pod(0), metadata: { deletionTimestamp: 'now' } }, 'is being stopped'],
    [
      'no node that fits',
      pod(0, {
        status: {
          conditions: [
            {
              type: 'PodScheduled',
              status: 'False',
              reason: 'Unschedulable',
              message: '0/3 nodes are available',
            },
          ],
        },
      }),
      'Unschedulable (0/3 nodes are available)',
    ],
    ['creation', container({ waiting: { reason: 'ContainerCreating' } }), 'is starting'],
    [
      'an image that is not there',
      container({ waiting: { reason: 'ImagePullBackOff', message: 'Back-off\n  pulling' } }),
      'ImagePullBackOff (Back-off pulling)',
    ],
    [
      'a crash loop',
      container(
        { waiting: { reason: 'CrashLoopBackOff' } },
        { lastState: { terminated: { exitCode: 1, message: 'no space left' } } },
      ),
      'CrashLoopBackOff (no space left)',
    ],
    ['an end', container({ terminated: { exitCode: 137 } }), 'ended with code 137'],
    ['a replica that catches up', container({ running: {} }, { started: true }), 'runs but is not ready'],
  ])('of %s', (_, state, expected) => {
    expect(whyNotReady(state)).toBe(expected);
  });
});

describe('isPodReady', () => {
  it('does not count a pod that is going', () => {
    expect(isPodReady(pod(0))).toBe(true);
    expect(isPodReady({ ...pod(0), metadata: { deletionTimestamp: 'now' } })).toBe(false);
    expect(isPodReady(pod(0, { ready: false }))).toBe(false);
  });
});
