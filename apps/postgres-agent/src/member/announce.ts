import { labels, names } from '@stateful/postgres-api';
import {
  apiVersionOf,
  describeError,
  resources,
  type KubeClient,
  type Logger,
  type OwnerReference,
} from '@stateful/reconcile-sdk';
import { type MemberSettings } from './settings.ts';

export type Role = 'primary' | 'replica';

/** Tells clients who is who: the address behind the rw Service, and the label that the ro Service selects by. */
export interface Announcer {
  /** Writes only what differs from what it wrote last; tries again at the next call when it fails. */
  announce(role: Role | undefined): Promise<void>;
}

export function createAnnouncer(
  client: KubeClient,
  settings: MemberSettings,
  owner: OwnerReference,
  log: Logger,
): Announcer {
  let labelled: Role | undefined;
  let published = false;

  async function label(role: Role): Promise<void> {
    if (labelled === role) return;
    await client.mergePatch(
      resources.pods,
      { namespace: settings.namespace, name: settings.pod },
      { metadata: { uid: settings.podUid, labels: { [labels.role]: role } } },
    );
    labelled = role;
  }

  async function publish(): Promise<void> {
    if (published) return;
    await client.apply(
      resources.endpointSlices,
      {
        metadata: {
          namespace: settings.namespace,
          name: names.readWriteEndpoints(settings.cluster),
          labels: {
            'kubernetes.io/service-name': names.readWriteService(settings.cluster),
            'endpointslice.kubernetes.io/managed-by': 'postgres-agent',
            [labels.cluster]: settings.cluster,
          },
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
      },
      { force: true },
    );
    published = true;
    log.info(
      { address: settings.address, kind: apiVersionOf(resources.endpointSlices) },
      'the rw Service leads here now',
    );
  }

  return {
    async announce(role) {
      if (role !== 'primary') published = false;
      if (role === undefined) return;
      try {
        // Clients first: the label is for readers and people.
        if (role === 'primary') await publish();
        await label(role);
      } catch (error) {
        log.warn({ error: describeError(error) }, 'the role could not be announced');
      }
    },
  };
}
