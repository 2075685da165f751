import { timeOf, isGoing } from '../meta.ts';
import { type LivePod } from '../kinds.ts';
import { type Times } from '../times.ts';
import { troubleOf, type Planted } from '../trouble.ts';
import { earlier } from '../writes.ts';
import { type ToldStatuses } from './program.ts';

/** How a container ended. */
export interface Ending {
  readonly code: number;
  readonly message?: string | undefined;
  readonly startedAt: number;
  readonly at: number;
}

/** What a kubelet knows of a pod; its containers begin and end together. */
export interface PodLife {
  readonly stage: 'creating' | 'pull-failed' | 'running' | 'backing-off' | 'finished';
  /** When the stage began, in milliseconds since the epoch, as all times here. */
  readonly since: number;
  /** When the kubelet first saw the pod. */
  readonly admittedAt: number;
  readonly startedAt?: number | undefined;
  readonly restarts: number;
  /** Ends in a row that came soon after the start. */
  readonly failures: number;
  /** What the program says of itself. */
  readonly isReady: boolean;
  readonly isTold: boolean;
  readonly last?: Ending | undefined;
  /** What the program said of its containers. */
  readonly told?: ToldStatuses | undefined;
}

/** What a kubelet does beside writing the pod's status. */
export type PodEffect = 'start' | 'term' | 'kill' | 'remove';

export interface LifeFacts {
  readonly times: Times;
  readonly planted: readonly Planted[];
}

export interface LifeStep {
  readonly life: PodLife;
  readonly effects: readonly PodEffect[];
  readonly lookAt?: number | undefined;
}

/** A container that ran this long has earned a fresh start of its back-off. */
const longEnoughMs = 600_000;

export const newLife = (now: number): PodLife => ({
  stage: 'creating',
  since: now,
  admittedAt: now,
  restarts: 0,
  failures: 0,
  isReady: false,
  isTold: false,
});

/** What the program of a running pod has said. */
export const withReadiness = (life: PodLife, isReady: boolean): PodLife => ({ ...life, isReady });

/** What a running pod's containers are said to be. */
export const withTold = (life: PodLife, told: ToldStatuses): PodLife => ({ ...life, told });

/** The containers have ended: what follows depends on the pod's restart policy. */
export function withEnd(
  life: PodLife,
  pod: LivePod,
  { code, message }: { code: number; message?: string | undefined },
  now: number,
): PodLife {
  const startedAt = life.startedAt ?? now;
  const last: Ending = { code, message, startedAt, at: now };
  const policy = pod.spec?.restartPolicy ?? 'Always';
  const restarts = !isGoing(pod) && (policy === 'Always' || (policy === 'OnFailure' && code !== 0));
  const failures = now - startedAt >= longEnoughMs ? 1 : life.failures + 1;
  return {
    ...life,
    stage: restarts ? 'backing-off' : 'finished',
    since: now,
    isReady: false,
    failures,
    last,
  };
}

/** The first restart is at once; each further one waits twice as long as the one before. */
const backoffOf = ({ failures }: PodLife, { crashBackoffMs, crashBackoffMaxMs }: Times): number =>
  failures <= 1 ? 0 : Math.min(crashBackoffMaxMs, crashBackoffMs * 2 ** (failures - 2));

/** Whether a container waits to be started again. */
export const isBackingOff = (life: PodLife, now: number, times: Times): boolean =>
  life.stage === 'backing-off' && now < life.since + backoffOf(life, times);

/** Lets time pass for a pod on a node that is well: pure, and the same for the same input. */
export function live(before: PodLife, pod: LivePod, facts: LifeFacts, now: number): LifeStep {
  const { times, planted } = facts;
  const effects: PodEffect[] = [];
  let life = before;
  let lookAt: number | undefined;
  const until = (time: number): boolean => {
    if (now >= time) return true;
    lookAt = earlier(lookAt, time);
    return false;
  };
  const start = (restarts: number): void => {
    life = {
      ...life,
      stage: 'running',
      since: now,
      startedAt: now,
      isReady: false,
      told: undefined,
      restarts,
    };
    effects.push('start');
  };
  if (isGoing(pod)) return leave();

  if (life.stage === 'pull-failed' && !troubleOf(planted, pod, 'image-pull'))
    life = { ...life, stage: 'creating', since: now };
  if (life.stage === 'creating' && until(life.since + times.pullMs)) {
    if (troubleOf(planted, pod, 'image-pull')) life = { ...life, stage: 'pull-failed', since: now };
    else start(0);
  }
  if (life.stage === 'backing-off' && until(life.since + backoffOf(life, times))) start(life.restarts + 1);
  if (life.stage === 'running') {
    const crash = troubleOf(planted, pod, 'crash-loop');
    if (crash && until((life.startedAt ?? now) + (crash.afterMs ?? 1_000))) {
      effects.push('kill');
      life = withEnd(life, pod, { code: crash.exitCode ?? 1, message: crash.message }, now);
      // Looked at once more, for what follows the end.
      lookAt = earlier(lookAt, now + Math.max(1, backoffOf(life, times)));
    }
  }
  return { life, effects, lookAt };

  /** A pod that is to go: SIGTERM, patience, SIGKILL; then it is no more. */
  function leave(): LifeStep {
    if (life.stage === 'running') {
      if (!life.isTold) {
        life = { ...life, isTold: true };
        effects.push('term');
      }
      // The API keeps the end of the grace period as the time of deletion.
      if (until(timeOf(pod.metadata.deletionTimestamp) ?? now)) {
        effects.push('kill');
        life = withEnd(life, pod, { code: 137 }, now);
      }
    } else if (life.stage !== 'finished') life = { ...life, stage: 'finished', since: now };
    if (life.stage === 'finished' && !troubleOf(planted, pod, 'stuck-terminating')) effects.push('remove');
    return { life, effects, lookAt };
  }
}
