import { describe, expect, it } from '@jest/globals';
import { etcdRestoreSpecSchema } from '@stateful/etcd-backup-api';
import { clusterRefusal, refusalOf, type SavedFacts } from './rules.ts';

const target = {
  image: 'etcd:3.6.5',
  members: [{ name: 'etcd-0', peerURL: 'http://etcd-0:2380', claim: 'data-etcd-0' }],
};
const specOf = (change: object = {}) =>
  etcdRestoreSpecSchema.parse({
    source: { backupRef: { name: 'saved' } },
    mode: 'NewCluster',
    target,
    ...change,
  });
const saved: SavedFacts = {
  etcd: { clusterID: 'ab', serverVersion: '3.6.4', storageVersion: '3.6.0', authEnabled: false },
  verified: 'HashKV',
};
const safety = (change: object) => ({ safety: change });
const secret = { authSecretRef: { name: 'root' } };

describe('what may not be restored, before anything is touched (scenario 24)', () => {
  it('is nothing of what fits', () => {
    expect(refusalOf(specOf(), saved)).toBeUndefined();
  });

  it.each<[string, object, Partial<SavedFacts>, string | undefined]>([
    ['a backup that nobody verified', {}, { verified: undefined }, 'NotVerified'],
    ['one that need not be', safety({ unverified: 'Allow' }), { verified: undefined }, undefined],
    [
      'a drill of one that nobody verified',
      { mode: 'Drill', target: undefined },
      { verified: undefined },
      undefined,
    ],
    ['an older image', { target: { ...target, image: 'etcd:3.5.21' } }, {}, 'OlderEtcd'],
    [
      'an older image that is allowed',
      { target: { ...target, image: 'etcd:3.5.21' }, ...safety({ olderEtcd: 'Allow' }) },
      {},
      undefined,
    ],
    ['an older patch', { target: { ...target, image: 'etcd:3.6.1' } }, {}, undefined],
    [
      'an image that does not tell',
      { target: { ...target, image: 'etcd:latest' } },
      {},
      'EtcdVersionUnknown',
    ],
    [
      'one of which the spec tells',
      { target: { ...target, image: 'etcd:latest', etcdVersion: '3.6.5' } },
      {},
      undefined,
    ],
    [
      'one of which the spec tells that it is old',
      { target: { ...target, image: 'etcd:latest', etcdVersion: '3.5.0' } },
      {},
      'OlderEtcd',
    ],
    [
      'an image that cannot raise revisions',
      { target: { ...target, image: 'etcd:3.5.9' } },
      { etcd: { serverVersion: '3.5.9' } },
      'BumpNotSupported',
    ],
    [
      'one that need not',
      { target: { ...target, image: 'etcd:3.5.9' }, revision: { policy: 'None' } },
      { etcd: { serverVersion: '3.5.9' } },
      undefined,
    ],
    ['sign-in that nobody gives', {}, { etcd: { ...saved.etcd, authEnabled: true } }, 'AuthMismatch'],
    ['sign-in that is given', safety(secret), { etcd: { ...saved.etcd, authEnabled: true } }, undefined],
    ['sign-in that was never there', safety(secret), {}, 'AuthMismatch'],
    ['a hash that cannot be compared', { compareHashKV: 'Always' }, {}, 'CannotCompare'],
    ['one that can', { compareHashKV: 'Always', revision: { policy: 'None' } }, {}, undefined],
  ])('%s', (_, change, facts, reason) => {
    expect(refusalOf(specOf(change), { ...saved, ...facts })?.reason).toBe(reason);
  });

  it.each([
    ['aa', 'aa', 'bb', undefined],
    ['aa', 'bb', 'aa', 'ClusterMismatch'],
    ['aa', undefined, 'aa', undefined],
    ['aa', undefined, 'bb', 'ClusterMismatch'],
    [undefined, 'bb', 'aa', undefined],
  ])('cluster %s where %s runs and %s was saved', (confirmed, live, of, reason) => {
    expect(clusterRefusal(confirmed, { live, saved: of })?.reason).toBe(reason);
  });
});
