import { describe, expect, it } from '@jest/globals';
import { backupStore, cluster, healthy, snapshot } from '../../../test/snapshot-fixture.ts';
import { repositoryPath, restoreOf } from './repository.ts';
import { type Snapshot } from './snapshot.ts';

const restored = cluster({
  backupStore,
  restoreFrom: { cluster: 'old', targetTime: '2029-12-31T00:00:00Z' },
});
const restore = (change: Partial<Snapshot> = {}) =>
  restoreOf(snapshot({ cluster: restored, ...change }), restored.spec);
const source = cluster(
  {},
  { metadata: { name: 'old' }, status: { backupRepository: '/a/shop/old/uid-old' } },
);
const toldAgents = (value: unknown): Snapshot['configMap'] => ({
  data: {
    'cluster.json': JSON.stringify({
      replicas: 3,
      synchronous: 'required',
      parameters: {},
      lease: { durationSeconds: 10, renewSeconds: 2, fenceSeconds: 6 },
      backup: null,
      restore: value,
    }),
  },
});
const used = { bucket: 'backups', endpoint: 'https://s3.example.com', region: 'us-east-1', path: '/used' };

describe('repositoryPath', () => {
  it('holds the prefix, the namespace, the name and the UID', () => {
    const of = cluster({ backupStore });
    expect(repositoryPath(snapshot({ cluster: of }), of.spec)).toBe('/team/a/shop/pg/uid-pg');
  });

  it('does without a prefix, and is absent without a store', () => {
    const of = cluster({ backupStore: { ...backupStore, prefix: '' } });
    expect(repositoryPath(snapshot({ cluster: of }), of.spec)).toBe('/shop/pg/uid-pg');
    expect(repositoryPath(snapshot(), cluster().spec)).toBeUndefined();
  });
});

describe('restoreOf', () => {
  it('follows a cluster to its repository', () => {
    expect(restore({ restoreSource: source })).toEqual({
      kind: 'from',
      restore: { ...used, path: '/a/shop/old/uid-old', targetTime: '2029-12-31T00:00:00Z' },
    });
  });

  it('looks in the bucket of the cluster it follows', () => {
    const elsewhere = cluster(
      { backupStore: { ...backupStore, bucket: 'theirs' } },
      { metadata: { name: 'old' }, status: { backupRepository: '/x' } },
    );
    expect(restore({ restoreSource: elsewhere })).toMatchObject({
      restore: { bucket: 'theirs', path: '/x' },
    });
  });

  it('takes a path as it is', () => {
    const of = cluster({ backupStore, restoreFrom: { path: 'a/b' } });
    expect(restoreOf(snapshot({ cluster: of }), of.spec)).toMatchObject({ restore: { path: '/a/b' } });
  });

  it.each<[string, Partial<Snapshot>, string]>([
    ['there is no such cluster', {}, 'there is no PostgresCluster old'],
    ['it has no repository', { restoreSource: cluster() }, 'has no backup repository'],
  ])('waits when %s', (_, change, message) => {
    const result = restore(change);
    expect(result.kind).toBe('waiting');
    expect(result).toMatchObject({ message: expect.stringContaining(message) as unknown });
  });

  it('does not ask for the source again once there is data', () => {
    const made = { failover: healthy().failover };
    expect(restore({ ...made, configMap: toldAgents(used) })).toEqual({ kind: 'from', restore: used });
    expect(restore({ ...made, configMap: toldAgents(null) })).toEqual({ kind: 'none' });
    expect(restore(made)).toEqual({ kind: 'none' });
  });

  it('keeps what the agents were told when the source goes while they restore', () => {
    expect(restore({ configMap: toldAgents(used) })).toEqual({ kind: 'from', restore: used });
  });
});
