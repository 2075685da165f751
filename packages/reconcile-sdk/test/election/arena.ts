import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type AuditEvent, type ControlPlane } from '@stateful/local-cluster';
import { connect, loadKubeConfig, type ConfigMap, type KubeClient } from '../../src/client/index.ts';
import { resources } from '../../src/client/resource.ts';
import { type ElectionTimes } from '../../src/election/index.ts';
import { openLink, type Link } from './link.ts';
import { type Write } from './oracle.ts';
import { leaseName, target, type Order, type ParticipantOptions, type Report } from './protocol.ts';

/** One process that stands for election, and its two ways to the API server. */
export interface Participant {
  readonly identity: string;
  readonly process: ChildProcess;
  readonly links: { lease: Link; writes: Link };
  /** Number of the term that it believes to hold. */
  epoch(): number | undefined;
  order(order: Order): void;
  reports(): readonly Report[];
  isGone(): boolean;
  kill(signal: NodeJS.Signals): void;
}

export interface ArenaOptions {
  plane: ControlPlane;
  namespace: string;
  times: Required<Omit<ElectionTimes, 'endsWithinMs'>>;
  thread?: boolean;
  fence?: boolean;
  cutsWrites?: boolean;
  writers?: number;
  pauseMs?: number;
  log?: (line: string) => void;
}

/** Participants over one Lease, and everything that they have written. */
export interface Arena {
  readonly times: ArenaOptions['times'];
  /** In the order of etcd, which is the order in which they took effect. */
  writes(): readonly Write[];
  /** In the order in which the API server finished them, from its audit log. */
  auditedWrites(): Write[];
  enter(): Promise<Participant>;
  all(): readonly Participant[];
  /** Who writes now, when it has written for a while and another stands by. */
  settled(): Promise<Participant>;
  /** Throws what it waited for when that has not come about in time. */
  until(what: string, isSo: () => boolean, timeoutMs?: number): Promise<void>;
  leaseHolder(): Promise<string>;
  close(): Promise<void>;
}

