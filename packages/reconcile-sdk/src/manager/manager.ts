import { systemClock, systemRandom, whenAborted, type Clock, type Random } from '../clock/index.ts';
import { createCluster, type Cluster, type ClusterProvider } from '../cluster/index.ts';
import {
  connect,
  resourceText,
  type ClusterConfig,
  type KubeClient,
  type KubeObject,
  type OpenTransport,
} from '../client/index.ts';
import { createElector, type Elector } from '../election/index.ts';
import { OperatorError } from '../errors/index.ts';
import { type Logger } from '../logging/index.ts';
import {
  createMetrics,
  type ControllerMetrics,
  type InformerFigures,
  type OperationFigures,
  type Metrics,
} from '../metrics/index.ts';
import { hasEnded, type OperationStatus, type Parent, type PlanDefinition } from '../plan/index.ts';
import { type Condition } from '../status/index.ts';
import { createControllerHost, type ControllerHost } from './controller-host.ts';
import { type ControllerDefinition, type ControllerSettings } from './definition.ts';
import { clusterObservers } from './observers.ts';
import { planController, type PlanController } from './plan-controller.ts';
import { type Runnable } from './runnable.ts';
import { startServers, type Facts, type Ports } from './servers.ts';

/** What an operator needs to know about itself and its cluster. */
export interface ManagerOptions {
  /** Of the operator, such as `postgres-operator`: field manager, event source, prefix of metrics. */
  name: string;
  config: ClusterConfig;
  log: Logger;
  /** Namespaces to look at; empty: all. */
  namespaces?: readonly string[];
  /** Unique name of this process: the pod's name. */
  identity: string;
  /** Whom Events name as their source, such as `example.com/widget-operator`. Default: the name. */
  reportingController?: string;
  /** Where the Lease is; absent: this process leads without asking. */
  election?: {
    namespace: string;
    durationMs?: number;
    renewDeadlineMs?: number;
    retryMs?: number;
    /** Renew on a thread of its own, so that a busy process keeps its Lease. Default true. */
    thread?: boolean;
  };
  /** Such as `:8080`; absent: not served. */
  metricsAddress?: string;
  /** Such as `:8081`, for /healthz and /readyz; absent: not served. */
  probesAddress?: string;
  /** Such as `127.0.0.1:8082`, for /explain; absent: not served. It tells names and paths, never values. */
  debugAddress?: string;
  /** How long a stop waits for steps that drain; the Lease is kept meanwhile. Milliseconds, default 0. */
  graceMs?: number;
  clock?: Clock;
  random?: Random;
  /**
   * How API servers are reached, each by its configuration; default: over HTTP. With a clock and a random of its own
   * a whole operator lives in a test, without a socket. Then the election stays on this thread.
   */
  openTransport?: OpenTransport;
}

/** An operator's process: caches, controllers, election, metrics and probes, started and stopped in order. */
export interface Manager {
  /** Fenced: it writes only while this process leads. */
  readonly client: KubeClient;
  /** The cluster that the operator is at home in. */
  readonly home: Cluster;
  readonly metrics: Metrics;
  /** Adds a kind whose logic is a plan. Call before `run`. */
  addPlan<P extends Parent, Snapshot, Status extends { conditions?: Condition[] | undefined }>(
    definition: PlanDefinition<P, Snapshot, Status>,
    options?: ControllerSettings,
  ): void;
  /** Adds a controller with a reconcile function of its own. Call before `run`. */
  addController<P extends KubeObject>(
    definition: ControllerDefinition<P>,
    options?: ControllerSettings,
  ): void;
  /** Adds what runs as long as the manager: a webhook server, a job of the leader. Call before `run`. */
  addRunnable(runnable: Runnable): void;
  /** Adds a source of further clusters, for controllers whose `clusters` is not `home`. Call before `run`. */
  addClusters(provider: ClusterProvider): void;
  /** True when every cache of the home cluster is filled. */
  isReady(): boolean;
  /** Ports that are served, once `run` has begun. */
  ports(): Ports;
  /** Runs until the signal aborts; ends in order: work under way, Lease, caches, servers. */
  run(signal: AbortSignal): Promise<void>;
}

