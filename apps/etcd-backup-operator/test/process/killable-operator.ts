/**
 * The operator with places where it can die: before and after each request of its operations, before and after each write to an
 * EtcdBackup, and in the middle of a stream. The flags are those of main.ts; the environment says where:
 *   PLACES=FILE     each arrival at a place is appended: `UID NAME#N`, N counts the arrivals of that backup there
 *   KILL_AT=NAME#N  who arrives there waits; when TOGETHER backups have come, or after 10 s, SIGKILL
 *   TOGETHER=N      default 1
 *   BLIND=1         a control: it does not see open uploads, so it cannot clear what it left
 */
import { appendFileSync } from 'node:fs';
import {
  createLogger,
  createManager,
  createTransport,
  loadKubeConfig,
  type HttpRequest,
  type OpenTransport,
} from '@stateful/reconcile-sdk';
import { withFailpoints } from '@stateful/testing';
import { addControllers } from '../../src/operator.ts';
import { operatorName } from '../../src/operator-name.ts';
import { parseOptions } from '../../src/options.ts';
import { type OpenStore } from '../../src/ports/stores.ts';

const { PLACES: placesFile, KILL_AT: killAt, TOGETHER: together = '1', BLIND: blind } = process.env;
const options = parseOptions(process.argv.slice(2), process.env);

const arrivals = new Map<string, number>();
const waiting = new Set<string>();
const die = (): void => void process.kill(process.pid, 'SIGKILL');

/** Comes back at once, or never. */
function reach(name: string, uid: string): Promise<void> {
  const count = (arrivals.get(`${uid} ${name}`) ?? 0) + 1;
  arrivals.set(`${uid} ${name}`, count);
  const place = `${name}#${count}`;
  if (placesFile !== undefined) appendFileSync(placesFile, `${uid} ${place}\n`);
  if (place !== killAt) return Promise.resolve();
  if (waiting.size === 0) setTimeout(die, 10_000);
  waiting.add(uid);
  if (waiting.size >= Number(together)) die();
  return new Promise(() => undefined);
}

/** What a write to an EtcdBackup is about: its step, or how it ended; and which backup. */
function writeOf({ method, path, body }: HttpRequest): { name: string; uid: string } | undefined {
  if (method === 'GET' || !path.includes('/etcdbackups/')) return undefined;
  const { metadata, status } = (body ?? {}) as {
    metadata?: { uid?: string };
    status?: { operation?: { kind: string; phase: string; step?: string } };
  };
  const uid = metadata?.uid ?? '';
  const record = status?.operation;
  if (!record) return { name: 'write/object', uid };
  return { name: `write/${record.kind}/${record.step ?? record.phase.toLowerCase()}`, uid };
}

const openTransport: OpenTransport = (input) => {
  const inner = createTransport(input);
  return {
    ...inner,
    async request(request) {
      const write = writeOf(request);
      if (write) await reach(`${write.name}/before`, write.uid);
      const answer = await inner.request(request);
      if (write) await reach(`${write.name}/after`, write.uid);
      return answer;
    },
  };
};

const openStore =
  (inner: OpenStore): OpenStore =>
  async (...args) => {
    const store = await inner(...args);
    return {
      ...store,
      sendParts(key, uploadId, source, { onProgress, ...rest }) {
        const uid = key.split('/').at(-2) ?? '';
        const { promise: isFirstSent, resolve } = Promise.withResolvers<void>();
        async function* watched() {
          let bytes = 0;
          for await (const chunk of source) {
            const before = bytes;
            bytes += chunk.length;
            // Two parts are on their way by then, and the store has one of them.
            if (before <= 2 * rest.partSize && bytes > 2 * rest.partSize) {
              await isFirstSent;
              await reach('stream/first-part-sent', uid);
            }
            yield chunk;
          }
        }
        return store.sendParts(key, uploadId, watched(), {
          ...rest,
          onProgress(progress) {
            resolve();
            onProgress?.(progress);
          },
        });
      },
      ...(blind === undefined ? {} : { async *listUploads() {} }),
    };
  };

const log = createLogger({ name: operatorName, verbose: options.verbose });
const config = await loadKubeConfig({ path: options.kubeconfig ?? '' });
const manager = createManager({
  name: operatorName,
  config,
  log,
  identity: options.identity,
  namespaces: options.watchNamespaces,
  openTransport,
});
addControllers(manager, options, {
  plan: (plan) => withFailpoints(plan, (name, view) => reach(name, (view as { readonly uid: string }).uid)),
  openStore,
});
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
await manager.run(stop.signal);
