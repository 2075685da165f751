import { type Families } from './families.ts';

/** What one informer tells of itself at a scrape. Several of one resource are added up. */
export interface InformerFigures {
  /** Such as `pods` or `postgresclusters.db.example.com`. */
  resource: string;
  synced: boolean;
  objects: number;
  /** Approximate, on the heap. */
  bytes: number;
  /** Since the last sign of life, bookmarks included, in milliseconds; undefined before the first. */
  silentMs?: number | undefined;
  /** Since the last change, in milliseconds; undefined before the first. */
  lastEventMs?: number | undefined;
  /** Since the start: lists asked for, watches begun, watches that had to be begun anew, events. */
  lists: number;
  watches: number;
  restarts: number;
  events: number;
}

/** Facts of the caches. */
export interface InformerMetrics {
  /** Where the figures come from; called at each scrape. Call once for each source. */
  read(source: () => Iterable<InformerFigures>): void;
  /** A list or watch failed. `problem`: a word of a small set, such as `unreachable`. */
  failed(resource: string, problem: string): void;
  /** The resourceVersion went backwards: the API server was restored, or another one answered. */
  rewound(resource: string): void;
  /** A listener of a cache threw. */
  listenerFailed(resource: string): void;
}

type Sum = 'objects' | 'bytes' | 'lists' | 'watches' | 'restarts' | 'events';
type Figure = Sum | 'unsynced' | 'silentMs' | 'lastEventMs';

export function informerMetrics(families: Families): InformerMetrics {
  const labels = ['resource'] as const;
  const sources: (() => Iterable<InformerFigures>)[] = [];

  function read(figure: Figure): Map<string, number> {
    const values = new Map<string, number>();
    for (const source of sources) {
      for (const informer of source()) {
        const { resource } = informer;
        const before = values.get(resource);
        if (figure === 'silentMs' || figure === 'lastEventMs') {
          const age = informer[figure];
          if (age === undefined) continue;
          // A deaf informer must not hide behind a lively one; of changes the last one counts.
          const among = before === undefined ? [age / 1000] : [before, age / 1000];
          values.set(resource, figure === 'silentMs' ? Math.max(...among) : Math.min(...among));
        } else {
          values.set(
            resource,
            (before ?? 0) + (figure === 'unsynced' ? Number(!informer.synced) : informer[figure]),
          );
        }
      }
    }
    return values;
  }
  const figure = (name: string, help: string, of: Figure, type: 'gauge' | 'counter' = 'gauge'): void =>
    families.read({
      name,
      help,
      labels,
      type,
      collect: (tell) => read(of).forEach((value, resource) => tell(value, resource)),
    });

  figure('informer_objects', 'Objects in the cache.', 'objects');
  figure('informer_bytes', 'Bytes of heap that the cached objects take, about.', 'bytes');
  figure(
    'informer_silent_seconds',
    'Seconds since the last sign of life of the watch; bookmarks come about once a minute.',
    'silentMs',
  );
  figure('informer_last_event_age_seconds', 'Seconds since the last change.', 'lastEventMs');
  figure('informer_unsynced', 'Informers whose cache is not filled yet.', 'unsynced');
  figure('informer_events_total', 'Changes received.', 'events', 'counter');
  figure('reflector_lists_total', 'Lists asked for, relists included.', 'lists', 'counter');
  figure('reflector_watches_total', 'Watches begun.', 'watches', 'counter');
  figure(
    'reflector_restarts_total',
    'Watches that had to be begun anew after a failure.',
    'restarts',
    'counter',
  );
  const failures = families.counter({
    name: 'reflector_failures_total',
    help: 'Lists and watches that failed.',
    labels: ['resource', 'problem'],
  });
  const rewinds = families.counter({
    name: 'reflector_rewinds_total',
    help: 'Times that the resourceVersion went backwards.',
    labels,
  });
  const listeners = families.counter({
    name: 'informer_listener_errors_total',
    help: 'Listeners of a cache that threw.',
    labels,
  });
  return {
    read: (source) => void sources.push(source),
    failed: (resource, problem) => failures.labels(resource, problem).inc(),
    rewound: (resource) => rewinds.labels(resource).inc(),
    listenerFailed: (resource) => listeners.labels(resource).inc(),
  };
}
