import { type Clock } from '../clock/index.ts';
import { type TermEnd } from './lease-machine.ts';
import { type HeldTerm } from './term.ts';

/** Why a term ends that nothing went wrong with. */
export const workEnded = 'its work has ended';

export interface LeadOnceOptions {
  /** No more work; the Lease is kept until the work has ended. */
  stop: AbortSignal;
  /** Stands for election; calls back when it has won. Never rejects. */
  stand: (giveUp: AbortSignal, onWon: (epoch: number) => void) => Promise<TermEnd>;
  begin: (epoch: number) => HeldTerm;
  lead: (signal: AbortSignal) => Promise<void>;
  textOf: (end: TermEnd) => string;
  clock: Clock;
  marginMs: number;
  endsWithinMs: number;
  /** The work goes on although its signal has aborted `afterMs` ago. */
  onHang: (term: HeldTerm, afterMs: number) => void;
}

/**
 * One term, from standing for election until its work has ended. Rejects with what the work rejects
 * with, after the Lease is let go. On stop, work that does not end in time is left behind, fenced.
 */
export async function leadOnce(options: LeadOnceOptions): Promise<TermEnd> {
  const { stop, clock, endsWithinMs } = options;
  const giveUp = new AbortController();
  let term: HeldTerm | undefined;
  let work: Promise<void> | undefined;
  let failure: { error: unknown } | undefined;
  let isLeftBehind = false;

  /** False when it had to be left behind: it goes on, but the process is to end. */
  async function ends(held: HeldTerm, running: Promise<void>): Promise<boolean> {
    for (let waited = endsWithinMs; ; waited += endsWithinMs) {
      const ended = new AbortController();
      const isOver = await Promise.race([
        running.then(() => true),
        clock.sleep(endsWithinMs, ended.signal).then(
          () => false,
          () => true,
        ),
      ]);
      ended.abort();
      if (isOver) return true;
      options.onHang(held, waited);
      if (stop.aborted) return false;
    }
  }
  async function onStop(): Promise<void> {
    if (!work || !term) return giveUp.abort();
    if (await ends(term, work)) return;
    isLeftBehind = true;
    // What is cut now has its time to take effect before the Lease can be anybody else's.
    term.end('its work did not end when the process was stopped');
    await clock.sleep(options.marginMs);
    giveUp.abort();
  }
  function onWon(epoch: number): void {
    const held = options.begin(epoch);
    term = held;
    // Won while stopping, or won and lost in one moment: no work is begun.
    if (stop.aborted || !held.isHeld()) return giveUp.abort();
    work = Promise.resolve()
      .then(() => options.lead(AbortSignal.any([stop, held.signal])))
      .catch((error: unknown) => void (failure = { error }))
      .then(() => {
        // First nothing passes the fence any more, then the Lease is let go.
        held.end(workEnded);
        giveUp.abort();
      });
  }

  const stopping = (): void => void onStop();
  if (stop.aborted) giveUp.abort();
  stop.addEventListener('abort', stopping, { once: true });
  try {
    const end = await options.stand(giveUp.signal, onWon);
    const [held, running] = [term, work];
    held?.end(options.textOf(end));
    if (held && running && !isLeftBehind) await ends(held, running);
    if (failure) throw failure.error;
    return end;
  } finally {
    stop.removeEventListener('abort', stopping);
  }
}
