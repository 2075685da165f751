import {
  createKubeClient,
  createManualClock,
  createSeededRandom,
  resources,
  type KubeClient,
  type ManualClock,
  type Pod,
  type StatefulSet,
} from '@stateful/reconcile-sdk';
import {
  createApiServer,
  runSimulators,
  type ApiServer,
  type Simulation,
  type SimulationOptions,
} from '../../src/index.ts';

export const namespace = 'default';

export interface SimulatedCluster {
  readonly clock: ManualClock;
  readonly server: ApiServer;
  readonly simulation: Simulation;
  readonly user: KubeClient;
  /** What happened to the objects of some kinds, as `SECONDS WHAT`; in order. */
  readonly story: readonly string[];
}

/** A cluster whose clock stands still until a test moves it. */
export function simulatedCluster(options: Partial<SimulationOptions> = {}, seed = 1): SimulatedCluster {
  const clock = createManualClock();
  const server = createApiServer({ clock, random: createSeededRandom(seed) });
  const from = clock.now();
  const story: string[] = [];
  server.store.onChange(({ of, object, previous, deleted }) => {
    if (of !== 'pods.') return;
    const { name, deletionTimestamp } = object.metadata;
    const say = (what: string): void =>
      void story.push(`${((clock.now() - from) / 1000).toFixed(1)} ${name} ${what}`);
    if (deleted) return say('gone');
    if (!previous) return say('made');
    if (deletionTimestamp !== undefined && previous.metadata.deletionTimestamp === undefined)
      say('told to stop');
    const [now, before] = [stateOf(object), stateOf(previous)];
    if (now !== before) say(now);
  });
  const simulation = runSimulators(server, { clock, ...options });
  const user = createKubeClient({ transport: server.transport(), fieldManager: 'a-user' });
  return { clock, server, simulation, user, story };
}

export function stateOf(pod: Pod): string {
  const isReady = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  const waiting = pod.status?.containerStatuses?.[0]?.state?.waiting?.reason;
  return isReady ? 'ready' : (waiting ?? (pod.status?.phase ?? '').toLowerCase());
}

export const labels = { app: 'x' };
export const template = (image = 'example:1'): NonNullable<StatefulSet['spec']>['template'] => ({
  metadata: { labels },
  spec: { containers: [{ name: 'main', image }] },
});

export const statefulSet = (spec: object = {}, name = 's'): StatefulSet => ({
  metadata: { namespace, name },
  spec: { serviceName: name, selector: { matchLabels: labels }, template: template(), ...spec },
});

/** `NAME STATE REVISION...` of the pods there are. */
export async function podsOf(user: KubeClient): Promise<string[]> {
  const { items } = await user.list(resources.pods, { namespace });
  return items.map((pod) =>
    [
      pod.metadata?.name,
      stateOf(pod),
      pod.spec?.containers[0]?.image,
      ...(pod.metadata?.deletionTimestamp ? ['going'] : []),
    ].join(' '),
  );
}
