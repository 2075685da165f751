import {
  type KubeClient,
  type KubeObject,
  type ListOptions,
  type WatchOptions,
} from '../src/client/index.ts';
import { OperatorError } from '../src/errors/index.ts';
import { createPushStream } from './push-stream.ts';

/** One watch as the server sees it. */
export interface OpenWatch {
  readonly options: WatchOptions;
  readonly isOpen: boolean;
  end(): void;
  /** The connection breaks, after half a line when `midLine`. */
  cut(midLine?: boolean): void;
  line(text: string): void;
  /** Bytes without the end of a line. */
  part(text: string): void;
  event(type: string, object: object): void;
  /** From now on nothing arrives, and nobody is told. */
  hush(): void;
}

/**
 * The least of an API server that lists and watches one kind, true to the real one in what reflectors rely on:
 * one version for every write, history that is compacted, lists in pages of one moment, watches that go on from a
 * version, contents streamed up to an annotated bookmark. It fails on command.
 */
export interface CacheServer {
  readonly client: KubeClient;
  readonly watches: OpenWatch[];
  readonly lists: ListOptions[];
  /** What exists, by name. */
  readonly objects: ReadonlyMap<string, KubeObject>;
  write(name: string, content?: string): KubeObject;
  remove(name: string): void;
  bookmark(): void;
  /** Forgets history: who goes on from before it gets a 410. */
  compact(): void;
  snapshot(): () => void;
  version(): number;
  streams: boolean;
  /** Answers every list and watch instead, while it is set. */
  refusal: (() => OperatorError | undefined) | undefined;
  /** New watches are accepted and hear nothing. */
  deaf: boolean;
  /** Streams begin, and their contents are for the test to send. */
  holdsContents: boolean;
}

interface HistoryEntry {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: KubeObject;
  version: number;
}

export function createCacheServer(fieldManager = 'test'): CacheServer {
  let objects = new Map<string, KubeObject>();
  let history: HistoryEntry[] = [];
  let version = 100;
  let compacted = 100;
  let uids = 0;
  const pages = new Map<string, { items: KubeObject[]; version: number }>();
  const watches: (OpenWatch & { at: number; send(entry: HistoryEntry): void; mark(): void })[] = [];
  const lists: ListOptions[] = [];

  function record(type: HistoryEntry['type'], object: KubeObject): void {
    const entry = { type, object: structuredClone(object), version };
    history.push(entry);
    for (const watch of watches) watch.send(entry);
  }

  const server: CacheServer = {
    client: { fieldManager, list, watch } as unknown as KubeClient,
    watches,
    lists,
    get objects() {
      return objects;
    },
    streams: true,
    deaf: false,
    holdsContents: false,
    refusal: undefined,
    version: () => version,
    write(name, content = '') {
      const old = objects.get(name);
      version++;
      const object: KubeObject & { data: object } = {
        metadata: {
          namespace: 'ns',
          name,
          uid: old?.metadata?.uid ?? `uid-${++uids}`,
          resourceVersion: String(version),
        },
        data: { content },
      };
      objects.set(name, object);
      record(old ? 'MODIFIED' : 'ADDED', object);
      return object;
    },
    remove(name) {
      const old = objects.get(name);
      if (!old) return;
      objects.delete(name);
      version++;
      record('DELETED', { ...old, metadata: { ...old.metadata, resourceVersion: String(version) } });
    },
    bookmark: () => watches.forEach((watch) => watch.mark()),
    compact() {
      compacted = version;
      history = [];
      pages.clear();
    },
    snapshot() {
      const kept = { objects: structuredClone(objects), version, history: [...history], compacted };
      return () => {
        objects = structuredClone(kept.objects);
        ({ version, compacted } = kept);
        history = [...kept.history];
        pages.clear();
        // Whoever was connected to the old one is not any more.
        for (const watch of watches) watch.cut();
      };
    },
  };

  async function list(_resource: unknown, options: ListOptions = {}) {
    lists.push(options);
    await Promise.resolve();
    options.signal?.throwIfAborted();
    const refused = server.refusal?.();
    if (refused) throw refused;
    const [id, start] = options.continue?.split('@') ?? [`${lists.length}`, '0'];
    const known = options.continue ? pages.get(id!) : { items: [...objects.values()], version };
    if (!known) throw new OperatorError('gone', 'the continue token has expired', { httpStatus: 410 });
    pages.set(id!, known);
    const end = Number(start) + (options.limit ?? Infinity);
    return {
      items: structuredClone(known.items.slice(Number(start), end)),
      metadata: {
        resourceVersion: String(known.version),
        ...(end < known.items.length ? { continue: `${id}@${end}` } : {}),
      },
    };
  }

  async function watch(_resource: unknown, options: WatchOptions): Promise<AsyncIterable<Buffer>> {
    await Promise.resolve();
    options.signal.throwIfAborted();
    const refused = server.refusal?.();
    if (refused) throw refused;
    if (options.sendInitialEvents && !server.streams) {
      throw new OperatorError('invalid', 'sendInitialEvents: Forbidden', { httpStatus: 422 });
    }
    const stream = createPushStream();
    let hushed = server.deaf;
    let isOpen = true;
    const close = (how: () => void): void => {
      if (isOpen) how();
      isOpen = false;
    };
    const fail = (message: string): void => close(() => stream.fail(new Error(message)));
    const say = (text: string): void => {
      if (isOpen && !hushed) stream.push(Buffer.from(text));
    };
    const open = {
      options,
      at: Number(options.resourceVersion ?? 0),
      get isOpen() {
        return isOpen;
      },
      end: () => close(stream.end),
      cut(midLine = false) {
        if (midLine) say('{"type":"ADDED","object":{"meta');
        fail('ECONNRESET');
      },
      line: (text: string) => say(`${text}\n`),
      part: say,
      event: (type: string, object: object) => say(`${JSON.stringify({ type, object })}\n`),
      hush: () => void (hushed = true),
      send(entry: HistoryEntry) {
        // As the real one: what a watch asks to go on from is never told again, be it of another time.
        if (entry.version <= open.at) return;
        open.at = entry.version;
        open.event(entry.type, entry.object);
      },
      mark() {
        if (version < open.at) return;
        open.at = version;
        open.event('BOOKMARK', { metadata: { resourceVersion: String(version) } });
      },
    };
    watches.push(open);
    options.signal.addEventListener('abort', () => fail('aborted'), { once: true });
    if (options.sendInitialEvents && server.holdsContents) {
      open.at = version;
    } else if (options.sendInitialEvents) {
      for (const object of objects.values()) open.event('ADDED', object);
      open.at = version;
      open.event('BOOKMARK', {
        metadata: { resourceVersion: String(version), annotations: { 'k8s.io/initial-events-end': 'true' } },
      });
    } else if (open.at < compacted) {
      open.event('ERROR', { code: 410, reason: 'Expired', message: 'too old resource version' });
    } else {
      for (const entry of history) open.send(entry);
    }
    return stream.read();
  }

  return server;
}
