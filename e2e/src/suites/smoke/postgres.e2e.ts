import { describe, expect } from '@jest/globals';
import { isWrite } from '@stateful/local-cluster';
import { names, type PostgresClusterSpecInput } from '@stateful/postgres-api';
import { resources, type Resource } from '@stateful/reconcile-sdk';
import { type SetEvent, type SetVerdict } from '@stateful/testing';
import { committedAlone } from '../../client/outcome.ts';
import { backUpNow } from '../../harness/backup.ts';
import {
  installOperator,
  operatorMetrics,
  postgresOperator,
  type Environment,
} from '../../harness/environment.ts';
import { acknowledgedAt, gapMs, judgeRows } from '../../harness/history.ts';
import { startWriter } from '../../harness/load.ts';
import { startObjectStore } from '../../harness/object-store.ts';
import {
  applyPostgres,
  postgres,
  postgresClusters,
  startClientPod,
  type Postgres,
} from '../../harness/postgres.ts';
import { seconds } from '../../harness/steps.ts';
import { createSuite } from '../../harness/suite.ts';
import { eventually, waitForObject } from '../../harness/wait.ts';

const namespace = 'smoke';
const operatorNamespace = postgresOperator.name;
const leaseMs = 10_000;
/** Reconciles that went well: `requeue_after` is one that also named the time of the next. */
const reconcilesIn = (metrics: string): number =>
  [
    ...metrics.matchAll(
      /^controller_runtime_reconcile_total\{[^}]*result="(?:success|requeue_after)"[^}]*\} (\d+)/gm,
    ),
  ].reduce((sum, [, count]) => sum + Number(count), 0);
/** Five minutes in a full run; CI looks for one. */
const quietMs = Number(process.env['QUIET_SECONDS'] ?? (process.env['CI'] === 'true' ? 60 : 300)) * 1000;

