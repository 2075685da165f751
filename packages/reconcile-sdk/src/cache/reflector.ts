import { apiVersionOf, resourceText, type KubeObject, type Selection } from '../client/index.ts';
import { OperatorError } from '../errors/index.ts';
import { NoStream, WentBack, causeOf, refusesStreams } from './failure-cause.ts';
import { linkedAbort, type LinkedAbort } from './linked-abort.ts';
import { problemOf, type Problem } from './problem.ts';
import {
  initialReflectorState,
  nextReflectorState,
  isHurried,
  waitMs,
  type ReflectorOutcome,
  type ReflectorState,
} from './reflector-machine.ts';
import { type Reflector, type ReflectorOptions } from './reflector-options.ts';
import { isOlder } from './resource-version.ts';
import { createStore, type Difference, type Staged } from './store.ts';
import { createStreamingSupport } from './streaming-support.ts';
import { createWatchdog } from './watchdog.ts';
import { endsContents, parseWatchEvent, type WatchEvent } from './watch-event.ts';
import { linesOf } from './watch-lines.ts';

/** For the first bytes of an answer: one that hangs should cost little of the time in which it is noticed. */
const answerWithinMs = 10_000;
/** After a long silence the connections that lie ready are likely dead too: a try finds that out quickly. */
const answerInHurryMs = 5_000;
/** For a page of a list: long enough for a large one once shorter times have failed, where there is no hurry. */
const pageWithinMs = 10_000;
const slowPageWithinMs = 30_000;
const patientFrom = 3;
/** Within a stream of contents, where events follow each other closely. */
const streamSilenceMs = 10_000;

