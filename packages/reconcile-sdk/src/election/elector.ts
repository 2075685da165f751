import { backoff, type Clock, type Random } from '../clock/index.ts';
import { keyText, type ClusterConfig, type KubeClient, type ObjectKey } from '../client/index.ts';
import { OperatorError, describeError } from '../errors/index.ts';
import { type Logger } from '../logging/index.ts';
import { type ContestNews, type LeaseDriver } from './contest.ts';
import { leadOnce, workEnded } from './lead-once.ts';
import { createLeaseBoard } from './lease-board.ts';
import { type TermEnd } from './lease-machine.ts';
import { createLocalDriver } from './local-driver.ts';
import { machineClock } from './machine-clock.ts';
import { createTerm, type HeldTerm } from './term.ts';
import { createThreadDriver } from './thread-driver.ts';
import { timesOf, type ElectionTimes } from './times.ts';

/** What happens in an election, for metrics. */
export type ElectionFact =
  | { kind: 'leading'; epoch: number }
  | { kind: 'not-leading' }
  /** As client-go counts it: the holder's write on the last known state was refused, so it has to read first. */
  | { kind: 'slow-path' };

/** What an elector is made of; all but the first six have defaults. */
export interface ElectorOptions extends ElectionTimes {
  /** The Lease goes through this client when it is renewed on the main event loop. */
  client: KubeClient;
  clock: Clock;
  random: Random;
  log: Logger;
  /** The Lease that is fought for. */
  lease: ObjectKey;
  /** Unique name of this process, such as its pod's name. */
  identity: string;
  /** How the thread reaches the API server. Given, the Lease is renewed in a thread of its own. */
  config?: ClusterConfig;
  /**
   * `false` renews on the main event loop, by `client` and `clock`: for tests with a manual clock, and where
   * memory counts more than a busy loop. `entry` is the thread's module when it does not lie beside the SDK's code.
   * Default: a thread when `config` is given.
   */
  thread?: boolean | { entry: URL };
  /** Of the thread's requests. Default `leader-election`. */
  userAgent?: string;
  onChange?: (fact: ElectionFact) => void;
  /** Names what has not ended, when the work of a term goes on after its signal has aborted; for the log. */
  unfinished?: () => readonly string[];
}