describe('Postgres on a real Kubernetes', () => {
  let environment: Environment;
  let pg: Postgres;
  let spec: PostgresClusterSpecInput;
  let rounds = 0;
  const { check, figures } = createSuite(namespace, postgresOperator, async (here) => {
    environment = here;
    spec = {
      replicas: 3,
      version: '17.12.0',
      storage: { size: '1Gi' },
      synchronous: 'Required',
      backupStore: await startObjectStore(environment, namespace),
      backupSchedule: '02:30',
    };
    pg = postgres(environment, namespace, 'pg');
  });

  /** Writes rows all the while `disturb` runs, and judges what became of them. */
  async function underLoad(disturb: (primary: string) => Promise<void>, node?: string): Promise<SetVerdict> {
    const table = `load_${++rounds}`;
    const writer = await startWriter(environment, {
      namespace,
      name: `writer-${rounds}`,
      cluster: 'pg',
      host: names.readWriteService('pg'),
      table,
      ...(node ? { node } : {}),
    });
    await disturb(await pg.primary());
    await writer.acknowledges(100, 90_000);
    const history = await writer.stop();
    // In the pod of the primary itself: the pod that SQL is run from may be the one that is cut off.
    const rows = await pg.admin(await pg.primary(), `select id from ${table}`, 'app');
    return judgeRows(history, rows);
  }
  function expectNothingLost(what: string, verdict: SetVerdict): void {
    if (verdict.verdict !== 'complete') throw new Error(`${what}: ${verdict.report}`);
    figures.push(
      `${what}: ${verdict.acknowledged} rows acknowledged, none lost; longest gap ${seconds(gapMs(verdict))}`,
    );
  }

  check(
    'a cluster of three becomes Ready, and takes SQL through its Services',
    async () => {
      const began = performance.now();
      await applyPostgres(environment, namespace, 'pg', spec);
      const ready = await pg.ready(180_000);
      figures.push(`from apply to Ready: ${seconds(performance.now() - began)}`);
      expect(ready.status).toMatchObject({ readyReplicas: 3, primary: 'pg-0' });
      await startClientPod(environment, namespace, 'pg');
      await pg.sql('create table greetings (text text)');
      await pg.sql(`insert into greetings values ('hello')`);
      expect(await pg.sql('select pg_is_in_recovery()')).toEqual(['f']);
      await eventually(
        'a replica has the row',
        async () => (await pg.sql('select text from greetings', names.readOnlyService('pg')))[0] === 'hello',
        20_000,
      );
      expect(await pg.sql('select pg_is_in_recovery()', names.readOnlyService('pg'))).toEqual(['t']);
      const set = await environment.client.get(resources.statefulSets, { namespace, name: 'pg' });
      expect(set.status?.readyReplicas).toBe(3);
      const nodes = await Promise.all([0, 1, 2].map(async (n) => (await pg.pod(`pg-${n}`)).spec?.nodeName));
      expect(new Set(nodes).size).toBe(3);
      // One call for all of them: kubectl names the one that is missing.
      await environment.kubectl(
        ...['get', '--namespace', namespace, '--output', 'name'],
        ...[`service/${names.instancesService('pg')}`, `service/${names.readWriteService('pg')}`],
        ...[`service/${names.readOnlyService('pg')}`, `secret/${names.credentials('pg')}`],
        ...[`configmap/${names.config('pg')}`, `poddisruptionbudget/${names.disruptionBudget('pg')}`],
        ...[`cronjob/${names.backup('pg')}`, `lease/${names.lease('pg')}`],
      );
    },
    240_000,
  );

  check(
    'the primary’s pod is deleted: another takes over, nothing acknowledged is lost',
    async () => {
      const verdict = await underLoad(async (primary) => {
        await environment.client.delete(resources.pods, { namespace, name: primary });
        await pg.otherPrimary(primary, 60_000);
      });
      expectNothingLost('pod of the primary deleted', verdict);
      await pg.allStream(120_000);
      await pg.ready(120_000);
    },
    300_000,
  );

  check(
    'the postmaster is killed: writes go on, nothing acknowledged is lost',
    async () => {
      const verdict = await underLoad(async (primary) => {
        await environment.cluster.faults.killProcess({ namespace, pod: primary, process: 'postgres' });
      });
      expectNothingLost('postmaster killed', verdict);
      await pg.allStream(120_000);
      await pg.ready(120_000);
    },
    300_000,
  );

  check(
    'the primary’s node is cut off: writes resume, and the old primary acknowledges nothing past its lease',
    async () => {
      const primary = await pg.primary();
      const pod = await pg.pod(primary);
      const node = pod.spec?.nodeName ?? '';
      const other = environment.cluster.nodes.find((candidate) => candidate !== node);
      // A session that stays open on the isolated side, straight to the old primary.
      const inside = await startWriter(environment, {
        namespace,
        name: 'inside',
        cluster: 'pg',
        host: pod.status?.podIP ?? '',
        table: 'inside',
        node,
        writers: 2,
      });
      // Sessions that ask for no replica would be answered for as long as the old primary lives: they show the fence.
      const alone = await startWriter(environment, {
        namespace,
        name: 'alone',
        cluster: 'pg',
        host: pod.status?.podIP ?? '',
        table: 'alone',
        node,
        writers: 2,
        isLocal: true,
      });
      let cutAt = 0;
      const verdict = await underLoad(async () => {
        cutAt = Date.now();
        await environment.cluster.faults.cut(node);
        await pg.otherPrimary(primary, 60_000);
      }, other);
      expectNothingLost('node of the primary cut off', verdict);
      const healedAt = Date.now();
      await environment.cluster.faults.heal(node);
      await pg.allStream(120_000);
      await pg.ready(120_000);
      figures.push(
        `from healing the node until the old primary streams again: ${seconds(Date.now() - healedAt)}`,
      );
      const seen = await inside.stop();
      const lastOf = (history: readonly SetEvent[]): number =>
        Math.max(...acknowledgedAt(history).filter((at) => at < healedAt)) - cutAt;
      const last = lastOf(seen);
      const lastAlone = lastOf(await alone.stop());
      const local = seen.filter(({ error }) => error === committedAlone).length;
      figures.push(
        `the isolated primary’s last acknowledgement: ${seconds(last)} after the cut, ${seconds(lastAlone)} to sessions that wait for no replica; committed there alone: ${local}`,
      );
      expect(last).toBeLessThan(leaseMs);
      expect(lastAlone).toBeLessThan(leaseMs);
      // The control: the probe did reach the isolated primary, so its end is the fence's work and not the network's.
      expect(lastAlone).toBeGreaterThan(1_000);
      const rows = await pg.sql('select id from inside');
      expectNothingLost('sessions on the side that was cut off', judgeRows(seen, rows));
      await waitForObject(
        environment.client,
        postgresClusters,
        { namespace, name: 'pg' },
        `status says that ${primary} is a replica`,
        (object) => object?.status?.instances?.find(({ name }) => name === primary)?.role === 'replica',
        60_000,
        (object) => JSON.stringify(object?.status?.instances),
      );
    },
    420_000,
  );

  check(
    'a backup is made and restored into another cluster with equal rows',
    async () => {
      const backup = await backUpNow(environment, namespace, 'pg');
      expect(backup).toMatchObject({ state: 'Succeeded' });
      figures.push(`backup ${backup.label}: ${Math.round((backup.sizeBytes ?? 0) / 2 ** 20)} MiB`);
      await pg.sql(`insert into greetings values ('after the backup')`);
      // Restored is what is in the archive: the row is in it when the file that holds it is.
      const [file = ''] = await pg.admin(await pg.primary(), 'select pg_walfile_name(pg_switch_wal())');
      await eventually(
        `${file} is archived`,
        async () => {
          const [archived = ''] = await pg.admin(
            await pg.primary(),
            'select last_archived_wal from pg_stat_archiver',
          );
          return archived.slice(0, 24) >= file;
        },
        60_000,
      );
      const digest = `select count(*) || ' ' || coalesce(md5(string_agg(id, ',' order by id)), '') from load_1`;
      const expected = await pg.sql(digest);
      const began = performance.now();
      const { backupSchedule: _schedule, ...rest } = spec;
      await applyPostgres(environment, namespace, 'restored', {
        ...rest,
        replicas: 1,
        synchronous: 'Preferred',
        restoreFrom: { cluster: 'pg' },
      });
      const restored = postgres(environment, namespace, 'restored');
      await restored.ready(180_000);
      figures.push(`from apply to a restored cluster that is Ready: ${seconds(performance.now() - began)}`);
      await startClientPod(environment, namespace, 'restored');
      expect(await restored.sql(digest)).toEqual(expected);
      expect(await restored.sql('select text from greetings order by 1')).toEqual([
        'after the backup',
        'hello',
      ]);
      expect((await restored.get()).status?.backupRepository).not.toBe(
        (await pg.get()).status?.backupRepository,
      );
    },
    480_000,
  );

  check(
    'bad input is refused with the name of the field, by the API server or by the operator, and nothing is lost',
    async () => {
      const before = await environment.client.get(resources.statefulSets, { namespace, name: 'pg' });
      for (const [change, field] of [
        [{ replicas: 0 }, 'spec.replicas'],
        [{ version: '16' }, 'spec.version'],
        [{ backupSchedule: '25:61' }, 'spec.backupSchedule'],
        [{ version: '99.1.0' }, 'spec.version'],
        [{ storage: { size: '512Mi' } }, 'spec.storage.size'],
      ] as const) {
        await expect(applyPostgres(environment, namespace, 'pg', { ...spec, ...change })).rejects.toThrow(
          field,
        );
      }
      const after = await environment.client.get(resources.statefulSets, { namespace, name: 'pg' });
      expect(after.metadata?.generation).toBe(before.metadata?.generation);
      expect(await pg.sql('select text from greetings limit 1')).toEqual(['hello']);
      await applyPostgres(environment, namespace, 'pg', spec);
      await pg.ready(60_000);
    },
    240_000,
  );

  check(
    'a steady state writes nothing to the API server but Leases',
    async () => {
      await pg.ready(60_000);
      const isOurs = (user: string): boolean =>
        user.startsWith(`system:serviceaccount:${namespace}:`) ||
        user.startsWith(`system:serviceaccount:${operatorNamespace}:`);
      const writes = () =>
        environment.cluster
          .auditEvents()
          .filter((event) => isWrite(event) && isOurs(event.user) && event.resource !== 'leases')
          // Not what others do with the same operator in namespaces of their own.
          .filter((event) => [namespace, operatorNamespace].includes(event.namespace));
      // The control: an audit log that is not there, or that names users otherwise, would show rest as well.
      expect(writes().length).toBeGreaterThan(0);
      // An Event that repeats is counted later and later: what is written now happened before.
      const isLateCount = ({ resource, verb }: { resource: string; verb: string }): boolean =>
        resource === 'events' && verb === 'patch';
      // A moment later, so that the end of the last test does not count.
      const since = Date.now() + 5_000;
      await eventually(
        'the time has passed',
        () => Promise.resolve(Date.now() >= since + quietMs),
        quietMs + 30_000,
        1_000,
      );
      const late = writes().filter((event) => event.at.getTime() >= since && !isLateCount(event));
      figures.push(`writes to the API server in ${quietMs / 1000} s of rest, Leases aside: ${late.length}`);
      expect(late).toEqual([]);
      figures.push(...(await memory()));
    },
    quietMs + 120_000,
  );

  check(
    'Helm 3 upgrades what Helm 4 installed, and the operator that starts anew changes nothing',
    async () => {
      const kinds = [
        ...[resources.statefulSets, resources.services, resources.configMaps, resources.secrets],
        ...[resources.cronJobs, resources.podDisruptionBudgets, resources.roles, resources.roleBindings],
        postgresClusters,
      ];
      const versions = async (): Promise<string[]> => {
        const lists = await Promise.all(
          kinds.map((kind) => environment.client.list(kind as Resource, { namespace })),
        );
        return lists.flatMap(({ items }) =>
          items.map(({ metadata }) => `${metadata?.name} ${metadata?.uid} ${metadata?.resourceVersion}`),
        );
      };
      const before = await versions();
      for (const major of ['3', '4'] as const) {
        await installOperator(environment, major);
        // Its first look at everything is over when it says that it has reconciled.
        await eventually(
          'the new operator has reconciled both clusters',
          async () => reconcilesIn(await operatorMetrics(environment)) >= 2,
          60_000,
        );
        expect(await versions()).toEqual(before);
      }
    },
    240_000,
  );

  async function memory(): Promise<string[]> {
    const resident = Number(
      /^process_resident_memory_bytes (\S+)$/m.exec(await operatorMetrics(environment))?.[1],
    );
    const agents = await Promise.all(
      [0, 1, 2].map(async (n) =>
        environment.kubectl(
          'exec',
          '--namespace',
          namespace,
          `pg-${n}`,
          '--',
          'sh',
          '-c',
          'for p in /proc/[0-9]*; do case "$(readlink $p/exe)" in */node) grep VmRSS $p/status;; esac; done; true',
        ),
      ),
    );
    const agentMb = agents.map(
      (text) =>
        [...text.matchAll(/VmRSS:\s+(\d+) kB/g)].reduce((sum, match) => sum + Number(match[1]), 0) / 1024,
    );
    return [
      `resident memory: operator ${(resident / 2 ** 20).toFixed(0)} MiB, agents ${agentMb.map((mb) => mb.toFixed(0)).join(', ')} MiB`,
    ];
  }
});
