import { type Clock } from '@stateful/reconcile-sdk';
import { type LivePod } from '../kinds.ts';
import { type Times } from '../times.ts';
import { troubleOf, type Planted } from '../trouble.ts';

type PodStatus = NonNullable<LivePod['status']>;

/** What a program that is several containers says of each, in place of what a kubelet would make up. */
export interface ToldStatuses {
  readonly initContainerStatuses: NonNullable<PodStatus['initContainerStatuses']>;
  readonly containerStatuses: NonNullable<PodStatus['containerStatuses']>;
  /** All init containers have ended well, or, sidecars, begun. */
  readonly isInitialized: boolean;
}

/** What a program can tell its kubelet. */
export interface Container {
  /** As it was when the containers were started. */
  readonly pod: LivePod;
  /** What the readiness probe hears. */
  ready(isReady: boolean): void;
  /** Ends it by its own will; the message is what it left in its termination log. */
  exit(code: number, message?: string): void;
  /** How its containers are; before `exit`, how they were. */
  tell(statuses: ToldStatuses): void;
}

/** What runs in a pod. */
export interface Program {
  /** SIGTERM: it should `exit` before long. */
  term(): void;
  /** SIGKILL, or the power gone: nothing it does from here on counts. */
  kill(): void;
}

export type StartProgram = (container: Container) => Program;

/** A program of no particular kind: becomes ready and stays, or runs its time and ends well. */
export const plainProgram =
  (clock: Clock, times: Times, planted: () => readonly Planted[]): StartProgram =>
  ({ pod, ready, exit }) => {
    const slow = troubleOf(planted(), pod, 'slow-ready');
    const isService = (pod.spec?.restartPolicy ?? 'Always') === 'Always';
    const timers = [clock.setTimer(slow?.readyMs ?? times.readyMs, () => ready(true))];
    if (!isService) timers.push(clock.setTimer(times.runMs, () => exit(0)));
    return {
      term: () => void timers.push(clock.setTimer(times.stopMs, () => exit(0))),
      kill: () => timers.forEach((timer) => timer.cancel()),
    };
  };