/** Makes a manager; nothing is asked of the API server before `run`. Throws `bad-configuration`. */
export function createManager(options: ManagerOptions): Manager {
  const { name, log } = options;
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom;
  const began = clock.monotonic();
  const metrics = createMetrics({ prefix: name.replaceAll('-', '_'), clock });
  const hosts: ControllerHost[] = [];
  const plans = new Map<string, PlanController>();
  const runnables: Runnable[] = [];
  const providers: ClusterProvider[] = [];
  const remotes = new Map<string, { cluster: Cluster; stop: AbortController; ended: Promise<void> }>();
  const ports: Ports = {};
  // The Lease has a client of its own: its calls are never fenced, and never wait behind others.
  const reach = options.openTransport ? { openTransport: options.openTransport } : {};
  const leaseClient =
    options.election && connect({ config: options.config, fieldManager: name, clock, random, ...reach });
  const elector = leaseClient && options.election && electorOf(leaseClient, options, options.election);
  const secondsSinceStart = (): number => (clock.monotonic() - began) / 1000;

  function electorOf(
    client: KubeClient,
    { config, identity }: ManagerOptions,
    { namespace, thread = true, ...times }: NonNullable<ManagerOptions['election']>,
  ): Elector {
    return createElector({
      client,
      clock,
      random,
      log,
      identity,
      lease: { namespace, name: `${name}-leader` },
      // The thread lives on the machine's clock and network: where either is handed in the election stays here.
      ...(thread && !options.clock && !options.openTransport ? { config } : {}),
      userAgent: name,
      onChange: metrics.election(name),
      unfinished: () => hosts.flatMap(({ controller }) => controller.hanging()),
      ...times,
      endsWithinMs: Math.max(30_000, (options.graceMs ?? 0) + 10_000),
    });
  }

  const clusterOf = (config: ClusterConfig, clusterName?: string): Cluster =>
    createCluster({
      ...(clusterName === undefined ? {} : { name: clusterName }),
      config,
      fieldManager: name,
      reportingController: options.reportingController ?? name,
      identity: options.identity,
      clock,
      random,
      log,
      ...reach,
      ...(elector ? { beforeWrite: () => elector.fence(), writeSignal: () => elector.signal() } : {}),
      // Other clusters have namespaces of their own.
      ...(options.namespaces && clusterName === undefined ? { namespaces: options.namespaces } : {}),
      ...clusterObservers(
        metrics,
        clusterName === undefined ? log : log.child({ cluster: clusterName }),
        () => hosts.forEach(({ controller }) => controller.kick()),
      ),
    });
  const home = clusterOf(options.config);
  const clusters = (): Cluster[] => [home, ...[...remotes.values()].map(({ cluster }) => cluster)];
  metrics.informers.read(() => clusters().flatMap(figuresOf));

  function add(
    definition: ControllerDefinition,
    settings: ControllerSettings,
    observer: ControllerMetrics,
  ): void {
    if (hosts.some((host) => host.definition.name === definition.name)) {
      throw new OperatorError('bad-configuration', `there are two controllers named "${definition.name}"`);
    }
    const host = createControllerHost(definition, {
      ...settings,
      graceMs: options.graceMs ?? 0,
      clock,
      random,
      log,
      observer,
    });
    host.engage(home);
    hosts.push(host);
  }

  const observerOf = (controller: string, { concurrency = 4 }: ControllerSettings): ControllerMetrics =>
    metrics.controller(controller, { concurrency });

  /** Operations under way, as the caches have them. */
  const operationsOf = (controller: string): OperationFigures[] => {
    const host = hosts.find(({ definition }) => definition.name === controller);
    const objects = (host?.attachments() ?? []).flatMap((attachment) => [
      ...attachment.store(host!.definition.resource).all(),
    ]);
    return objects.flatMap((object) => {
      const operation = (object as { status?: OperationStatus }).status?.operation;
      if (!operation || hasEnded(operation)) return [];
      return [{ controller, operation: operation.kind, phase: operation.phase }];
    });
  };

  async function disengage(clusterName: string): Promise<void> {
    const remote = remotes.get(clusterName);
    if (!remote) return;
    remotes.delete(clusterName);
    for (const host of hosts) host.disengage(remote.cluster);
    remote.stop.abort();
    await remote.ended;
  }

  async function engage(clusterName: string, config: ClusterConfig): Promise<void> {
    await disengage(clusterName);
    const cluster = clusterOf(config, clusterName);
    const stop = new AbortController();
    for (const host of hosts) host.engage(cluster);
    remotes.set(clusterName, { cluster, stop, ended: cluster.run(stop.signal) });
  }

  async function lead(leading: AbortSignal): Promise<void> {
    log.info({ seconds: secondsSinceStart() }, 'leading');
    home.informers.waitForSync(leading).then(
      () => log.info({ seconds: secondsSinceStart() }, 'caches are full; working'),
      () => undefined,
    );
    await Promise.all([
      ...hosts.map((host) => host.run(leading)),
      ...runnables.filter(({ on }) => on === 'leader').map((runnable) => runnable.run(leading)),
      whenAborted(leading),
    ]);
    await Promise.all(clusters().map(({ events }) => events.flush()));
  }

  return {
    client: home.client,
    home,
    metrics,
    addPlan(definition, settings = {}) {
      const observer = observerOf(definition.name, settings);
      const plan = planController(definition, { clock, metrics, observer, elector });
      add(plan.definition, settings, observer);
      plans.set(definition.name, plan);
      if (definition.operations) metrics.readOperations(() => operationsOf(definition.name));
    },
    addController: (definition, settings = {}) =>
      add(definition, settings, observerOf(definition.name, settings)),
    addRunnable: (runnable) => void runnables.push(runnable),
    addClusters: (provider) => void providers.push(provider),
    isReady: () => home.informers.hasSynced(),
    ports: () => ports,
    async run(outer) {
      // A runnable that fails ends everything: half an operator is worse than a restarted one.
      const failed = new AbortController();
      const signal = AbortSignal.any([outer, failed.signal]);
      const facts: Facts = {
        hosts,
        plans,
        isLeader: () => elector?.holds() ?? true,
        log,
        signal,
        metrics,
        home,
        remotes: () => clusters().slice(1),
        runnables,
        clock,
      };
      const servers = await startServers(options, facts, ports);
      const caches = new AbortController();
      const watching = home.run(caches.signal);
      const alongside = [
        ...runnables.filter(({ on }) => on === 'always').map((runnable) => runnable.run(signal)),
        ...providers.map((provider) => provider.run({ home, clock, log, engage, disengage }, signal)),
      ].map((running) => running.catch((error: unknown) => failed.abort(error)));
      try {
        if (elector) await elector.run(signal, lead);
        else await lead(signal);
        await Promise.all(alongside);
      } catch (error) {
        failed.abort(error);
      }
      await Promise.all(alongside);
      await Promise.all([...remotes.keys()].map(disengage));
      caches.abort();
      await watching;
      await leaseClient?.close();
      await Promise.all(servers.map((server) => server.close()));
      if (failed.signal.aborted) throw failed.signal.reason as Error;
      log.info('stopped');
    },
  };
}

const figuresOf = ({ informers }: Cluster): InformerFigures[] =>
  informers.all().map((informer) => {
    const silent = informer.health().map(({ health }) => health.silentMs ?? 0);
    return {
      resource: resourceText(informer.resource),
      synced: informer.hasSynced(),
      silentMs: Math.max(0, ...silent),
      ...informer.stats(),
    };
  });