export async function openArena(options: ArenaOptions): Promise<Arena> {
  const { plane, namespace, times, log = () => undefined } = options;
  const config = await loadKubeConfig({ path: plane.kubeconfigPath });
  const client = connect({ config, fieldManager: 'arena' });
  await client.create(resources.namespaces, { metadata: { name: namespace } });
  const made = await client.create(resources.configMaps, { metadata: { namespace, ...target } });
  const stop = new AbortController();
  const writes: Write[] = [];
  let brokenWatch: unknown;
  const watching = follow(client, made, stop.signal, (write) => writes.push(write)).catch(
    (error: unknown) => {
      if (!stop.signal.aborted) brokenWatch = error;
    },
  );
  const participants: Participant[] = [];
  const links: Link[] = [];
  let entered = 0;

  async function until(what: string, isSo: () => boolean, timeoutMs = 30_000): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!isSo()) {
      if (brokenWatch !== undefined)
        throw new Error('the watch that sees the writes broke', { cause: brokenWatch });
      if (performance.now() > deadline) throw new Error(`not within ${timeoutMs / 1000} s: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const alive = (): Participant[] => participants.filter((participant) => !participant.isGone());

  const arena: Arena = {
    times,
    writes: () => writes,
    auditedWrites: () => plane.auditEvents().flatMap((event) => asWrite(event, namespace)),
    all: alive,
    until,
    async enter() {
      const identity = `p${++entered}`;
      const [lease, ways] = [await openLink(plane.server), await openLink(plane.server)];
      links.push(lease, ways);
      const participant = start(
        {
          identity,
          kubeconfig: plane.kubeconfigPath,
          namespace,
          servers: { lease: lease.server, writes: ways.server },
          times,
          thread: options.thread ?? true,
          fence: options.fence ?? true,
          cutsWrites: options.cutsWrites ?? true,
          writers: options.writers ?? 2,
          pauseMs: options.pauseMs ?? 5,
        },
        { lease, writes: ways },
        log,
      );
      participants.push(participant);
      await until(`${identity} has started`, () => participant.reports().length > 0 || participant.isGone());
      return participant;
    },
    async settled() {
      while (alive().length < 2) await arena.enter();
      let leader: Participant | undefined;
      const before = writes.length;
      await until('one leads and writes, another stands by', () => {
        leader = alive().find((participant) => participant.epoch() !== undefined);
        const epoch = leader?.epoch();
        return (
          alive().length >= 2 && writes.slice(before).filter((write) => write.epoch === epoch).length >= 20
        );
      });
      return leader!;
    },
    async leaseHolder() {
      const lease = await client.find(resources.leases, { namespace, name: leaseName });
      return lease?.spec?.holderIdentity ?? '';
    },
    async close() {
      for (const participant of alive()) participant.kill('SIGKILL');
      await until('all participants are gone', () => alive().length === 0);
      stop.abort();
      await watching;
      await Promise.all(links.map((link) => link.close()));
      await client.close();
    },
  };
  return arena;
}

function start(
  options: ParticipantOptions,
  links: Participant['links'],
  log: (line: string) => void,
): Participant {
  const child = fork(fileURLToPath(new URL('./participant.ts', import.meta.url)), [JSON.stringify(options)], {
    execArgv: ['--conditions=@stateful/source'],
    env: { PATH: process.env['PATH'] ?? '' },
  });
  const reports: Report[] = [];
  let epoch: number | undefined;
  let isGone = false;
  child.on('message', (message) => {
    const report = message as Report;
    reports.push(report);
    if (report.kind === 'log') return log(report.line);
    log(`${options.identity} ${JSON.stringify(report)}`);
    if (report.kind === 'leading') epoch = report.epoch;
    if (report.kind === 'not-leading') epoch = undefined;
  });
  child.once('exit', (code, signal) => {
    isGone = true;
    epoch = undefined;
    log(`${options.identity} ended: ${signal ?? code}`);
  });
  return {
    identity: options.identity,
    process: child,
    links,
    epoch: () => epoch,
    order: (order) => void child.send(order),
    reports: () => reports,
    isGone: () => isGone,
    kill: (signal) => void child.kill(signal),
  };
}

/** Sees every write in etcd's order: a watch leaves none out, and one that ends is taken up where it ended. */
async function follow(
  client: KubeClient,
  from: ConfigMap,
  signal: AbortSignal,
  saw: (write: Write) => void,
): Promise<void> {
  let resourceVersion = from.metadata?.resourceVersion ?? '';
  while (!signal.aborted) {
    const body = await client.watch(resources.configMaps, {
      namespace: from.metadata?.namespace ?? '',
      fieldSelector: `metadata.name=${target.name}`,
      resourceVersion,
      timeoutSeconds: 600,
      signal,
    });
    for await (const line of createInterface({ input: Readable.from(body) })) {
      const { type, object } = JSON.parse(line) as { type: string; object: ConfigMap };
      if (type === 'ERROR') throw new Error(`the server says ${line}`);
      resourceVersion = object.metadata?.resourceVersion ?? resourceVersion;
      const { writer, epoch } = object.data ?? {};
      if (type === 'MODIFIED' && writer && epoch)
        saw({ writer, epoch: Number(epoch), at: performance.now() });
    }
  }
}

function asWrite(event: AuditEvent, namespace: string): Write[] {
  const isOurs = event.namespace === namespace && event.resource === 'configmaps' && event.verb === 'patch';
  if (!isOurs || event.code >= 300) return [];
  const [writer, epoch] = (new URL(event.uri, 'https://x').searchParams.get('fieldManager') ?? '').split('.');
  return writer && epoch ? [{ writer, epoch: Number(epoch), at: event.at.getTime() }] : [];
}
