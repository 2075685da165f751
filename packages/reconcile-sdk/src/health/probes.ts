import { type ReflectorHealth } from '../cache/index.ts';
import { type HttpAnswer } from './http-server.ts';

/** What /readyz looks at. */
export interface ReadinessFacts {
  informers: readonly {
    name: string;
    health: ReflectorHealth;
    /** Told, not waited for: it may be that it can only be filled once this process is ready. Default false. */
    followsReady?: boolean;
  }[];
  /** Those of other clusters: told, but a cluster that is away does not make this process unready. */
  remote?: readonly { name: string; health: ReflectorHealth }[];
  /** What else is waited for, such as a webhook server's certificate; undefined where nothing is. */
  others?: readonly { name: string; notReady: string | undefined }[];
}

/**
 * The answer of /readyz: ready when every cache is filled; a line per cache, so that missing rights or a missing
 * CRD are named. A cache that was filled and now fails is told but does not unready the pod: restarting or
 * unrouting it would cure nothing.
 */
export function readiness({ informers, remote = [], others = [] }: ReadinessFacts): HttpAnswer {
  const cache = (mark: string) => (informer: (typeof informers)[number]) => {
    const { synced, failing } = informer.health;
    const missing = informer.followsReady ? 'not yet, not waited for' : mark;
    return `[${synced ? 'ok' : missing}] cache of ${informer.name}${failing ? ` (${failing})` : ''}`;
  };
  const lines = [
    ...informers.map(cache('not yet')),
    ...remote.map(cache('not yet, not waited for')),
    ...others.map(({ name, notReady }) =>
      notReady === undefined ? `[ok] ${name}` : `[not yet] ${name} (${notReady})`,
    ),
  ];
  const isReady =
    informers.every(({ health, followsReady }) => health.synced || followsReady) &&
    others.every(({ notReady }) => notReady === undefined);
  return { status: isReady ? 200 : 503, body: `${lines.join('\n')}\n${isReady ? 'ready' : 'not ready'}\n` };
}

/** What /healthz looks at. */
export interface LivenessFacts {
  controllers: readonly {
    name: string;
    /** Keys whose reconcile was aborted and has not ended. */
    hanging: readonly string[];
    /** Reconciles that may run at once. */
    concurrency: number;
  }[];
}

/**
 * The answer of /healthz. That it comes at all shows that the event loop turns. A controller all of whose workers
 * hang in reconciles that ignore their abort will never work again: only a restart helps.
 */
export function liveness({ controllers }: LivenessFacts): HttpAnswer {
  const stuck = controllers.filter(({ hanging, concurrency }) => hanging.length >= concurrency);
  const lines = controllers.map(({ name, hanging }) =>
    hanging.length === 0
      ? `[ok] controller ${name}`
      : `[hangs] controller ${name}: ${hanging.join(', ')} went on after being aborted`,
  );
  const isAlive = stuck.length === 0;
  return { status: isAlive ? 200 : 500, body: `${lines.join('\n')}\n${isAlive ? 'alive' : 'stuck'}\n` };
}
