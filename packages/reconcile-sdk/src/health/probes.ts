import { type ReflectorHealth } from '../cache/index.ts';
import { type HttpAnswer } from './http-server.ts';

/**
 * The answer of /readyz: ready when every cache is filled; a line per cache, so that missing rights or a missing
 * CRD are named. A cache that was filled and now fails is told but does not unready the pod: restarting or
 * unrouting it would cure nothing.
 */
export function readiness(informers: readonly { name: string; health: ReflectorHealth }[]): HttpAnswer {
  const lines = informers.map(({ name, health }) => {
    const mark = health.synced ? 'ok' : 'not yet';
    const why = health.failing ? ` (${health.failing})` : '';
    return `[${mark}] cache of ${name}${why}\n`;
  });
  const isReady = informers.every(({ health }) => health.synced);
  return { status: isReady ? 200 : 503, body: `${lines.join('')}${isReady ? 'ready' : 'not ready'}\n` };
}
