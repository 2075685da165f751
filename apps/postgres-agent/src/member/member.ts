import {
  agentConfigSchema,
  group,
  names,
  ordinalOf,
  version,
  type AgentConfig,
} from '@stateful/postgres-api';
import {
  OperatorError,
  createReflector,
  describeError,
  resources,
  serve,
  type Clock,
  type ConfigMap,
  type KubeClient,
  type Logger,
  type OwnerReference,
  type Random,
} from '@stateful/reconcile-sdk';
import { createBackupService } from '../backup/backup-service.ts';
import { createElection } from '../election/driver.ts';
import { type Wish } from '../election/kernel-types.ts';
import { wantedRule } from '../election/quorum.ts';
import { startFence } from '../fence/fence.ts';
import { readCredentials } from '../postgres/credentials.ts';
import { layoutOf } from '../postgres/layout.ts';
import { createMarks } from '../postgres/marks.ts';
import { slotWalKeepMegabytes, writeRunFiles } from '../postgres/run-files.ts';
import { createServer } from '../postgres/server.ts';
import { createAnnouncer, type Role } from './announce.ts';
import { probeRoutes, type MemberView } from './probes.ts';
import { type MemberSettings } from './settings.ts';

export interface MemberOptions {
  readonly settings: MemberSettings;
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** The agent's own main module, in which the fence's thread starts. */
  readonly entry: URL;
}

const busyPauseMs = 30;
const calmPauseMs = 400;

