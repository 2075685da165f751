import { describe, expect, it } from '@jest/globals';
import { cluster, led, liveSet, pod, released, snapshot } from '../../../test/snapshot-fixture.ts';
import { sizeOf } from './size.ts';
import { type Snapshot } from './snapshot.ts';

const members = (count: number) => Array.from({ length: count }, (_, ordinal) => `pg-${ordinal}`);
const quorumOf = (count: number) => ({ quorum: [{ members: members(count), acks: 1 }] });

function size(
  from: number | undefined,
  to: number,
  failover: Snapshot['failover'],
  { spec = {}, notReady = [] }: { spec?: object; notReady?: readonly number[] } = {},
) {
  const of = cluster({ replicas: to, ...spec });
  const pods = Array.from({ length: from ?? 0 }, (_, ordinal) =>
    pod(ordinal, { ready: !notReady.includes(ordinal) }),
  );
  return sizeOf(
    snapshot({ cluster: of, failover, pods, ...(from === undefined ? {} : { statefulSet: liveSet(from) }) }),
    of.spec,
  );
}

describe('sizeOf', () => {
  it.each<[string, number | undefined, number, Snapshot['failover'], { members: number; pods: number }]>([
    ['a new cluster', undefined, 3, { kind: 'absent' }, { members: 3, pods: 3 }],
    ['no change', 3, 3, led(), { members: 3, pods: 3 }],
    ['growing, at once', 3, 5, led(), { members: 5, pods: 5 }],
    ['growing while nobody is primary', 3, 5, released(), { members: 5, pods: 5 }],
    ['shrinking, first step: the quorum', 5, 3, led('pg-1', quorumOf(5)), { members: 3, pods: 5 }],
    ['shrinking, second step: the pods', 5, 3, led('pg-1', quorumOf(3)), { members: 3, pods: 3 }],
    [
      'shrinking while the membership is joint',
      5,
      3,
      led('pg-1', { quorum: [...quorumOf(5).quorum, ...quorumOf(3).quorum] }),
      { members: 3, pods: 5 },
    ],
    ['shrinking below the primary', 5, 3, led('pg-3', quorumOf(5)), { members: 5, pods: 5 }],
    ['shrinking without a primary', 5, 3, released(quorumOf(5)), { members: 5, pods: 5 }],
    ['shrinking what cannot be read', 5, 3, { kind: 'unknown', why: 'x' }, { members: 5, pods: 5 }],
    ['shrinking before anything was made', 5, 3, { kind: 'absent' }, { members: 3, pods: 3 }],
  ])('of %s', (_, from, to, failover, expected) => {
    const result = size(from, to, failover);
    expect({ members: result.members, pods: result.pods }).toEqual(expected);
    expect(result.held === undefined).toBe(result.pods === to);
  });

  it('says which primary is in the way, and what to do', () => {
    expect(size(5, 3, led('pg-4')).held).toContain('pg-4 is primary');
  });

  it('removes nobody while too few of those that stay could acknowledge writes, and says by which rule', () => {
    const held = size(5, 3, led('pg-0', quorumOf(5)), { notReady: [1, 2] });
    expect(held).toMatchObject({ members: 5, pods: 5 });
    expect(held.held).toMatch(
      /spec\.replicas: cannot go from 5 to 3 instances: .*1 is ready \(not ready: pg-1, pg-2\), writes with `synchronous: Required` need 2.*\(rule shrink-keeps-quorum\)/,
    );
    // Those that go do not count, and nor do more than are needed.
    expect(size(5, 3, led('pg-0', quorumOf(3)), { notReady: [1, 4] }).held).toBeUndefined();
    expect(
      size(5, 3, led('pg-0', quorumOf(3)), { notReady: [1, 2], spec: { synchronous: 'Preferred' } }).held,
    ).toBeUndefined();
  });

  it('removes nobody when the Lease of a cluster that has data is gone', () => {
    const of = cluster({ replicas: 1 }, { status: { systemIdentifier: '7' } });
    expect(sizeOf(snapshot({ cluster: of, statefulSet: liveSet(3) }), of.spec)).toMatchObject({
      members: 3,
      pods: 3,
    });
  });
});
