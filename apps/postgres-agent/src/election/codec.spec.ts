import { describe, expect, it } from '@jest/globals';
import { annotations, failoverAnnotation, labels } from '@stateful/postgres-api';
import { leaseToWrite, readLease } from './lease-codec.ts';
import { promiseOf, promiseText } from './promise-codec.ts';

const owner = { apiVersion: 'db.example.com/v1beta1', kind: 'PostgresCluster', name: 'pg', uid: 'u' };
const identity = { namespace: 'one', cluster: 'pg', owner, durationSeconds: 10 };
const state = {
  ...{ systemIdentifier: 'S', primary: 'pg-1', address: '10.0.0.2', podUid: 'p', timeline: 3 },
  ...{ timelineStartLsn: '0/5000000', quorum: [{ members: ['pg-0', 'pg-1'], acks: 1 }] },
};

describe('the Lease', () => {
  const made = leaseToWrite(undefined, { holder: 'pg-1', epoch: 4, renew: true, state }, identity, 1_000);

  it('is read as it was written', () => {
    expect(made.spec?.renewTime).toBe('1970-01-01T00:00:01.000000Z');
    expect(made.metadata).toMatchObject({ labels: { [labels.cluster]: 'pg' }, ownerReferences: [owner] });
    expect(readLease({ ...made, metadata: { ...made.metadata, resourceVersion: '9' } })).toEqual({
      ...{ version: '9', holder: 'pg-1', epoch: 4, renewal: made.spec?.renewTime, state },
    });
  });

  it('keeps the renewal, and what others put on it, when a candidate writes', () => {
    const before = {
      ...made,
      metadata: { ...made.metadata, resourceVersion: '9', annotations: { other: 'x' } },
    };
    const candidacy = { id: '9', candidate: 'pg-0', podUid: 'q', epoch: 5 };
    const proposal = { holder: 'pg-1', epoch: 4, renew: false, state: { ...state, candidacy } };
    const next = leaseToWrite(before, proposal, identity, 99_000);
    expect(next.spec).toEqual(made.spec);
    expect(next.metadata?.resourceVersion).toBe('9');
    expect(next.metadata?.annotations?.['other']).toBe('x');
    expect(readLease(next).state.candidacy).toEqual(candidacy);
  });

  it('without a holder is released', () => {
    const released = leaseToWrite(
      made,
      { holder: undefined, epoch: 4, renew: false, state },
      identity,
      2_000,
    );
    expect(readLease(released).holder).toBeUndefined();
  });

  it('that no agent wrote is refused, not taken for an empty one', () => {
    const foreign = {
      metadata: { name: 'pg-primary', annotations: { [failoverAnnotation]: '{"primary":1}' } },
    };
    expect(() => readLease(foreign)).toThrow('no readable annotation');
    expect(() => readLease({ metadata: { name: 'pg-primary' } })).toThrow('no readable annotation');
  });
});

describe('a promise', () => {
  const promise = {
    ...{ name: 'pg-1', podUid: 'p', candidacy: '9', epoch: 5, timeline: 3, lsn: 0x3000148n },
  };
  const pod = (text: string) => ({
    metadata: { name: 'pg-1', uid: 'p', annotations: { [annotations.promise]: text } },
  });

  it('is read as it was written, under the UID of the pod it stands on', () => {
    expect(promiseOf(pod(promiseText(promise)))).toEqual(promise);
  });

  it.each(['', 'x', '{}', '{"candidacy":"9","epoch":5,"timeline":3,"lsn":"x"}'])(
    'of "%s" is none',
    (text) => {
      expect(promiseOf(pod(text))).toBeUndefined();
    },
  );

  it('of a pod without one is none', () => {
    expect(promiseOf({ metadata: { name: 'pg-1', uid: 'p' } })).toBeUndefined();
  });
});
