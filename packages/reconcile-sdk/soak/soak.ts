import { createInformerSet, type InformerHandle, type InformerSet, type Scope } from '../src/cache/index.ts';
import { type Clock, type Random } from '../src/clock/index.ts';
import {
  keyOf,
  keyText,
  resources,
  type KubeClient,
  type KubeObject,
  type Resource,
} from '../src/client/index.ts';
import { OperatorError } from '../src/errors/index.ts';
import { createWorkQueue } from '../src/queue/index.ts';
import { createFaultPlan } from './fault-plan.ts';
import { type FaultProxy } from './fault-proxy.ts';
import { slopeOfSecondHalf, type Point } from './trend.ts';
import { createWitness, type Witness } from './witness.ts';
import { createWriter, type Field } from './writer.ts';

export interface SoakOptions {
  /** Past all faults. */
  direct: KubeClient;
  /** Through the proxy: what is tested. */
  client: KubeClient;
  proxy: FaultProxy;
  /** A custom kind that the API server has. */
  widgets: Resource;
  clock: Clock;
  /** Of faults, of writes and of the SDK: each its own, so that the same seed gives the same faults. */
  random: { faults: Random; writes: Random; sdk: Random };
  minutes: number;
  writesPerSecond: number;
  /** Negative control: a watch that is silent is trusted for ever. */
  withoutWatchdog: boolean;
  /** After a collection of garbage. */
  memory: () => { heapBytes: number; residentBytes: number; sockets: number };
  say: (line: string) => void;
  /** Every fault, failure and restart. */
  sayMore: (line: string) => void;
  signal: AbortSignal;
}

export interface SoakResult {
  violations: string[];
  /** What was measured, for people. */
  table: [what: string, value: string][];
}

/** No informer may be silent for longer: a stall is noticed within 70 s, and that leaves 20 s to come back. */
const longestSilenceMs = 90_000;
/** By then every dead connection has been noticed and replaced. */
const settleWithinMs = 120_000;
/** Growth in the second half that counts as a leak, per minute. */
const growthLimits = { heapMiB: 0.15, residentMiB: 0.6, sockets: 0.2 };
/** Trends of shorter runs are warm-up. */
const judgeGrowthFromMinutes = 10;

const fieldsOf = (widgets: Resource): Field[] => [
  ...['soak-a', 'soak-b', 'soak-c'].map((namespace) => ({
    resource: resources.configMaps,
    namespace,
    names: 60,
    content: (turn: number) => ({ data: { turn: String(turn), text: 'steady '.repeat(20) } }),
  })),
  ...['soak-a', 'soak-b'].map((namespace) => ({
    resource: widgets,
    namespace,
    names: 40,
    content: (turn: number) => ({ spec: { size: turn % 7, turn } }),
  })),
  {
    resource: resources.leases,
    namespace: 'soak-a',
    names: 20,
    content: (turn: number) => ({ spec: { holderIdentity: `holder-${turn}` } }),
  },
];

interface Watch {
  resource: Resource;
  scopes: readonly Scope[];
  metadataOnly?: true;
}

const watchesOf = (widgets: Resource): Watch[] => [
  {
    resource: resources.configMaps,
    scopes: [
      { namespace: 'soak-a', labelSelector: 'app=x' },
      { namespace: 'soak-b', labelSelector: 'app=x,tier in (gold)' },
    ],
  },
  { resource: resources.configMaps, scopes: [{}], metadataOnly: true },
  { resource: widgets, scopes: [{}] },
  { resource: widgets, scopes: [{ namespace: 'soak-a', labelSelector: 'tier=gold' }] },
  { resource: resources.leases, scopes: [{}] },
  // Nothing happens to these: only bookmarks tell that they live.
  { resource: resources.secrets, scopes: [{}] },
  { resource: resources.namespaces, scopes: [{ labelSelector: 'kubernetes.io/metadata.name=soak-a' }] },
  { resource: resources.serviceAccounts, scopes: [{}], metadataOnly: true },
];

