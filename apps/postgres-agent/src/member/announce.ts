import { annotations, labels, names } from '@stateful/postgres-api';
import {
  describeError,
  resources,
  type Clock,
  type EndpointSlice,
  type KubeClient,
  type Logger,
  type OwnerReference,
} from '@stateful/reconcile-sdk';
import { type MemberSettings } from './settings.ts';

export type Role = 'primary' | 'replica';

/** Tells clients who is who: the address behind the rw Service, and the label that the ro Service selects by. */
export interface Announcer {
  /** Says what is so; returns at once. The API server may be away: nothing of the election waits for this. */
  announce(role: Role | undefined, epoch: number): void;
  run(signal: AbortSignal): Promise<void>;
}

export interface AnnouncerOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly settings: MemberSettings;
  readonly owner: OwnerReference;
  readonly log: Logger;
}

const callTimeoutMs = 2_000;
const retryMs = 250;
/** Someone else may have written the Service's addresses: they are looked at again now and then. */
const lookMs = 10_000;

export function createAnnouncer({ client, clock, settings, owner, log }: AnnouncerOptions): Announcer {
  const timing = { timeoutMs: callTimeoutMs };
  let wanted: { role: Role | undefined; epoch: number } = { role: undefined, epoch: 0 };
  let labelled: Role | undefined;
  let published: { epoch: number; at: number } | undefined;
  let wake: () => void = () => undefined;

  async function label(role: Role): Promise<void> {
    await client.mergePatch(
      resources.pods,
      { namespace: settings.namespace, name: settings.pod },
      { metadata: { uid: settings.podUid, labels: { [labels.role]: role } } },
      timing,
    );
    labelled = role;
  }

  /** A late write of an older epoch must not lead clients back: the epoch stands on the object, its version is the precondition. */
  async function publish(epoch: number): Promise<void> {
    const key = { namespace: settings.namespace, name: names.readWriteEndpoints(settings.cluster) };
    const now = await client.find(resources.endpointSlices, key, timing);
    const written = Number(now?.metadata?.annotations?.[annotations.epoch] ?? 0);
    const addresses = now?.endpoints?.[0]?.addresses ?? [];
    const isOurs = written === epoch && addresses.length === 1 && addresses[0] === settings.address;
    if (!isOurs && written <= epoch) {
      const slice = readWriteSlice(now, epoch, settings, owner);
      if (now) await client.update(resources.endpointSlices, slice, timing);
      else await client.create(resources.endpointSlices, slice, timing);
      log.info({ address: settings.address, epoch }, 'the rw Service leads here now');
    }
    published = { epoch, at: clock.monotonic() };
  }

  async function once(): Promise<void> {
    const { role, epoch } = wanted;
    if (role !== 'primary') published = undefined;
    if (role === undefined) return;
    const isStale = published?.epoch !== epoch || clock.monotonic() - published.at > lookMs;
    // Clients first: the label is for readers and people.
    if (role === 'primary' && isStale) await publish(epoch);
    if (labelled !== role) await label(role);
  }

  return {
    announce(role, epoch) {
      if (role === wanted.role && epoch === wanted.epoch) return;
      wanted = { role, epoch };
      wake();
    },
    async run(signal) {
      while (!signal.aborted) {
        const before = wanted;
        let pause = lookMs / 2;
        try {
          await once();
        } catch (error) {
          pause = retryMs;
          log.warn({ error: describeError(error) }, 'the role could not be announced');
        }
        if (wanted === before) {
          const asleep = new AbortController();
          wake = () => asleep.abort();
          await clock.sleep(pause, AbortSignal.any([signal, asleep.signal])).catch(() => undefined);
          wake = () => undefined;
        }
      }
    },
  };
}

function readWriteSlice(
  now: EndpointSlice | undefined,
  epoch: number,
  settings: MemberSettings,
  owner: OwnerReference,
): EndpointSlice {
  return {
    ...now,
    metadata: {
      ...now?.metadata,
      namespace: settings.namespace,
      name: names.readWriteEndpoints(settings.cluster),
      labels: {
        ...now?.metadata?.labels,
        'kubernetes.io/service-name': names.readWriteService(settings.cluster),
        'endpointslice.kubernetes.io/managed-by': 'postgres-agent',
        [labels.cluster]: settings.cluster,
      },
      annotations: { ...now?.metadata?.annotations, [annotations.epoch]: String(epoch) },
      ownerReferences: [owner],
    },
    addressType: 'IPv4',
    ports: [{ name: 'postgres', port: settings.port, protocol: 'TCP' }],
    endpoints: [
      {
        addresses: [settings.address],
        conditions: { ready: true, serving: true, terminating: false },
        targetRef: {
          kind: 'Pod',
          namespace: settings.namespace,
          name: settings.pod,
          uid: settings.podUid,
        },
      },
    ],
  };
}