/** One process's part in an election: whether it leads, and what it does while it does. */
export interface Elector {
  /** Whether this process may write now. By its own monotonic clock, so true never outlives the Lease. */
  holds(): boolean;
  /** Throws `fenced` when it may not: put it before every write, at the last moment. */
  fence(): void;
  /** The number of the term held (`leaseTransitions`), higher than those before it. Throws `fenced` when none is held. */
  epoch(): number;
  /**
   * Aborts when the present term ends; has aborted already when there is none. For what is under way then: a
   * request whose connection is destroyed at that moment has `marginMs` left to take effect before another leader's
   * first one.
   */
  signal(): AbortSignal;
  /** From the end of a term that was not renewed until another process can begin its own, at least. */
  readonly marginMs: number;
  /**
   * Stands for election until the signal aborts. Each time it wins it calls `lead` with a signal that aborts
   * when the leadership is lost or may be, or this signal does. It does not stand again before `lead` has ended;
   * the process lives on. On stop the Lease is kept until `lead` has ended, then released: `lead` must not end
   * before its writes have. Rejects with what `lead` rejects with, after releasing.
   */
  run(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void>;
}

/** Throws `bad-configuration` when the times do not fit together or the thread's module is missing. */
export function createElector(options: ElectorOptions): Elector {
  const { config, log, identity, random, onChange } = options;
  const times = timesOf(options);
  const marginMs = times.durationMs - times.renewDeadlineMs;
  const name = keyText(options.lease);
  const board = createLeaseBoard();
  const wantsThread = options.thread ?? config !== undefined;
  const clock = wantsThread ? machineClock : options.clock;
  let term: HeldTerm | undefined;
  let onWon: (epoch: number) => void = () => undefined;

  const common = { me: identity, lease: options.lease, times, board, tell };
  const driver = wantsThread ? threaded() : createLocalDriver({ ...common, ...options });

  function threaded(): LeaseDriver {
    if (!config) {
      throw new OperatorError(
        'bad-configuration',
        'election in a thread needs `config`, the way to the API server',
      );
    }
    return createThreadDriver({
      ...common,
      config,
      ...(typeof options.thread === 'object' ? { entry: options.thread.entry } : {}),
      stalledAfterMs: times.stalledAfterMs,
      userAgent: options.userAgent ?? 'leader-election',
    });
  }
  function tell(news: ContestNews): void {
    switch (news.kind) {
      case 'won':
        return onWon(news.epoch);
      case 'follows':
        return log.info({ lease: name, leader: news.holder }, 'another process leads');
      case 'slow-path':
        return onChange?.({ kind: 'slow-path' });
      case 'failed': {
        // A candidate's first failure is news, and so is one that lasts; a leader's all are.
        const level = news.leading || news.attempt === 1 || news.attempt % 10 === 0 ? 'warn' : 'debug';
        const what = news.leading ? 'the Lease could not be renewed' : 'standing for election failed';
        return log[level]({ lease: name, error: news.error, attempt: news.attempt }, what);
      }
    }
  }
  function textOf(end: TermEnd): string {
    switch (end.kind) {
      case 'yielded':
        return 'it was given up';
      case 'expired':
        return `the Lease could not be renewed within ${times.renewDeadlineMs / 1000} s`;
      case 'stalled':
        return `the main event loop gave no sign of life for ${times.stalledAfterMs / 1000} s, so the Lease was not renewed`;
      case 'taken':
        return end.by === '' ? 'somebody else has released the Lease' : `${end.by} has taken the Lease`;
      case 'deleted':
        return 'somebody has deleted the Lease';
      case 'crashed':
        return end.error;
    }
  }
  function begin(epoch: number): HeldTerm {
    const held = createTerm(epoch, board, clock);
    term = held;
    if (!held.isHeld()) return held;
    log.info({ lease: name, term: epoch }, 'this process leads now');
    onChange?.({ kind: 'leading', epoch });
    held.signal.addEventListener(
      'abort',
      () => {
        const level = held.endedBecause() === workEnded ? 'info' : 'warn';
        log[level]({ lease: name, term: epoch }, `this process leads no more: ${held.endedBecause()}`);
        onChange?.({ kind: 'not-leading' });
      },
      { once: true },
    );
    return held;
  }
  function onHang(held: HeldTerm, afterMs: number): void {
    const names = options.unfinished?.() ?? [];
    log.error(
      { lease: name, term: held.epoch, unfinished: names },
      `the work of this term goes on ${afterMs / 1000} s after it was told to end: ` +
        (held.isHeld()
          ? 'the Lease is kept meanwhile'
          : 'it may not write, and this process does not stand again'),
    );
  }
  function present(): HeldTerm {
    if (term?.isHeld()) return term;
    const why = term ? `: term ${term.epoch} is over, ${term.endedBecause()}` : '';
    throw new OperatorError(
      'fenced',
      `this process does not lead, so it may not write (Lease ${name})${why}`,
    );
  }

  return {
    marginMs,
    holds: () => term?.isHeld() ?? false,
    fence: () => void present(),
    epoch: () => present().epoch,
    signal() {
      if (term?.isHeld()) return term.signal;
      return term?.signal ?? AbortSignal.abort(new OperatorError('fenced', 'this process does not lead'));
    },
    async run(stop, lead) {
      let crashes = 0;
      const stand = (giveUp: AbortSignal, won: (epoch: number) => void): Promise<TermEnd> => {
        onWon = won;
        return driver.stand(giveUp).then(
          (end) => {
            crashes = 0;
            return end;
          },
          (error: unknown): TermEnd => {
            crashes++;
            return { kind: 'crashed', error: describeError(error) };
          },
        );
      };
      try {
        while (!stop.aborted) {
          const end = await leadOnce({ ...times, stop, stand, begin, lead, textOf, clock, marginMs, onHang });
          if (end.kind === 'crashed') log.error({ lease: name, error: end.error }, 'the election failed');
          // Lost to a fault or to another: what comes next is a look. Given up or crashed: not again at once.
          const pause =
            crashes > 0 ? backoff(crashes, { baseMs: times.retryMs, maxMs: 10_000 }, random) : times.retryMs;
          if (end.kind === 'crashed' || end.kind === 'yielded')
            await clock.sleep(pause, stop).catch(() => undefined);
        }
      } finally {
        await driver.close();
      }
    },
  };
}
