import { type Pod } from '@stateful/reconcile-sdk';
import { timeText } from '../../api-server/metadata.ts';
import { withConditions } from '../meta.ts';
import { type LivePod } from '../kinds.ts';
import { type Times } from '../times.ts';
import { troubleOf, type Planted } from '../trouble.ts';
import { isBackingOff, type Ending, type PodLife } from './life.ts';

type PodStatus = NonNullable<Pod['status']>;
type ContainerStatus = NonNullable<PodStatus['containerStatuses']>[number];
type PodCondition = NonNullable<PodStatus['conditions']>[number];

export interface StatusFacts {
  readonly times: Times;
  readonly planted: readonly Planted[];
  readonly podIP: string;
  readonly hostIP: string;
}

/** The status that a kubelet writes for a pod in this stage of its life. */
export function statusOf(life: PodLife, pod: LivePod, facts: StatusFacts, now: number): PodStatus {
  const before = pod.status ?? {};
  const hasStarted = life.startedAt !== undefined;
  const isReady = isContainerReady(life, pod, facts);
  const gates = (pod.spec?.readinessGates ?? []).filter(
    ({ conditionType }) =>
      !before.conditions?.some(({ type, status }) => type === conditionType && status === 'True'),
  );
  const unready = `containers with unready status: [${(pod.spec?.containers ?? []).map(({ name }) => name).join(' ')}]`;
  const condition = (type: string, isTrue: boolean, reason?: string, message?: string): PodCondition => ({
    type,
    status: isTrue ? 'True' : 'False',
    lastProbeTime: null as never,
    ...(isTrue && reason !== 'PodCompleted'
      ? {}
      : { ...(reason ? { reason } : {}), ...(message ? { message } : {}) }),
  });
  const isInitialized = life.told?.isInitialized ?? true;
  const phase = phaseOf(life, isInitialized);
  const done = phase === 'Succeeded' ? 'PodCompleted' : phase === 'Failed' ? 'PodFailed' : undefined;
  const isWell = isReady && gates.length === 0;
  return {
    ...before,
    phase,
    conditions: withConditions<PodCondition>(
      before.conditions,
      [
        condition('PodReadyToStartContainers', hasStarted && life.stage !== 'finished'),
        condition('Initialized', isInitialized, 'ContainersNotInitialized'),
        condition(
          'Ready',
          isWell,
          done ?? (isReady ? 'ReadinessGatesNotReady' : 'ContainersNotReady'),
          done
            ? undefined
            : isReady
              ? gates
                  .map(
                    ({ conditionType }) =>
                      `corresponding condition of pod readiness gate "${conditionType}" does not exist.`,
                  )
                  .join(', ')
              : unready,
        ),
        condition('ContainersReady', isReady, done ?? 'ContainersNotReady', done ? undefined : unready),
        condition('PodScheduled', true),
      ],
      now,
    ),
    hostIP: facts.hostIP,
    hostIPs: [{ ip: facts.hostIP }],
    ...(hasStarted ? { podIP: facts.podIP, podIPs: [{ ip: facts.podIP }] } : {}),
    startTime: before.startTime ?? timeText(life.admittedAt),
    ...(life.told && life.told.initContainerStatuses.length > 0
      ? { initContainerStatuses: life.told.initContainerStatuses }
      : {}),
    containerStatuses:
      life.told?.containerStatuses ??
      (pod.spec?.containers ?? []).map((container) =>
        containerStatus(life, container, isReady, facts.times, now),
      ),
  };
}

/** Whether the containers of a pod are ready, troubles taken in. */
function isContainerReady(life: PodLife, pod: LivePod, { planted }: StatusFacts): boolean {
  return life.stage === 'running' && life.isReady && !troubleOf(planted, pod, 'not-ready');
}

function phaseOf(life: PodLife, isInitialized: boolean): 'Pending' | 'Running' | 'Succeeded' | 'Failed' {
  if (life.stage === 'finished') return life.last?.code === 0 ? 'Succeeded' : 'Failed';
  return life.startedAt === undefined || !isInitialized ? 'Pending' : 'Running';
}

function containerStatus(
  life: PodLife,
  { name, image = '' }: { name: string; image?: string },
  isReady: boolean,
  times: Times,
  now: number,
): ContainerStatus {
  const { last } = life;
  const isRunning = life.stage === 'running';
  return {
    name,
    image,
    imageID: life.startedAt === undefined ? '' : `sha256:${image}`,
    ready: isReady,
    started: isRunning,
    restartCount: life.restarts,
    state: stateOf(life, name, image, times, now),
    lastState:
      last && life.stage !== 'finished' && life.restarts > 0 && isRunning
        ? { terminated: terminated(last) }
        : life.stage === 'backing-off' && last && isBackingOff(life, now, times)
          ? { terminated: terminated(last) }
          : {},
  };
}

function stateOf(
  life: PodLife,
  name: string,
  image: string,
  times: Times,
  now: number,
): NonNullable<ContainerStatus['state']> {
  switch (life.stage) {
    case 'creating':
      return { waiting: { reason: 'ContainerCreating' } };
    case 'pull-failed':
      return { waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` } };
    case 'running':
      return { running: { startedAt: timeText(life.startedAt ?? now) } };
    case 'backing-off':
      if (!isBackingOff(life, now, times) && life.last) return { terminated: terminated(life.last) };
      return {
        waiting: { reason: 'CrashLoopBackOff', message: `back-off restarting failed container=${name}` },
      };
    case 'finished':
      return life.last ? { terminated: terminated(life.last) } : { waiting: { reason: 'ContainerCreating' } };
  }
}

const terminated = ({ code, message, startedAt, at }: Ending) => ({
  exitCode: code,
  reason: code === 0 ? 'Completed' : 'Error',
  ...(message === undefined ? {} : { message }),
  startedAt: timeText(startedAt),
  finishedAt: timeText(at),
});
