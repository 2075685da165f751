import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type PostgresCluster } from '@stateful/postgres-api';
import { resources, type KubeClient } from '@stateful/reconcile-sdk';
import { canRunControlPlane, eventually, firstStartTimeoutMs } from '@stateful/local-cluster';
import { postgresClusters } from '../src/index.ts';
import { goodSpec } from './admission-cases.ts';
import { oldClusters } from './old-clusters.ts';
import {
  isReady,
  operatorNamespace,
  service,
  startWebhookWorld,
  type Replica,
  type WebhookWorld,
} from './webhook-world.ts';

const isPossible = await canRunControlPlane('Webhooks under load');
const namespace = 'default';

(isPossible ? describe : describe.skip)('webhooks under load', () => {
  let world: WebhookWorld;
  let user: KubeClient;
  let replicas: Replica[];
  beforeAll(async () => {
    // An authority lives 12 s, so that several follow each other while the test runs.
    world = await startWebhookWorld({
      authorityMs: 12_000,
      servingMs: 4_000,
      propagationMs: 700,
      clockSkewMs: 1_000,
    });
    user = world.user;
    replicas = [await world.startReplica(), await world.startReplica()];
    world.balancer.route(replicas.map(({ port }) => port));
    await world.install();
    for (const replica of replicas) await isReady(replica);
    for (let worker = 0; worker < 4; worker++) {
      const metadata = { namespace, name: `busy-${worker}` };
      await user.create(postgresClusters, { metadata, spec: goodSpec } as unknown as PostgresCluster);
    }
  }, firstStartTimeoutMs);
  afterAll(() => world?.stop());

  it('fails no call while certificates change, a replica goes and another comes', async () => {
    const failures: string[] = [];
    let calls = 0;
    let isOver = false;
    // Every call is judged; half of them are converted too, on the way in and on the way out.
    const workers = Array.from({ length: 4 }, async (_, worker) => {
      const key = { namespace, name: `busy-${worker}` };
      const minute = (round: number) => String(round % 60).padStart(2, '0');
      for (let round = 0; !isOver; round++) {
        const patch = { spec: { backupSchedule: `0${worker}:${minute(round)}` } };
        const call =
          round % 2 === 0
            ? user.mergePatch(oldClusters, key, patch)
            : user.mergePatch(postgresClusters, key, patch);
        await call.catch((error: unknown) => failures.push(String(error)));
        calls++;
      }
    });

    const authorities = new Set<string>();
    const certificates = new Set<string>();
    const look = async (): Promise<void> => {
      const { data } = await user.get(resources.secrets, { namespace: operatorNamespace, name: service });
      authorities.add(data?.['ca.crt'] ?? '');
      certificates.add(data?.['tls.crt'] ?? '');
    };
    const seen = (count: number) =>
      eventually(
        `${count} authorities were seen`,
        async () => {
          await look();
          expect(authorities.size).toBeGreaterThanOrEqual(count);
        },
        60_000,
      );
    await seen(2);

    // As a Service does: whoever is no longer ready gets no new connections, and goes on answering for a while.
    const [leaving, staying] = replicas;
    const gone = leaving!.stop();
    await eventually('it says that it goes', () => expect(leaving!.notReady()).toBeDefined());
    world.balancer.route([staying!.port]);
    await gone;
    const alone = calls;
    await seen(3);
    expect(calls - alone).toBeGreaterThan(20);
    const next = await world.startReplica();
    await isReady(next);
    world.balancer.route([staying!.port, next.port]);
    await seen(4);

    isOver = true;
    await Promise.all(workers);
    console.info(
      `${calls} calls, ${failures.length} failed; ${authorities.size} authorities, ${certificates.size} certificates, one replica for ${calls - alone} of the calls; connections ${world.balancer.counts().join(' + ')}`,
    );
    expect(failures).toEqual([]);
  }, 180_000);

  it('negative control: with nobody there, calls that change a spec fail and say why', async () => {
    world.balancer.route([1]);
    const key = { namespace, name: 'busy-0' };
    // Connections that stand are used on; ask until they are gone.
    await eventually('a call fails', async () => {
      const tried = user.mergePatch(
        postgresClusters,
        key,
        { spec: { backupSchedule: '23:58' } },
        { dryRun: true },
      );
      await expect(tried).rejects.toThrow(
        'failed calling webhook "validate.postgresclusters.db.example.com"',
      );
    });
    // What changes no spec is not judged: it goes on.
    await user.mergePatch(postgresClusters, key, { metadata: { labels: { still: 'possible' } } });
  }, 60_000);
});
