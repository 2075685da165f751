import { type Timer } from '@stateful/reconcile-sdk';
import { type ApiWatch, type WatchEvent } from '../exchange.ts';
import { apiVersionOf, storageKey, type Kind } from '../kinds/kind.ts';
import { type ServerState } from '../server-state.ts';
import { ApiFailure } from '../status.ts';
import { type Change } from '../store/revision-store.ts';
import { load } from '../conversion/convert.ts';
import { type ApiPath } from './api-path.ts';
import { present, type Form } from './present.ts';
import { expired, listOptionsInvalid, selectorOf } from './read.ts';

const bookmarkEveryMs = 60_000;

/** Opens a watch: from a version, or from the contents. Throws what refuses it. */
export function watch(state: ServerState, kind: Kind, path: ApiPath, form: Form): ApiWatch {
  const { store, clock } = state;
  const { query } = path;
  const selects = selectorOf(kind, path);
  const initial = query.get('sendInitialEvents') === 'true';
  if (initial && query.get('resourceVersionMatch') !== 'NotOlderThan') {
    throw listOptionsInvalid(
      'resourceVersionMatch',
      'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    );
  }
  const version = query.get('resourceVersion') ?? '';
  if (version !== '' && !/^\d+$/.test(version)) {
    const why = `strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`;
    throw new ApiFailure(
      500,
      undefined,
      `resourceVersion: Invalid value: ${JSON.stringify(version)}: ${why}`,
    );
  }
  const stream = createStream();
  const timers: Timer[] = [];
  const bookmark = (annotations?: object): void =>
    stream.push({
      type: 'BOOKMARK',
      object: {
        kind: form === 'metadata' ? 'PartialObjectMetadata' : kind.kind,
        apiVersion: form === 'metadata' ? 'meta.k8s.io/v1' : apiVersionOf(kind),
        metadata: {
          resourceVersion: String(store.revision()),
          ...(annotations ? { annotations } : {}),
          // Objects of a CRD are written as they are; a type of its own leaves this out.
          ...(kind.schema && form === 'whole' ? { creationTimestamp: null } : {}),
        },
      },
    });
  const loaded = (change: Change): Change =>
    kind.versions
      ? {
          ...change,
          object: load(state, kind, change.object),
          previous: change.previous && load(state, kind, change.previous),
        }
      : change;
  // Where a webhook has to be waited for, what comes after waits too.
  let last: Promise<void> | undefined;
  const inTurn = (step: () => void): void => {
    if (!kind.versions || (kind.versions.conversion.strategy === 'None' && !last)) step();
    else if (last) last = last.then(() => state.outside.run(step)).catch(() => stream.end());
    else {
      const run = state.outside.run(step).catch(() => stream.end());
      last = run.then(() => void (last = undefined));
    }
  };
  const tell = (change: Change): void => {
    if (change.of !== storageKey(kind)) return;
    inTurn(() => {
      const event = eventOf(loaded(change), selects);
      if (event) stream.push({ type: event.type, object: present(event.object, kind, form) });
    });
  };

  if (version === '' || version === '0' || initial) {
    for (const object of store.list(storageKey(kind)) ?? []) {
      const shown = load(state, kind, object);
      if (selects(shown)) stream.push({ type: 'ADDED', object: present(shown, kind, form) });
    }
    if (initial) bookmark({ 'k8s.io/initial-events-end': 'true' });
  } else {
    const missed = store.since(Number(version));
    if (!missed) {
      stream.push({
        type: 'ERROR',
        object: expired(`too old resource version: ${version} (${store.compactedTo()})`).body,
      });
      stream.end();
      return stream;
    }
    missed.forEach(tell);
  }
  const stopListening = store.onChange(tell);
  if (query.get('allowWatchBookmarks') === 'true') {
    const later = (): void => {
      timers[0] = clock.setTimer(bookmarkEveryMs, () => {
        bookmark();
        later();
      });
    };
    later();
  }
  const seconds = Number(query.get('timeoutSeconds') ?? 0);
  if (seconds > 0) timers[1] = clock.setTimer(seconds * 1000, () => stream.end());
  stream.whenOver(() => {
    stopListening();
    for (const timer of timers) timer?.cancel();
  });
  return stream;
}

/** What a change is to somebody who sees only what is selected. */
function eventOf(
  { object, previous, deleted, revision }: Change,
  selects: (object: Change['object']) => boolean,
): { type: WatchEvent['type']; object: Change['object'] } | undefined {
  const was = previous !== undefined && selects(previous);
  const is = !deleted && selects(object);
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object };
  if (!was) return undefined;
  // What leaves the selection is told in the last state that was in it, at the version at which it left.
  return {
    type: 'DELETED',
    object: { ...previous, metadata: { ...previous.metadata, resourceVersion: String(revision) } },
  };
}

/** Events wait until somebody listens; each end is told once. */
function createStream() {
  const waiting: WatchEvent[] = [];
  let onEvent: ((event: WatchEvent) => void) | undefined;
  let onEnd: (() => void) | undefined;
  let over: () => void = () => undefined;
  let isOver = false;
  const finish = (): boolean => {
    if (isOver) return false;
    isOver = true;
    over();
    return true;
  };
  return {
    push(event: WatchEvent): void {
      if (isOver) return;
      if (onEvent) onEvent(event);
      else waiting.push(event);
    },
    end(): void {
      if (finish()) onEnd?.();
    },
    whenOver: (then: () => void): void => void (over = then),
    onEvent(listener: (event: WatchEvent) => void): void {
      for (const event of waiting.splice(0)) listener(event);
      onEvent = listener;
    },
    onEnd(listener: () => void): void {
      onEnd = listener;
      if (isOver) listener();
    },
    stop: (): void => void finish(),
  };
}
