import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { names, postgresClusterConversion, type PostgresCluster } from '@stateful/postgres-api';
import { resources, type KubeClient, type KubeObject } from '@stateful/reconcile-sdk';
import { canRunControlPlane, firstStartTimeoutMs, tryRun } from '@stateful/local-cluster';
import { instanceSelector } from '../src/controllers/postgres-cluster/labels.ts';
import { operatorRules, postgresClusters, uncheckedAnnotation } from '../src/index.ts';
import { admissionCases, goodSpec, type AdmissionCase } from './admission-cases.ts';
import { oldClusters } from './old-clusters.ts';
import { isReady, startWebhookWorld, type Replica, type WebhookWorld } from './webhook-world.ts';

const isPossible = await canRunControlPlane('Admission');
const namespace = 'default';

(isPossible ? describe : describe.skip)('admission on a real API server', () => {
  let world: WebhookWorld;
  let user: KubeClient;
  let replica: Replica;
  beforeAll(async () => {
    world = await startWebhookWorld();
    user = world.user;
    replica = await world.startReplica();
    world.balancer.route([replica.port]);
    await world.install();
    await isReady(replica);
  }, firstStartTimeoutMs);
  afterAll(() => world?.stop());

  const kubectl = (args: readonly string[], input = '') => tryRun(world.plane.kubectlPath, args, { input });
  const object = (name: string, change: object): PostgresCluster =>
    ({ metadata: { name, namespace }, spec: { ...goodSpec, ...change } }) as unknown as PostgresCluster;
  const create = (name: string, change: object) =>
    user.create(postgresClusters, object(name, change), { dryRun: true });
  /** Replaces the spec, as `kubectl replace` does: what is not named goes. */
  async function replace(name: string, change: object, dryRun = true): Promise<PostgresCluster> {
    const now = await user.get(postgresClusters, { namespace, name });
    return user.update(postgresClusters, { ...now, spec: object(name, change).spec }, { dryRun });
  }

  /** What v1alpha1 cannot say stands in an annotation, or nowhere. */
  async function replaceInOldWords(name: string, change: object): Promise<KubeObject> {
    const old = await user.get(oldClusters, { namespace, name });
    const { spec } = object(name, change);
    const converted = postgresClusterConversion.v1alpha1.fromHub({ metadata: old.metadata ?? {}, spec });
    return user.update(oldClusters, { ...old, ...converted }, { dryRun: true });
  }

  /** A cluster as it would be once the operator and others had made it. */
  async function exists(
    name: string,
    { before = {}, live = {}, hasData }: Partial<AdmissionCase>,
  ): Promise<void> {
    const { metadata } = await user.create(postgresClusters, object(name, before));
    if (hasData) {
      await user.mergePatch(
        postgresClusters,
        { namespace, name },
        { status: { systemIdentifier: '7400000000000000001' } },
        { subresource: 'status' },
      );
    }
    const labels = instanceSelector(name);
    const template = { metadata: { labels }, spec: { containers: [{ name: 'postgres', image: 'none' }] } };
    const owner = (kind: string, of: KubeObject) => ({
      apiVersion: kind === 'StatefulSet' ? 'apps/v1' : 'db.example.com/v1beta1',
      kind,
      name,
      uid: of.metadata?.uid ?? '',
      controller: true,
    });
    const set = await user.create(resources.statefulSets, {
      metadata: {
        name,
        namespace,
        labels: { 'app.kubernetes.io/version': live.version ?? '17.12.0' },
        ownerReferences: [owner('PostgresCluster', { metadata: metadata ?? {} })],
      },
      spec: {
        replicas: live.replicas ?? 3,
        serviceName: 's',
        selector: { matchLabels: labels },
        template,
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: {
              accessModes: ['ReadWriteOnce'],
              resources: { requests: { storage: live.volumeSize ?? '10Gi' } },
            },
          },
        ],
      },
    });
    for (let ordinal = 0; ordinal < (live.replicas ?? 3); ordinal++) {
      const pod = names.instance(name, ordinal);
      await user.create(resources.pods, {
        metadata: { name: pod, namespace, labels, ownerReferences: [owner('StatefulSet', set)] },
        spec: template.spec,
      });
      const status = live.notReady?.includes(ordinal) ? 'False' : 'True';
      await user.mergePatch(
        resources.pods,
        { namespace, name: pod },
        { status: { conditions: [{ type: 'Ready', status }] } },
        { subresource: 'status' },
      );
    }
  }

  let count = 0;
  it.each(admissionCases.map((one) => [`${one.rule}${one.what ? ` (${one.what})` : ''}`, one] as const))(
    '%s: one accepted, one refused',
    async (_, one) => {
      const name = `case-${++count}`;
      if (one.before) await exists(name, one);
      const act = (change: object, other: string | undefined) =>
        one.saidIn
          ? replaceInOldWords(name, change)
          : one.before
            ? replace(name, change)
            : create(other ?? name, change);
      await act(one.accepted, one.acceptedName);
      const refused = await act(one.refused, one.refusedName).then(
        () => 'nothing was refused',
        (error: Error) => error.message,
      );
      // The CRD's rules over the whole object cannot name a field of its metadata.
      expect(refused).toContain(one.field === 'metadata.name' ? 'name' : one.field);
      if (one.byDefinition) expect(refused).toContain('is invalid');
      else {
        expect(refused).toMatch(/"validate\.postgresclusters\.db\.example\.com" denied the request/);
        expect(refused).toContain(`(rule ${one.rule})`);
        expect(refused).toContain(one.quotes);
      }
    },
    20_000,
  );

  it('tells everything that is wrong with one change, field by field, to programs too', async () => {
    await exists('several', {});
    const failure = await replace('several', { version: '18.1.0', storage: { size: '1Gi' } }).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({
      httpStatus: 422,
      message: expect.stringMatching(
        /"validate\.postgresclusters\.db\.example\.com" denied the request: PostgresCluster "several" cannot be so: spec\.version: .*; spec\.storage\.size: a volume cannot shrink: it is "10Gi" now, "1Gi" is wanted; allowed is "10Gi" or more \(rule storage-never-shrinks\)/,
      ) as unknown,
    });
  });

  it('judges `kubectl scale` and autoscalers by the same rules', async () => {
    await exists('scaled', {
      before: { replicas: 5 },
      hasData: true,
      live: { replicas: 5, notReady: [1, 2] },
    });
    const scale = (replicas: number) =>
      user.mergePatch(
        postgresClusters,
        { namespace, name: 'scaled' },
        { spec: { replicas } },
        {
          subresource: 'scale',
        },
      );
    await expect(scale(3)).rejects.toThrow(
      /validate-scale.* cannot go from 5 to 3 instances.*\(rule shrink-keeps-quorum\)/,
    );
    await scale(7);
    const old = await kubectl([
      ...['--namespace', namespace, 'scale', 'postgresclusters.v1alpha1.db.example.com', 'scaled'],
      ...['--replicas', '3'],
    ]);
    expect(old.code).not.toBe(0);
    expect(old.stderr).toContain('(rule shrink-keeps-quorum)');
  });

  it('judges what comes in the old version in the new one', async () => {
    await exists('in-old-words', {});
    const patched = await kubectl([
      ...['--namespace', namespace, 'patch', 'postgresclusters.v1alpha1.db.example.com', 'in-old-words'],
      ...['--type=merge', '--patch={"spec":{"version":"18.1.0"}}'],
    ]);
    expect(patched.code).not.toBe(0);
    expect(patched.stderr).toContain('(rule version-path)');
  });

  it('warns of what may be meant so', async () => {
    const apply = async (spec: object, apiVersion = 'db.example.com/v1beta1'): Promise<string> => {
      const text = JSON.stringify({
        apiVersion,
        kind: 'PostgresCluster',
        metadata: { name: 'advised', namespace },
        spec: { replicas: 1, version: '17.12.0', ...spec },
      });
      const { code, stderr } = await kubectl(['create', '--dry-run=server', '--filename=-'], text);
      expect({ code, stderr }).toEqual({ code: 0, stderr });
      return stderr;
    };
    const backupStore = { endpoint: 'https://s3.example.com', bucket: 'backups', credentialsSecret: 'keys' };
    expect(await apply({ backupStore, restoreFrom: { cluster: 'gone' } })).toMatch(
      /credentialsSecret: there is no Secret "keys"[^]*there is no PostgresCluster "gone"/,
    );
    expect(await apply({ backupSchedule: '01:00' })).toContain('no backup is made at "01:00"');
    await user.create(resources.secrets, { metadata: { namespace, name: 'keys' } });
    expect(await apply({ backupStore })).toBe('');
    expect(await apply({ retentionDays: 7 }, 'db.example.com/v1alpha1')).toContain('is deprecated');
  });

  it('lets an object be labelled, finished and deleted that could not be made today', async () => {
    await exists('outlived', {});
    const key = { namespace, name: 'outlived' };
    // As the rules were not there: past the webhook.
    await user.mergePatch(postgresClusters, key, { metadata: { finalizers: ['example.com/held'] } });
    await user.mergePatch(postgresClusters, key, { metadata: { labels: { a: 'b' } } });
    await user.delete(postgresClusters, key);
    await user.mergePatch(postgresClusters, key, { metadata: { finalizers: null } });
    expect(await user.find(postgresClusters, key)).toBeUndefined();
  });

  describe('when what exists cannot be read', () => {
    let poor: Replica;
    beforeAll(async () => {
      const withoutPods = operatorRules.map((rule) => ({
        ...rule,
        resources: (rule.resources ?? []).filter((resource) => resource !== 'pods'),
      }));
      await exists('unseen', { before: { replicas: 3 }, hasData: true });
      await world.grant(
        'poor',
        withoutPods.filter(({ resources: left }) => left.length > 0),
      );
      poor = await world.startReplica('poor');
      await isReady(poor);
      world.balancer.route([poor.port]);
      await replica.stop();
    }, 30_000);

    const key = { namespace, name: 'unseen' };
    const shrink = (annotated?: number) =>
      user.mergePatch(
        postgresClusters,
        key,
        {
          spec: { replicas: 1 },
          ...(annotated === undefined
            ? {}
            : { metadata: { annotations: { [uncheckedAnnotation]: String(annotated) } } }),
        },
        { dryRun: true },
      );

    it('it refuses what depends on it, and says how to go on', async () => {
      const { generation = 0 } = (await user.get(postgresClusters, key)).metadata ?? {};
      await expect(shrink()).rejects.toThrow(
        new RegExp(
          `spec\\.replicas: cannot be checked, because .*cannot list resource "pods".*annotate the object with ${uncheckedAnnotation}: "${generation + 1}".*\\(rule shrink-keeps-quorum\\)`,
        ),
      );
      // Another generation is another change.
      await expect(shrink(generation)).rejects.toThrow('cannot be checked');
      expect((await shrink(generation + 1)).spec.replicas).toBe(1);
    });

    it('it goes on judging the rest', async () => {
      await user.mergePatch(postgresClusters, key, { spec: { backupSchedule: '03:00' } });
      await expect(
        user.mergePatch(postgresClusters, key, { spec: { parameters: { bad: 'a\nb' } } }),
      ).rejects.toThrow('spec.parameters');
    });
  });
});
