import { type OperatorProcess, type Point, type Verdict, type World } from '../simulation/index.ts';
import { faultPlanText, type Fault, type FaultPlan } from './fault.ts';

export interface StrikeContext {
  readonly world: World;
  /** Does the next step of the scenario, if there is one. */
  readonly nextStep: () => Promise<void>;
  /**
   * Asked before a process takes the place of one that died: false ends the run there. `revision`: what its caches
   * begin with; absent: the newest.
   */
  readonly mayRestart?: (revision: number | undefined) => boolean;
}

/** Between the end of a process and its successor, in milliseconds. */
const restartMs = 1_000;

/** Lets the faults of a plan happen to a world, each at its point. */
export function applyFaults(faults: FaultPlan, { world, nextStep, mayRestart }: StrikeContext): void {
  const later = (ms: number, fn: () => void): void => void world.clock.setTimer(ms, fn);

  function restart(
    process: OperatorProcess,
    prepare?: Parameters<World['start']>[0],
    revision?: number,
  ): void {
    // Once the point itself is over: what dies after its write has made it.
    later(restartMs, () => {
      process.kill();
      if (mayRestart?.(revision) ?? true) world.start(prepare);
    });
  }

  async function strike(fault: Fault, { process, call }: Point): Promise<Verdict | undefined> {
    const { view } = process;
    switch (fault.do) {
      case 'crash-before':
      case 'crash-after':
        restart(process);
        return { kind: fault.do };
      case 'stale-restart': {
        const { store } = world.server;
        const revision = Math.max(store.compactedTo(), store.revision() - fault.back);
        const prepare: Parameters<World['start']>[0] = (next) => {
          next.startAt(revision);
          later(fault.forMs, () => next.catchUp());
        };
        restart(process, prepare, revision);
        return { kind: 'crash-after' };
      }
      case 'reversed-restart':
        restart(process, (next) => next.reverse());
        return { kind: 'crash-after' };
      case 'lose-request':
      case 'lose-answer':
        return { kind: fault.do };
      case 'refuse':
        return {
          kind: 'refuse',
          status: fault.status,
          ...(fault.retryAfterS === undefined ? {} : { retryAfterS: fault.retryAfterS }),
        };
      case 'freeze':
        view.freeze(fault.kind);
        later(fault.forMs, () => view.release(fault.kind, fault.then));
        return undefined;
      case 'miss':
        view.miss(fault.kind);
        later(fault.forMs, () => view.release(fault.kind, 'gone'));
        return undefined;
      case 'repeat':
        view.repeat(fault.kind);
        return undefined;
      case 'second-leader': {
        const second = world.start();
        later(fault.forMs, () => second.kill());
        return undefined;
      }
      case 'pause': {
        process.clock.pause();
        view.freeze('*');
        const second = world.start();
        later(fault.forMs, () => {
          second.kill();
          process.clock.resume();
          view.release('*');
        });
        // The request stands still with the process that makes it.
        await world.clock.sleep(fault.forMs);
        return undefined;
      }
      case 'clock-step':
        process.clock.step(fault.byMs);
        return undefined;
      case 'next-step':
        await nextStep();
        return undefined;
    }
    void call;
  }

  world.onPoint(async (point) => {
    let verdict: Verdict | undefined;
    for (const fault of faults) {
      if (fault.at !== point.number) continue;
      world.trace.add('fault', faultPlanText([fault]));
      verdict = (await strike(fault, point)) ?? verdict;
    }
    return verdict;
  });
}
