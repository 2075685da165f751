import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from '@jest/globals';
import { names } from '@stateful/postgres-api';
import { resources } from '@stateful/reconcile-sdk';
import { formatEvents, type ListAppendVerdict } from '@stateful/testing';
import { postgresOperator, type Environment } from '../../harness/environment.ts';
import { judgeLists } from '../../harness/history.ts';
import { startListAppend } from '../../harness/load.ts';
import { applyPostgres, postgres, type Postgres } from '../../harness/postgres.ts';
import { createSuite, resultsOf } from '../../harness/suite.ts';

const namespace = 'histories';
/** What one Postgres gives to transactions that ask for repeatable read; a failover must not weaken it. */
const promised = 'strong-snapshot-isolation';
const rounds = Number(process.env['ROUNDS'] ?? 1);
const minute = 60_000;
/** Each history is kept, for people to look at and for the checker to be run on again. */
const results = resultsOf(namespace);

/** A fault, done to the primary while clients are at work; resolves when another is primary or it is over. */
interface Fault {
  name: string;
  strike(pg: Postgres, primary: string, environment: Environment): Promise<void>;
}

const podDeleted: Fault = {
  name: 'pod of the primary deleted at once',
  async strike(pg, primary, { client }) {
    await client.delete(resources.pods, { namespace, name: primary }, { gracePeriodSeconds: 0 });
    await pg.otherPrimary(primary, minute);
  },
};
const postmasterKilled: Fault = {
  name: 'postmaster killed',
  async strike(_, primary, { cluster }) {
    await cluster.faults.killProcess({ namespace, pod: primary, process: 'postgres' });
  },
};
const nodeCutOff: Fault = {
  name: 'node of the primary cut off',
  async strike(pg, primary, { cluster }) {
    const { spec } = await pg.pod(primary);
    await cluster.faults.cut(spec?.nodeName ?? '');
    await pg.otherPrimary(primary, minute);
  },
};

/**
 * Transactions on lists from eight sessions, on nodes of both sides, while the primary is hurt; the history is then
 * held against the isolation level that was asked for. The last test is the control: without synchronous replicas
 * the same fault must show as loss, or the suite would see nothing.
 */
describe('histories of transactions on a Postgres that fails over', () => {
  let environment: Environment;
  const { check, figures } = createSuite(namespace, postgresOperator, async (here) => {
    environment = here;
    await Promise.all(
      (['Required', 'Never'] as const).map((synchronous) =>
        applyPostgres(environment, namespace, synchronous.toLowerCase(), {
          replicas: 3,
          version: '17.12.0',
          storage: { size: '1Gi' },
          synchronous,
        }),
      ),
    );
  });
  const cluster = async (name: string): Promise<Postgres> => {
    const pg = postgres(environment, namespace, name);
    await pg.ready(3 * minute);
    await pg.allStream(2 * minute);
    return pg;
  };
  let run = 0;

  async function historyUnder(fault: Fault, pg: Postgres): Promise<ListAppendVerdict> {
    const table = `lists_${++run}`;
    const primary = await pg.primary();
    const { spec, status } = await pg.pod(primary);
    // Both sides of a cut: some sessions stay with the old primary, others wait for the new one.
    const nodes = [
      spec?.nodeName ?? '',
      environment.cluster.nodes.find((node) => node !== spec?.nodeName) ?? '',
    ];
    const loads = await Promise.all(
      nodes.map((node, index) =>
        startListAppend(environment, {
          namespace,
          name: `clients-${run}-${index}`,
          cluster: pg.name,
          host: names.readWriteService(pg.name),
          // Sessions of the primary's own node were open to it before the fault, and go on as long as it answers.
          ...(index === 0 && status?.podIP ? { firstHost: status.podIP } : {}),
          table,
          node,
          writers: 4,
          first: index * 1_000_000,
          pauseMs: 5,
        }),
      ),
    );
    await fault.strike(pg, primary, environment);
    await loads[1]!.acknowledges(200, 2 * minute);
    await environment.cluster.faults.healAll();
    await pg.allStream(3 * minute);
    const events = (await Promise.all(loads.map((load) => load.stop()))).flat();
    const lists = await pg.admin(await pg.primary(), `select key, list from ${table}`, 'app');
    mkdirSync(results, { recursive: true });
    writeFileSync(join(results, `${table}.jsonl`), formatEvents(events.toSorted((a, b) => a.time - b.time)));
    return judgeLists(events, lists, promised);
  }

  for (let round = 1; round <= rounds; round++) {
    for (const fault of [podDeleted, postmasterKilled, nodeCutOff]) {
      check(
        `${fault.name}, round ${round}: the history is one that a single Postgres could have given`,
        async () => {
          const verdict = await historyUnder(fault, await cluster('required'));
          if (!verdict.isValid) throw new Error(verdict.report);
          figures.push(`${fault.name}: ${verdict.report.split('\n')[0]}`);
        },
        8 * minute,
      );
    }
  }

  check(
    'control: without synchronous replicas, cutting off the primary’s node loses acknowledged appends, and is found',
    async () => {
      const verdict = await historyUnder(nodeCutOff, await cluster('never'));
      figures.push(`control, asynchronous: ${verdict.report.split('\n')[0]}`);
      expect(verdict.anomalies.map(({ name }) => name)).toContain('lost-append');
    },
    8 * minute,
  );
});