/** A reflector of one kind in one namespace or all; it does nothing before `run`. */
export function createReflector<T extends KubeObject>(options: ReflectorOptions<T>): Reflector<T> {
  const { client, resource, clock, random } = options;
  const onFault = (fault: unknown): void => {
    try {
      options.onFault?.(fault);
    } catch {
      // Nobody is left to tell.
    }
  };
  const stallMs = options.stallMs ?? 70_000;
  const name = resourceText(resource);
  const apiVersion = apiVersionOf(resource);
  const place: Selection = options.namespace ? { namespace: options.namespace } : {};
  const selection = {
    ...place,
    ...(options.labelSelector ? { labelSelector: options.labelSelector } : {}),
    ...(options.fieldSelector ? { fieldSelector: options.fieldSelector } : {}),
    ...(options.metadataOnly ? { metadataOnly: true } : {}),
  };
  const streaming = options.streaming ?? createStreamingSupport(clock);
  const store = createStore<T>({
    keepFieldsOf: client.fieldManager,
    ...(options.transform ? { transform: options.transform } : {}),
    onFault,
  });
  let state: ReflectorState = initialReflectorState(true);
  let seen = '';
  let epoch = 0;
  let lastSign: number | undefined;
  let lastEvent: number | undefined;
  let problem: Problem | undefined;
  let pages: Staged<T>[] = [];
  let pause: LinkedAbort | undefined;
  const counts = { lists: 0, watches: 0, restarts: 0, events: 0 };

  /** Whoever is told may throw; the watch goes on. */
  function tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      onFault(error);
    }
  }

  function publish(differences: readonly Difference<T>[], receivedAt: number, initial: boolean): void {
    for (const difference of differences) {
      tell(() => options.onChange?.({ ...difference, receivedAt, initial }));
    }
  }

  /** Lists leave out of their items what watches give, and metadata alone travels as a kind of its own. */
  function named(object: T): T {
    object.apiVersion = apiVersion;
    object.kind = resource.kind;
    return object;
  }

  function signOfLife(): void {
    lastSign = clock.monotonic();
    if (!problem) return;
    problem = undefined;
    tell(() => options.onRecovered?.());
  }

  function advance(resourceVersion: string): void {
    seen = resourceVersion;
    signOfLife();
    tell(() => options.onAdvance?.());
  }

  /** The contents are complete: they become visible, all at once. */
  function swapIn(contents: Iterable<Staged<T>>, resourceVersion: string): void {
    const before = seen;
    const differences = store.replace(contents);
    // Before anybody is told, for who is told may ask.
    seen = resourceVersion;
    if (isOlder(resourceVersion, before)) {
      epoch++;
      tell(() => options.onEpoch?.(epoch, before, resourceVersion));
    }
    publish(differences, clock.monotonic(), true);
    advance(resourceVersion);
  }

  async function list(continueToken: string | undefined, signal: AbortSignal): Promise<ReflectorOutcome> {
    if (continueToken === undefined) {
      counts.lists++;
      pages = [];
    }
    const page = await client.list(resource, {
      ...selection,
      limit: options.pageSize ?? 500,
      ...(continueToken === undefined ? {} : { continue: continueToken }),
      timeoutMs: state.failures < patientFrom || isHurried(silentMs()) ? pageWithinMs : slowPageWithinMs,
      signal,
    });
    signOfLife();
    for (const item of page.items) pages.push(store.stage(named(item)));
    if (page.metadata.continue) return { kind: 'page', continue: page.metadata.continue };
    const contents = pages;
    pages = [];
    swapIn(contents, page.metadata.resourceVersion);
    return { kind: 'listed', resourceVersion: page.metadata.resourceVersion };
  }

  /** Since the last sign of life; 0 before the first. */
  const silentMs = (): number => (lastSign === undefined ? 0 : clock.monotonic() - lastSign);

  /** Whether the server, asked past all caches, is behind what was seen. An answer that does not come says no. */
  const isBehind = (resourceVersion: string, signal: AbortSignal): Promise<boolean> =>
    client.list(resource, { ...place, limit: 1, metadataOnly: true, signal }).then(
      (page) => isOlder(page.metadata.resourceVersion, resourceVersion),
      () => false,
    );

  /** A watch from a resourceVersion, or from nothing: then the contents come first. */
  async function watch(
    from: string | undefined,
    doubtful: boolean,
    outer: AbortSignal,
  ): Promise<ReflectorOutcome> {
    counts.watches++;
    if (from === undefined) counts.lists++;
    const began = clock.monotonic();
    const lived = (): number => clock.monotonic() - began;
    const stream: Stream<T> = { at: from, staging: from === undefined ? new Map() : undefined };
    const link = linkedAbort(outer);
    let stalled = false;
    let wentBack: WentBack | undefined;
    let asking: LinkedAbort | undefined;
    const dog = createWatchdog(clock, Math.max(stallMs, answerWithinMs), () => {
      stalled = true;
      link.abort(new OperatorError('timeout', `watch ${name}: nothing was heard for too long`));
    });
    try {
      const body = await client.watch(resource, {
        ...selection,
        ...(from === undefined
          ? { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' as const }
          : { resourceVersion: from }),
        // The server ends the watch at a random time, so that many clients do not come back at once.
        timeoutSeconds: 300 + Math.floor(random.next() * 300),
        timeoutMs: isHurried(silentMs()) ? answerInHurryMs : answerWithinMs,
        signal: link.signal,
      });
      dog.heard();
      // The first bookmark may be a minute away; that the server answers is enough to be well again.
      if (!stream.staging) signOfLife();
      if (from !== undefined && doubtful) {
        // Beside the watch: what comes from it need not wait for the answer.
        asking = linkedAbort(link.signal);
        void isBehind(from, asking.signal).then((behind) => {
          if (!behind) return;
          wentBack = new WentBack(`watch ${name}: the server is behind resourceVersion ${from}`);
          link.abort(wentBack);
        });
      }
      dog.allow(stream.staging ? Math.min(stallMs, streamSilenceMs) : stallMs);
      for await (const lines of linesOf(body)) {
        dog.heard();
        const receivedAt = clock.monotonic();
        const wasStaging = stream.staging !== undefined;
        for (const line of lines) take(parseWatchEvent(line, resource), stream, receivedAt);
        if (stream.staging) {
          signOfLife();
          continue;
        }
        if (wasStaging) dog.allow(stallMs);
        if (stream.at !== undefined && lines.length > 0) advance(stream.at);
      }
      if (wentBack) throw wentBack;
      if (stream.staging)
        throw new OperatorError('network', `watch ${name}: ended before the contents were complete`);
      return { kind: 'watch-ended', resourceVersion: stream.at ?? '', livedMs: lived(), stalled };
    } catch (cause) {
      if (outer.aborted) throw cause;
      // What came before the failure is in the store, though its batch was not finished.
      if (!stream.staging && stream.at !== undefined && stream.at !== seen) advance(stream.at);
      if (wentBack) return failed(wentBack, undefined, lived());
      if (stalled && stream.staging) return failed(new NoStream(name, true), undefined, lived());
      if (stalled)
        return { kind: 'watch-ended', resourceVersion: stream.at ?? '', livedMs: lived(), stalled };
      // What is an invalid request here is the part that older servers do not know.
      if (stream.staging && cause instanceof OperatorError && cause.code === 'invalid')
        return failed(new NoStream(name, !refusesStreams(cause), cause), undefined, lived());
      return failed(cause, stream.staging ? undefined : stream.at, lived());
    } finally {
      dog.stop();
      link.unlink();
      asking?.abort(new OperatorError('aborted', `watch ${name}: ended`));
    }
  }

  /** Takes one event in; throws when it shows that the server has gone back. */
  function take(event: WatchEvent<T>, stream: Stream<T>, receivedAt: number): void {
    const { type, object } = event;
    const version = object.metadata?.resourceVersion ?? '';
    if (type !== 'BOOKMARK') {
      counts.events++;
      lastEvent = receivedAt;
    }
    if (stream.staging) {
      const key = `${object.metadata?.namespace ?? ''}/${object.metadata?.name ?? ''}`;
      if (endsContents(event)) {
        const contents = stream.staging.values();
        stream.staging = undefined;
        stream.at = version;
        swapIn(contents, version);
      } else if (type === 'BOOKMARK') {
        throw new NoStream(name, false);
      } else if (type === 'DELETED') {
        stream.staging.delete(key);
      } else {
        stream.staging.set(key, store.stage(named(object)));
      }
      return;
    }
    if (isOlder(version, stream.at ?? '')) {
      throw new WentBack(`watch ${name}: resourceVersion went back from ${stream.at} to ${version}`);
    }
    if (version !== '') stream.at = version;
    if (type === 'BOOKMARK') return;
    publish(
      type === 'DELETED' ? store.remove(named(object)) : store.upsert(named(object)),
      receivedAt,
      false,
    );
  }

  function failed(cause: unknown, resourceVersion: string | undefined, livedMs: number): ReflectorOutcome {
    const verb = state.action === 'list' ? 'list' : 'watch';
    const error =
      cause instanceof OperatorError
        ? cause
        : new OperatorError('network', `${verb} ${name}: the connection broke`, { cause });
    const why = causeOf(error);
    if (error instanceof NoStream) {
      // Nothing is wrong: pages serve as well.
      streaming.refused(resource, error.silently);
    } else {
      const found = problemOf(error, resource, verb, options.namespace);
      problem = found;
      tell(() => options.onFailure?.(error, state.failures + 1, found));
    }
    return { kind: 'failed', cause: why, resourceVersion, livedMs, retryAfterMs: error.retryAfterMs };
  }

  async function perform(signal: AbortSignal): Promise<ReflectorOutcome> {
    switch (state.action) {
      case 'stream':
        return watch(undefined, false, signal);
      case 'list':
        return list(state.continue, signal);
      case 'watch':
        return watch(state.resourceVersion, state.doubtful, signal);
      case 'wait': {
        pause = linkedAbort(signal);
        // Who is nudged has waited long enough.
        await clock.sleep(waitMs(state, random, silentMs()), pause.signal).catch(() => undefined);
        pause.unlink();
        pause = undefined;
        return { kind: 'waited' };
      }
    }
  }

  function count(outcome: ReflectorOutcome): void {
    if (state.action !== 'watch' && state.action !== 'stream') return;
    if (outcome.kind !== 'failed' && outcome.kind !== 'watch-ended') return;
    const reason = outcome.kind === 'failed' ? outcome.cause : outcome.stalled ? 'stalled' : 'ended';
    if (reason !== 'ended') counts.restarts++;
    tell(() => options.onRestart?.(reason));
  }

  return {
    resource,
    store,
    nudge() {
      if (state.action === 'wait' && state.why === 'blocked') pause?.abort(new Error('nudged'));
    },
    hasSynced: () => seen !== '',
    seen: () => seen,
    contains: (version) => seen !== '' && !isOlder(seen, version),
    epoch: () => epoch,
    counts: () => ({ ...counts }),
    lastEventMs: () => (lastEvent === undefined ? undefined : clock.monotonic() - lastEvent),
    health: () => ({
      synced: seen !== '',
      silentMs: lastSign === undefined ? undefined : silentMs(),
      failing: problem?.text,
      ...(problem ? { problem: problem.kind } : {}),
    }),
    async run(signal) {
      state = initialReflectorState(streaming.streams(resource));
      while (!signal.aborted) {
        let outcome: ReflectorOutcome;
        try {
          outcome = await perform(signal);
        } catch (cause) {
          if (signal.aborted) return;
          outcome = failed(cause, undefined, 0);
        }
        count(outcome);
        state = nextReflectorState({ ...state, streams: streaming.streams(resource) }, outcome);
      }
    },
  };
}

/** One watch under way. */
interface Stream<T extends KubeObject> {
  /** The version up to which events were taken in; undefined until the contents are complete. */
  at: string | undefined;
  /** The contents as far as they have come. */
  staging: Map<string, Staged<T>> | undefined;
}
