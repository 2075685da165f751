import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startControlPlane, type Log } from '@stateful/local-cluster';
import { connectApi, type Api } from '../api/api.ts';
import { paths } from '../api/paths.ts';
import { startWitness, type Witness } from '../api/witness.ts';
import { flagsOf, type Contestant } from '../contestant/contestant.ts';
import { startOperator, type RunningOperator } from '../contestant/start-operator.ts';
import { customResourceDefinition, kind } from '../kind.ts';
import {
  changeObject,
  createNamespace,
  createObject,
  createObjects,
  removeObjects,
} from '../load/objects.ts';
import { apiCallsOf, totalOf, type ApiCalls } from '../measure/api-calls.ts';
import { type Sizes } from './sizes.ts';
import { createRoll } from './roll.ts';

/** One API server, and all that a scenario does with it. */
export type Arena = {
  readonly api: Api;
  readonly witness: Witness;
  readonly sizes: Sizes;
  readonly log: Log;
  /** Starts a contestant. `first`: nobody holds the Lease, so that it leads at once. */
  readonly start: (contestant: Contestant, order: 'first' | 'second') => Promise<RunningOperator>;
  /** Starts it and waits until it works: it has made the child of one object. */
  readonly startWorking: (
    contestant: Contestant,
    namespace: string,
    timeoutMs?: number,
  ) => Promise<RunningOperator>;
  /** Runs with a namespace of its own, empties it afterwards, and ends what was started. */
  readonly inNamespace: <T>(work: (namespace: string) => Promise<T>) => Promise<T>;
  /** Creates objects and waits until all are Ready; the seconds that took. */
  readonly createReady: (
    names: readonly string[],
    namespace: string,
    operator: RunningOperator,
  ) => Promise<number>;
  /** What operators asked of the API server so far, once they ask for nothing more. */
  readonly callsAtRest: () => Promise<ApiCalls>;
  readonly close: () => Promise<void>;
};

const canary = 'canary';

/** `folder`: for the operators' logs. */
export async function openArena(sizes: Sizes, folder: string, log: Log): Promise<Arena> {
  const plane = await startControlPlane({ log, apiServerFlags: ['--delete-collection-workers=8'] });
  const api = await connectApi(plane.kubeconfigPath);
  let running: RunningOperator[] = [];
  let namespaces = 0;
  let canaries = 0;
  let starts = 0;

  async function endAll(): Promise<void> {
    const ending = running;
    running = [];
    await Promise.all(ending.map((operator) => operator.end('SIGTERM')));
  }
  async function close(): Promise<void> {
    await endAll();
    await api.close();
    await plane.stop();
  }

  const calls = async (): Promise<ApiCalls> => apiCallsOf(await api.call('GET', paths.metrics));
  const start: Arena['start'] = async (contestant, order) => {
    if (order === 'first') await api.call('DELETE', paths.lease, { expected: [404] });
    const operator = startOperator(contestant, {
      flags: flagsOf(plane.kubeconfigPath, sizes.election),
      logFile: join(folder, `${contestant.name}-${++starts}.log`),
      identity: `${contestant.name}-${starts}`,
    });
    running.push(operator);
    return operator;
  };

  try {
    await api.call('POST', paths.definitions, { body: customResourceDefinition });
    await established(api);
    const witness = await startWitness(api);
    return {
      api,
      witness,
      sizes,
      log,
      start,
      async startWorking(contestant, namespace, timeoutMs = 60_000) {
        const operator = await start(contestant, 'first');
        const children = createRoll([canary]);
        const off = witness.onChild((child) => child.namespace === namespace && children.mark(child));
        // Changed as well: where it exists already, a child that is right would tell of nobody's work.
        await createObject(api, namespace, canary);
        await changeObject(api, namespace, canary, ++canaries);
        await children.complete({ what: 'the first child', timeoutMs, check: operator.check });
        off();
        await sleep(sizes.settleMs);
        return operator;
      },
      async inNamespace(work) {
        const namespace = `bench-${++namespaces}`;
        await createNamespace(api, namespace);
        try {
          return await work(namespace);
        } finally {
          await endAll();
          await removeObjects(api, namespace);
          const broken = api.brokenWatch();
          if (broken) throw broken;
        }
      },
      async createReady(names, namespace, operator) {
        const ready = createRoll(names);
        const off = witness.onReady((seen) => seen.namespace === namespace && ready.mark(seen));
        const began = performance.now();
        await createObjects(api, namespace, names);
        const what = `${names.length} objects to be Ready`;
        await ready.complete({ what, timeoutMs: 600_000, check: operator.check });
        off();
        return (ready.lastAt() - began) / 1_000;
      },
      async callsAtRest() {
        // Events and second looks come after Ready; they are work as well.
        let before = await calls();
        for (let second = 0; second < 120; second++) {
          await sleep(1_000);
          const now = await calls();
          if (totalOf(now) === totalOf(before)) return now;
          before = now;
        }
        throw new Error('the operator does not stop asking, although nothing changes');
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The definition is served a moment after it was created. */
async function established(api: Api): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const answer = await api.call('GET', paths.everyBench, { expected: [404, 429] });
    if (answer.includes(`"kind":"${kind.kind}List"`)) return;
    await sleep(100);
  }
  throw new Error('the API server does not serve the kind of the benchmark');
}