export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const { direct, client, proxy, clock, random, widgets, say, signal } = options;
  const violations: string[] = [];
  const violate = (text: string): void => {
    if (violations.length < 40) say(`VIOLATION ${text}`);
    violations.push(text);
  };
  const began = clock.monotonic();
  const minutes = (): number => (clock.monotonic() - began) / 60_000;
  const more = (text: string): void =>
    options.sayMore(`${(minutes() * 60).toFixed(1).padStart(7)} s  ${text}`);
  const restarts = new Map<string, number>();
  const faults = new Map<string, number>();
  let failures = 0;
  const observer = {
    onFailure({ name, attempt, problem }: { name: string; attempt: number; problem: { text: string } }) {
      failures++;
      more(`${name}: failure ${attempt}, ${problem.text}`);
    },
    onRestart({ name, reason }: { name: string; reason: string }) {
      restarts.set(reason, (restarts.get(reason) ?? 0) + 1);
      more(`${name}: ${reason}`);
    },
    onListenerError: ({ error }: { error: unknown }) => violate(`a listener threw: ${String(error)}`),
    onEpoch: ({ name, from, to }: { name: string; from: string; to: string }) =>
      violate(`${name}: taken for a restored server, ${from} to ${to}`),
  };
  const timing = {
    clock,
    random: random.sdk,
    ...(options.withoutWatchdog ? { stallMs: Infinity } : {}),
    ...observer,
  };
  const streaming = createInformerSet({ client: forgetful(client, random.sdk, true), ...timing });
  const paged = createInformerSet({ client: forgetful(client, random.sdk, false), pageSize: 25, ...timing });

  const nextFault = createFaultPlan(random.faults);
  const queue = createWorkQueue();
  const reconciled = new Map<string, string>();
  const acquire = (set: InformerSet, watch: Watch, kind = '', onChange?: (key: string) => void): Witness => {
    const { informer } = set.acquire<KubeObject>(watch);
    return createWitness({
      informer,
      label: `${informer.name}${kind}`,
      scopes: watch.scopes,
      metadataOnly: watch.metadataOnly ?? false,
      ...(onChange ? { onChange } : {}),
    });
  };
  const watches = watchesOf(widgets);
  const witnesses = [
    ...watches.map((watch) => acquire(streaming, watch)),
    acquire(paged, { resource: resources.configMaps, scopes: [{}] }, ' in pages', (key) =>
      queue.add(key, { text: 'changed' }, clock.monotonic()),
    ),
    acquire(paged, { resource: widgets, scopes: [{}] }, ' in pages'),
  ];
  const queued = witnesses.at(-2)!.informer;
  const writer = createWriter(direct, fieldsOf(widgets), random.writes);

  const stop = new AbortController();
  const work = [streaming.run(stop.signal), paged.run(stop.signal)];
  let isWriting = true;
  let isFaulty = true;

  /** Runs `turn` again and again until the end; what it throws is a violation, since nothing here may fail. */
  const repeat = async (turn: () => Promise<void>): Promise<void> => {
    while (!stop.signal.aborted) {
      await turn().catch((error: unknown) => {
        if (!stop.signal.aborted) violate(`the soak itself: ${String(error)}`);
      });
    }
  };
  const rest = (ms: number): Promise<void> => clock.sleep(ms, stop.signal).catch(() => undefined);
  let writing = Promise.resolve();

  const silences = new Map<string, number>();
  const points = { heapMiB: [] as Point[], residentMiB: [] as Point[], sockets: [] as Point[] };
  let lastReport = 0;
  let rounds = 0;
  let slowestSettleMs = 0;
  let compared = 0;

  await streaming.waitForSync(signal);
  await paged.waitForSync(signal);
  work.push(
    repeat(async () => {
      await rest(1_000 / options.writesPerSecond);
      if (isWriting && !stop.signal.aborted) await (writing = writer.write());
    }),
    repeat(async () => {
      const { afterMs, fault } = nextFault();
      await rest(afterMs);
      if (!isFaulty || stop.signal.aborted) return;
      faults.set(fault.kind, (faults.get(fault.kind) ?? 0) + 1);
      more(`FAULT ${JSON.stringify(fault)}`);
      proxy.inject(fault, () => random.faults.next());
    }),
    repeat(async () => {
      await rest(20);
      for (let item = queue.take(clock.monotonic()); item; item = queue.take(clock.monotonic())) {
        const slash = item.key.indexOf('/');
        const object = queued.store.get(item.key.slice(0, slash), item.key.slice(slash + 1));
        if (object) reconciled.set(item.key, object.metadata?.resourceVersion ?? '');
        else reconciled.delete(item.key);
        queue.succeed(item.key);
        queue.done(item.key);
      }
    }),
    repeat(async () => {
      await rest(1_000);
      for (const { informer, label } of witnesses) {
        for (const { health, ...scope } of informer.health()) {
          const name = scope.name.replace(informer.name, label);
          const before = silences.get(name) ?? 0;
          const now = health.silentMs ?? 0;
          if (now > longestSilenceMs && before <= longestSilenceMs)
            violate(`${name} is silent for over 90 s`);
          silences.set(name, Math.max(before, now));
        }
      }
      if (clock.monotonic() - lastReport < 30_000) return;
      lastReport = clock.monotonic();
      const { heapBytes, residentBytes, sockets } = options.memory();
      const [heap, resident] = [heapBytes / 2 ** 20, residentBytes / 2 ** 20];
      points.heapMiB.push([minutes(), heap]);
      points.residentMiB.push([minutes(), resident]);
      const told = witnesses.reduce((sum, witness) => sum + witness.told(), 0);
      say(
        `${minutes().toFixed(1).padStart(5)} min  writes ${writer.writes()}  told ${told}  faults ${total(faults)}  restarts ${total(restarts)}  rounds ${rounds}  max silence ${(Math.max(...silences.values()) / 1000).toFixed(0)} s  heap ${heap.toFixed(1)} MiB  rss ${resident.toFixed(0)} MiB  sockets ${sockets}  violations ${violations.length}`,
      );
    }),
  );

  /** The writer rests, no new faults come: within the time that the SDK claims, everything has to be equal. */
  async function quietPoint(): Promise<void> {
    isWriting = false;
    await writing.catch(() => undefined);
    const from = clock.monotonic();
    let found: string[] = [];
    do {
      await rest(500);
      found = await differences();
      compared++;
    } while (found.length > 0 && clock.monotonic() - from < settleWithinMs && !stop.signal.aborted);
    slowestSettleMs = Math.max(slowestSettleMs, clock.monotonic() - from);
    found.slice(0, 5).forEach((text) => violate(`not equal after ${settleWithinMs / 1000} s: ${text}`));
    for (const witness of witnesses) witness.audit(writer.written);
    writer.forget();
    points.sockets.push([minutes(), options.memory().sockets]);
    rounds++;
  }

  async function differences(): Promise<string[]> {
    const found = (await Promise.all(witnesses.map((witness) => witness.differences(direct)))).flat();
    const { items } = await direct.list(resources.configMaps, { metadataOnly: true });
    for (const item of items) {
      const key = keyText(keyOf(item));
      if (reconciled.get(key) !== item.metadata?.resourceVersion) found.push(`${key} was not reconciled`);
    }
    if (items.length !== reconciled.size) found.push(`${reconciled.size - items.length} too many reconciled`);
    return found;
  }

  const isOver = (): boolean => minutes() >= options.minutes || signal.aborted;
  while (!isOver()) {
    isWriting = true;
    isFaulty = true;
    // A watch that comes and goes while all else runs.
    const guest: InformerHandle<KubeObject> = streaming.acquire<KubeObject>({
      resource: resources.leases,
      scopes: [{ namespace: 'soak-a' }],
      metadataOnly: true,
    });
    await rest(Math.min(45_000, Math.max(10_000, (options.minutes - minutes()) * 60_000)));
    // The last fault of each round is one that no reset heals: only a watchdog finds it.
    isFaulty = false;
    proxy.calm();
    proxy.inject({ kind: 'black-hole', direction: 'both', share: 0.6 }, () => random.faults.next());
    await rest(3_000);
    guest.release();
    await quietPoint();
  }
  stop.abort();
  await Promise.all(work);
  for (const { faults: seen } of witnesses) seen.forEach(violate);

  const growth = Object.entries(points).map(([what, series]) => {
    const slope = slopeOfSecondHalf(series);
    const limit = growthLimits[what as keyof typeof growthLimits];
    if (slope !== undefined && options.minutes >= judgeGrowthFromMinutes && slope > limit) {
      violate(`${what} grows by ${slope.toFixed(3)} a minute, more than ${limit}`);
    }
    return [`${what}: growth per minute, second half`, slope?.toFixed(3) ?? 'too few points'] as [
      string,
      string,
    ];
  });
  const stats = witnesses.map(({ informer }) => informer.stats());
  return {
    violations,
    table: [
      ['minutes', minutes().toFixed(1)],
      ['writes', String(writer.writes())],
      ['changes told to listeners', String(witnesses.reduce((sum, witness) => sum + witness.told(), 0))],
      ['faults', counted(faults)],
      ['new connections are shut out for', 'at most 8 s, then the way is open for 10 s'],
      ['watches begun anew', counted(restarts)],
      ['failures told', String(failures)],
      ['lists / watches', `${sum(stats, 'lists')} / ${sum(stats, 'watches')}`],
      ['quiet points, comparisons', `${rounds}, ${compared}`],
      ['slowest to be equal after faults', `${(slowestSettleMs / 1000).toFixed(1)} s`],
      ...[...silences]
        .sort((a, b) => b[1] - a[1])
        .map(([name, ms]): [string, string] => [`longest silence: ${name}`, `${(ms / 1000).toFixed(1)} s`]),
      ['heap after gc, first / last', firstAndLast(points.heapMiB, 'MiB')],
      ['resident, first / last', firstAndLast(points.residentMiB, 'MiB')],
      ['sockets at quiet points, first / last', firstAndLast(points.sockets, '')],
      ...growth,
      ['violations', String(violations.length)],
    ],
  };
}

