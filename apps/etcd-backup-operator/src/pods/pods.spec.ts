import { describe, expect, it } from '@jest/globals';
import { s3StoreSchema } from '@stateful/backup-store-api';
import { type Job, type Pod } from '@stateful/reconcile-sdk';
import { drillJob, jobOutcome, materializeJob, swapJob } from './index.ts';

const common = {
  name: 'a-job',
  namespace: 'default',
  labels: { of: 'it' },
  opID: 'op-1',
  agentImage: 'operator:1',
  etcdImage: 'etcd:3.6.5',
};
const store = s3StoreSchema.parse({
  bucket: 'backups',
  credentials: { secretRef: { name: 's3' } },
  caSecretRef: { name: 'ca' },
});
const object = { key: 'a/snapshot.db', sizeBytes: 1_000_000, sha256: 'ab', revision: 7, hashKV: 9 };
const claim = { claim: 'data-0', dataDir: 'etcd/' };
const jobs: Record<string, Job> = {
  drill: drillJob({ ...common, store, object, timeoutSeconds: 600, authSecret: 'root' }),
  materialize: materializeJob({
    ...common,
    ...claim,
    store,
    object,
    member: { name: 'm0', peerURL: 'http://m0:2380' },
    initialCluster: 'm0=http://m0:2380',
    bump: 1_000_000,
    onlyEmpty: true,
  }),
  swap: swapJob({ ...common, ...claim, verb: 'swap' }),
  back: swapJob({ ...common, ...claim, verb: 'back' }),
};
const podOf = ({ spec }: Job) => spec!.template.spec!;
const containersOf = (job: Job) => [...(podOf(job).initContainers ?? []), ...podOf(job).containers];

describe.each(Object.entries(jobs))('the pod of a %s', (_, job) => {
  it('is within the restricted standard, and has no access to the API', () => {
    const pod = podOf(job);
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    for (const { securityContext } of containersOf(job)) {
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  it('has a place for everything that it mounts, and no shell and no secret in its commands', () => {
    const volumes = new Set((podOf(job).volumes ?? []).map(({ name }) => name));
    for (const { volumeMounts = [], command = [] } of containersOf(job)) {
      for (const { name } of volumeMounts) expect(volumes).toContain(name);
      expect(['node', 'etcd', 'etcdutl']).toContain(command[0]);
    }
  });

  it('is told where it does what', () => {
    expect(
      containersOf(job).map(({ command, args }) => [...(command ?? []), ...(args ?? [])].join(' ')),
    ).toMatchSnapshot();
  });
});

it('the way back is looked for without end, the way there is not', () => {
  const actions = ({ spec }: Job) => spec?.podFailurePolicy?.rules.map(({ action }) => action);
  expect(actions(jobs['swap']!)).toEqual(['Ignore', 'FailJob']);
  expect(actions(jobs['back']!)).toEqual(['Ignore']);
});

describe('what became of a Job', () => {
  const job = (type?: 'Complete' | 'Failed', reason = 'PodFailurePolicy'): Job => ({
    metadata: { name: 'a-job', uid: 'u' },
    spec: jobs['drill']!.spec!,
    status: type ? { conditions: [{ type, status: 'True', reason, message: 'so' }] } : {},
  });
  const pod = (phase: string, ended: Record<string, [number, string]>, at = 1): Pod =>
    ({
      metadata: {
        name: `pod-${at}`,
        creationTimestamp: `2026-01-01T00:00:0${at}Z`,
        ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'a-job', uid: 'u' }],
      },
      spec: podOf(jobs['drill']!),
      status: {
        phase,
        initContainerStatuses: ['fetch', 'restore', 'etcd'].map((name) => statusOf(name, ended[name])),
        containerStatuses: [statusOf('compare', ended['compare'])],
      },
    }) as unknown as Pod;
  const statusOf = (name: string, ended: [number, string] | undefined) => ({
    name,
    state: ended
      ? { terminated: { exitCode: ended[0], message: ended[1], reason: 'Error' } }
      : { waiting: { reason: 'PodInitializing' } },
  });
  const failed = (code: string) => JSON.stringify({ ok: false, code, message: 'because' });

  it('is told by its containers', () => {
    const found = jobOutcome(job('Complete'), [
      pod('Succeeded', {
        fetch: [0, '{"ok":true,"revision":7}'],
        etcd: [137, ''],
        compare: [0, 'noise\n{"ok":true,"hashKV":9}\n'],
      }),
    ]);
    expect(found).toEqual({
      state: 'Succeeded',
      results: { fetch: { ok: true, revision: 7 }, compare: { ok: true, hashKV: 9 } },
    });
  });

  it('is that of the last pod, by the container that ended it', () => {
    const first = pod('Failed', { fetch: [1, failed('StoreUnavailable')] }, 1);
    const second = pod(
      'Failed',
      { fetch: [0, '{"ok":true}'], etcd: [1, 'panic'], compare: [2, failed('HashDiffers')] },
      2,
    );
    expect(jobOutcome(job('Failed'), [second, first])).toEqual({
      state: 'Failed',
      code: 'HashDiffers',
      message: 'because',
    });
    expect(jobOutcome(job(), [first])).toEqual({ state: 'Running', message: 'StoreUnavailable: because' });
  });

  it('names what etcdutl said last', () => {
    const found = jobOutcome(job('Failed', 'BackoffLimitExceeded'), [
      pod('Failed', { fetch: [0, '{"ok":true}'], restore: [1, 'one\nError: data-dir "x" not empty\n'] }),
    ]);
    expect(found).toMatchObject({ state: 'Failed', code: 'RestoreFailed' });
    expect((found as { message: string }).message).toContain('data-dir "x" not empty');
  });

  it('is not known while its pods are not seen, and not made up', () => {
    expect(jobOutcome(job('Complete'), [])).toEqual({ state: 'Unknown' });
    expect(jobOutcome(job('Failed'), [])).toEqual({ state: 'Unknown' });
    expect(jobOutcome(job('Failed', 'DeadlineExceeded'), [])).toMatchObject({ code: 'DeadlineExceeded' });
    const foreign = pod('Succeeded', { compare: [0, '{"ok":true}'] });
    foreign.metadata!.ownerReferences![0]!.uid = 'another';
    expect(jobOutcome(job('Complete'), [foreign])).toEqual({ state: 'Unknown' });
  });
});
