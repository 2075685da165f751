import { type Clock, type Random } from '@stateful/reconcile-sdk';

/** Answers what a webhook is asked: a whole review, as JSON. What it throws is as an HTTP 500 with that text. */
export type WebhookHandler = (review: unknown) => unknown;

/** Where a webhook is. */
export interface WebhookTarget {
  /** `https://HOST:PORT/PATH`; of a service `https://NAME.NAMESPACE.svc:PORT/PATH`. */
  url: string;
  /** PEM. */
  ca?: string;
}

/** What became of a call; a problem is in the words of the API server. */
export type Outcome = { answer: unknown } | { problem: string };

/** A call waits for somebody outside; it has to be made again when they have answered. */
export class Waiting extends Error {
  readonly settled: Promise<void>;
  constructor(settled: Promise<void>) {
    super(
      'the answer of a webhook takes time: ask with `answer`, or through a transport, and not with `ask`',
    );
    this.settled = settled;
  }
}

/** Sends one request over HTTPS; rejects with the API server's words. */
export type SendHttps = (
  target: WebhookTarget,
  body: string,
  timeoutSeconds: number,
  signal: AbortSignal,
) => Promise<unknown>;

/**
 * Calls out of a server whose own calls are synchronous. A call that has to wait throws `Waiting`, and the whole of it
 * is run again with what is known by then: nothing has been written before, and what it drew by chance it draws again.
 * The real server, too, admits a write again when the object has changed meanwhile.
 */
export interface Outside {
  /** Answers at once, or throws `Waiting`. */
  call(target: WebhookTarget, review: unknown, timeoutSeconds: number): Outcome;
  /** Runs until nothing waits any more. */
  run<T>(call: () => T): Promise<T>;
  /** Serves a URL in this process. */
  serve(url: string, handler: WebhookHandler): void;
  /** Chance that is the same in each run of one call. */
  random: Random;
  /** A clock that stands still during the runs of one call. */
  clock: Clock;
}

export interface OutsideOptions {
  clock: Clock;
  random: Random;
  send: SendHttps;
}

interface Session {
  outcomes: Map<string, Outcome>;
  draws: number[];
  now: number;
  at: number;
}

/** A call that is still waiting after so many runs never will be done. */
const mostRuns = 100;

export function createOutside({ clock, random, send }: OutsideOptions): Outside {
  const handlers = new Map<string, WebhookHandler>();
  let session: Session | undefined;

  function ask(target: WebhookTarget, review: unknown, seconds: number): unknown {
    const handler = handlers.get(target.url);
    if (handler) return handler(JSON.parse(JSON.stringify(review)));
    const stop = new AbortController();
    const answer = send(target, JSON.stringify(review), seconds, stop.signal);
    return answer.finally(() => stop.abort());
  }
  const late = ({ url }: WebhookTarget, seconds: number): string =>
    `failed to call webhook: Post "${url}?timeout=${seconds}s": context deadline exceeded`;

  function inTime(target: WebhookTarget, answer: Promise<unknown>, seconds: number): Promise<Outcome> {
    return new Promise((resolve) => {
      const timer = clock.setTimer(seconds * 1000, () => resolve({ problem: late(target, seconds) }));
      void answer
        .then(
          (value) => resolve({ answer: value }),
          (error: unknown) => resolve({ problem: problemOf(error) }),
        )
        .finally(() => timer.cancel());
    });
  }

  return {
    random: {
      next() {
        if (!session) return random.next();
        const { draws, at } = session;
        if (at === draws.length) draws.push(random.next());
        return draws[session.at++]!;
      },
    },
    clock: { ...clock, now: () => session?.now ?? clock.now() },
    serve: (url, handler) => void handlers.set(url, handler),
    call(target, review, seconds) {
      const key = `${target.url}\n${JSON.stringify(review)}`;
      const known = session?.outcomes.get(key);
      if (known) return known;
      let answer: unknown;
      try {
        answer = ask(target, review, seconds);
      } catch (error) {
        answer = { problem: problemOf(error) } satisfies Outcome;
        session?.outcomes.set(key, answer as Outcome);
        return answer as Outcome;
      }
      if (!(answer instanceof Promise)) {
        session?.outcomes.set(key, { answer });
        return { answer };
      }
      const held = session;
      throw new Waiting(
        inTime(target, answer, seconds).then((outcome) => void held?.outcomes.set(key, outcome)),
      );
    },
    async run(call) {
      const own: Session = { outcomes: new Map(), draws: [], at: 0, now: clock.now() };
      for (let run = 0; run < mostRuns; run++) {
        own.at = 0;
        session = own;
        try {
          return call();
        } catch (error) {
          if (!(error instanceof Waiting)) throw error;
          session = undefined;
          await error.settled;
        } finally {
          session = undefined;
        }
      }
      throw new Error(`a call was made ${mostRuns} times and still waits for a webhook`);
    },
  };
}

/** As an HTTP 500 is told. */
const problemOf = (error: unknown): string =>
  error instanceof UnansweredError
    ? `failed to call webhook: ${error.message}`
    : `failed to call webhook: an error on the server (${JSON.stringify(error instanceof Error ? error.message : String(error))}) has prevented the request from succeeding`;

/** Nobody answered at all; the message says why. */
export class UnansweredError extends Error {}