/**
 * The same client of a server that forgets: one watch in five has to begin again with fresh contents, while the
 * writer goes on. Without `streams` it gives contents only in pages, of which one in twenty has expired.
 */
function forgetful(client: KubeClient, random: Random, streams: boolean): KubeClient {
  const gone = (): OperatorError =>
    new OperatorError('gone', 'too old resource version', { httpStatus: 410 });
  return {
    ...client,
    list: (resource, options) =>
      options?.continue && random.next() < 0.05 ? Promise.reject(gone()) : client.list(resource, options),
    watch(resource, options) {
      if (!options.sendInitialEvents) {
        return random.next() < 0.2 ? Promise.reject(gone()) : client.watch(resource, options);
      }
      return streams
        ? client.watch(resource, options)
        : Promise.reject(new OperatorError('invalid', 'sendInitialEvents is forbidden', { httpStatus: 422 }));
    },
  };
}

const total = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0);
const counted = (counts: ReadonlyMap<string, number>): string =>
  `${total(counts)} (${[...counts].map(([what, count]) => `${what} ${count}`).join(', ')})`;
const sum = <K extends string>(rows: readonly Record<K, number>[], key: K): number =>
  rows.reduce((all, row) => all + row[key], 0);
const firstAndLast = (points: readonly Point[], unit: string): string =>
  `${points[0]?.[1].toFixed(1)} / ${points.at(-1)?.[1].toFixed(1)} ${unit}`.trimEnd();
