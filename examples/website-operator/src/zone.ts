import { OperatorError, resources, type KubeClient, type ObjectKey } from '@stateful/reconcile-sdk';

/** Who has a host name. `unknown`: there was no answer, which is not the same as nobody. */
export type Holder = 'us' | 'others' | 'nobody' | 'unknown';

/** The world outside: where host names are registered. */
export interface Zone {
  /** `us` is who goes by the name `owner`. */
  holderOf(hostname: string, owner: string, signal: AbortSignal): Promise<Holder>;
  /** May be asked for twice. Throws `invalid` when somebody else has the name. */
  claim(hostname: string, owner: string, signal: AbortSignal): Promise<void>;
  /** May be asked for twice. Leaves a name alone that somebody else has. */
  release(hostname: string, owner: string, signal: AbortSignal): Promise<void>;
}

/** A zone in a ConfigMap. One at a provider of DNS has the same three methods, and nothing else changes. */
export function configMapZone(client: KubeClient, where: ObjectKey): Zone {
  /** Sets one entry of the zone, if it is still `from`; `null` is none. */
  async function change(
    hostname: string,
    from: string | null,
    to: string | null,
    signal: AbortSignal,
  ): Promise<void> {
    const zone = await client.get(resources.configMaps, where, { signal });
    if ((zone.data?.[hostname] ?? null) !== from) return;
    // The version makes it a conflict if anybody changed the zone since: the engine asks again.
    const metadata = { resourceVersion: zone.metadata?.resourceVersion ?? '' };
    await client.mergePatch(resources.configMaps, where, { metadata, data: { [hostname]: to } }, { signal });
  }
  const zone: Zone = {
    async holderOf(hostname, owner, signal) {
      try {
        const { data } = await client.get(resources.configMaps, where, { signal });
        const holder = data?.[hostname];
        return holder === undefined ? 'nobody' : holder === owner ? 'us' : 'others';
      } catch {
        return 'unknown';
      }
    },
    async claim(hostname, owner, signal) {
      if ((await zone.holderOf(hostname, owner, signal)) === 'others') {
        throw new OperatorError('invalid', `the host name ${hostname} belongs to somebody else`);
      }
      await change(hostname, null, owner, signal);
    },
    release: (hostname, owner, signal) => change(hostname, owner, null, signal),
  };
  return zone;
}