/** One instance: the election, the Postgres side and the backup service, until the signal aborts; then a clean stop. */
export async function runMember(options: MemberOptions, signal: AbortSignal): Promise<void> {
  const { settings, client, clock, random, log } = options;
  const ordinal = ordinalOf(settings.cluster, settings.pod);
  if (ordinal === undefined) {
    throw new OperatorError(
      'bad-configuration',
      `pod ${settings.pod} is no instance of cluster ${settings.cluster}`,
    );
  }
  const end = new AbortController();
  const owner: OwnerReference = {
    apiVersion: `${group}/${version}`,
    kind: 'PostgresCluster',
    name: settings.cluster,
    uid: settings.clusterUid,
  };
  const layout = layoutOf(settings.root, settings.runDir);
  const credentials = await readCredentials(settings.credentialsDir);
  await writeRunFiles(layout, credentials);
  const marks = createMarks(layout.state);
  let config: AgentConfig;
  let reconfigure: () => Promise<void> = () => Promise.resolve();
  const configs = watchConfig();
  config = await configs.first;
  log.info({ replicas: config.replicas, synchronous: config.synchronous }, 'configuration');

  let wake: () => void = () => undefined;
  const fence = startFence(options.entry, clock, log, (killed) => {
    if (killed > 0) log.error({ killed }, 'the Lease could not be renewed in time: Postgres was killed');
    wake();
  });
  const election = createElection({
    client,
    clock,
    random,
    log,
    self: { name: settings.pod, ordinal, podUid: settings.podUid, address: settings.address },
    settings: {
      durationMs: config.lease.durationSeconds * 1000,
      renewMs: config.lease.renewSeconds * 1000,
      fenceMs: config.lease.fenceSeconds * 1000,
      pollMs: 1_000,
      retryMs: 100,
      takeoverMs: 5_000,
      settleMs: 3_000,
      giveUpMs: 10_000,
    },
    identity: {
      namespace: settings.namespace,
      cluster: settings.cluster,
      owner,
      durationSeconds: config.lease.durationSeconds,
    },
    markEpoch: (epoch) => marks.setHeldEpoch(epoch),
    onStep(at) {
      fence.set(at);
      wake();
    },
  });
  const server = await createServer({
    settings,
    layout,
    credentials,
    marks,
    config: () => config,
    recordedRule: () => election.lease()?.state.quorum.at(-1),
    slotWalKeepMegabytes: await slotWalKeepMegabytes(settings.root),
    clock,
    log,
    onChange: () => election.tell(server.facts()),
  });
  reconfigure = () => server.reconfigure();
  const announcer = createAnnouncer({ client, clock, settings, owner, log });
  const backups = createBackupService({ ...options, layout, config: () => config, isPrimary });
  let lastError: string | undefined;
  let hasStarted = false;
  const view = (): MemberView => ({
    pod: settings.pod,
    server: server.facts().server,
    holds: election.holds(),
    holder: election.lease()?.holder,
    isStreaming: server.isStreaming(),
    admitsClients: server.admitsClients(),
    data: server.facts().data,
    hasStarted,
    lastError,
  });
  const probes = await serve({ address: settings.probesAddress, routes: probeRoutes(view) });

  function isPrimary(): boolean {
    return election.holds() && server.facts().server === 'primary';
  }

  /** Follows the ConfigMap; one that cannot be read is told and the last good one stays. */
  function watchConfig(): { first: Promise<AgentConfig>; run: Promise<void> } {
    const { promise, resolve } = Promise.withResolvers<AgentConfig>();
    const reflector = createReflector<ConfigMap>({
      client,
      resource: resources.configMaps,
      namespace: settings.namespace,
      fieldSelector: `metadata.name=${names.config(settings.cluster)}`,
      clock,
      random,
      onFailure: (error) => log.warn({ error: describeError(error) }, 'the configuration cannot be watched'),
      onChange({ kind, object }) {
        if (kind === 'delete') return;
        try {
          config = agentConfigSchema.parse(JSON.parse(object.data?.['cluster.json'] ?? ''));
        } catch (error) {
          log.error(
            { error: describeError(error) },
            'the ConfigMap holds no valid configuration; the last one stays',
          );
          return;
        }
        resolve(config);
        void reconfigure().catch((error: unknown) =>
          log.warn({ error: describeError(error) }, 'reload failed'),
        );
      },
    });
    return { first: promise, run: reflector.run(end.signal) };
  }

  let preferredRule: { since: number; streaming: readonly string[] } | undefined;
  /** The rule that should be in force, from what streams now. `preferred` takes a standby for gone after a moment. */
  function tellWantedRule(): void {
    const members = Array.from({ length: config.replicas }, (_, number) =>
      names.instance(settings.cluster, number),
    );
    const recorded = election.lease()?.state.quorum.at(-1) ?? { members: [settings.pod], acks: 0 };
    const now = server
      .standbys()
      .filter(({ isStreaming }) => isStreaming)
      .map(({ name }) => name);
    // Who has just become primary gives the standbys the same moment to come over.
    if (!isPrimary()) preferredRule = undefined;
    else
      preferredRule ??= {
        since: clock.monotonic(),
        streaming: members.filter((name) => name !== settings.pod),
      };
    const fewer = preferredRule && now.length < preferredRule.streaming.length;
    if (!preferredRule || !fewer || clock.monotonic() - preferredRule.since > 3_000) {
      preferredRule = { since: clock.monotonic(), streaming: now };
    }
    election.want(
      wantedRule({
        durability: config.synchronous,
        members,
        primary: settings.pod,
        recorded,
        streaming: config.synchronous === 'preferred' ? preferredRule.streaming : now,
      }),
    );
  }

  const sameWish = (a: Wish, b: Wish): boolean => JSON.stringify(a) === JSON.stringify(b);

  async function work(): Promise<void> {
    let failures = 0;
    while (!end.signal.aborted) {
      const wanted = election.wish();
      try {
        // A change of the rule alone is no reason to break off: it is done after.
        await server.towards(wanted, () => {
          const now = election.wish();
          return now.role === wanted.role && (now.role === 'primary' || sameWish(now, wanted));
        });
        failures = 0;
        lastError = undefined;
      } catch (error) {
        failures++;
        const text = describeError(error);
        if (text !== lastError) log.warn({ error: text, wish: wanted.role }, 'not there yet');
        lastError = text;
      }
      const facts = server.facts();
      if (facts.server === 'primary' || (facts.server === 'standby' && server.isStreaming()))
        hasStarted = true;
      election.tell(facts);
      tellWantedRule();
      // A former primary is relabelled as soon as it knows of another, not only when it is whole again.
      const holder = election.lease()?.holder;
      const isOther = facts.server === 'standby' || (holder !== undefined && holder !== settings.pod);
      const role: Role | undefined = isPrimary() ? 'primary' : isOther ? 'replica' : undefined;
      announcer.announce(role, election.lease()?.epoch ?? 0);
      if (election.holds()) await server.published();
      if (election.isStopped()) end.abort();
      const isCalm = sameWish(election.wish(), wanted) && failures === 0 && facts.sync?.settled !== false;
      await nap(failures > 3 ? 1_000 : isCalm ? calmPauseMs : busyPauseMs, wanted);
    }
  }

  /** Waits, but not when something else is wanted. */
  function nap(ms: number, wanted: Wish): Promise<void> {
    return new Promise((resolve) => {
      const timer = clock.setTimer(ms, done);
      function done(): void {
        timer.cancel();
        wake = () => undefined;
        resolve();
      }
      wake = () => {
        if (!sameWish(election.lastWish(), wanted)) done();
      };
    });
  }

  signal.addEventListener('abort', () => election.stop(), { once: true });
  if (signal.aborted) election.stop();
  await Promise.all([
    election.run(end.signal),
    backups.run(end.signal),
    announcer.run(end.signal),
    configs.run,
    work(),
  ]);
  await fence.close();
  await probes.close();
  log.info('stopped');
}
