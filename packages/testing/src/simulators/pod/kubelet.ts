import { keyText, type Clock, type Node, type ObjectKey, type Timer } from '@stateful/reconcile-sdk';
import { kinds, storedAs, type LivePod } from '../kinds.ts';
import { type Objects } from '../objects.ts';
import { type Simulator } from '../driver.ts';
import { type Times } from '../times.ts';
import { type Planted } from '../trouble.ts';
import { statusWrite, type Step } from '../writes.ts';
import { isGoing } from '../meta.ts';
import { live, newLife, withEnd, withReadiness, withTold, type PodEffect, type PodLife } from './life.ts';
import { plainProgram, type Program, type StartProgram } from './program.ts';
import { schedule } from './scheduler.ts';
import { statusOf } from './status.ts';

export interface KubeletOptions {
  readonly objects: Objects;
  readonly clock: Clock;
  readonly times: Times;
  readonly planted: () => readonly Planted[];
  /** What runs in a pod; undefined: a plain program. */
  readonly programs: (pod: LivePod) => StartProgram | undefined;
  /** Whether a node's kubelet is there and reaches the API. */
  readonly isUp: (node: string) => boolean;
  /** The address of a pod; undefined: the next one that is free. */
  readonly addressOf: (pod: LivePod) => string | undefined;
  readonly wake: (key: string) => void;
}

export interface Kubelets extends Simulator {
  /** The power of a node goes: whatever ran there is gone, and nobody says so. */
  powerOff(node: string): void;
}

interface Held {
  readonly uid: string;
  readonly node: string;
  readonly address: string;
  life: PodLife;
  program: Program | undefined;
}

/** The scheduler, and the kubelets of all nodes: the shell around the life of a pod. */
export function runKubelets(options: KubeletOptions): Kubelets {
  const { objects, clock, times, planted } = options;
  const held = new Map<string, Held>();
  const plain = plainProgram(clock, times, planted);
  let addresses = 0;

  function look(key: ObjectKey, now: number): Step {
    const text = keyText(key);
    const pod = objects.get(kinds.pods, key.namespace, key.name);
    const before = held.get(text);
    if (before && before.uid !== pod?.metadata.uid) {
      // Taken out of the API by force, or made anew: what ran is killed.
      before.program?.kill();
      held.delete(text);
    }
    if (!pod) return { writes: [] };
    if (!pod.spec?.nodeName) return schedule(pod, facts(key.namespace), now);
    return options.isUp(pod.spec.nodeName) ? tend(text, pod, pod.spec.nodeName, now) : { writes: [] };
  }

  const facts = (namespace: string | undefined) => ({
    nodes: objects.list<Node>(kinds.nodes),
    pods: objects.list(kinds.pods),
    claim: (name: string) => objects.get(kinds.persistentVolumeClaims, namespace, name),
    times,
    planted: planted(),
  });

  function tend(key: string, pod: LivePod, node: string, now: number): Step {
    const ours = held.get(key) ?? begin(key, pod, node, now);
    const { life, effects, lookAt } = live(ours.life, pod, { times, planted: planted() }, now);
    ours.life = life;
    for (const effect of effects) perform(effect, key, ours, pod);
    if (isGoing(pod) && life.stage !== 'finished') return { writes: [], lookAt };
    const status = statusOf(
      life,
      pod,
      { times, planted: planted(), podIP: ours.address, hostIP: hostIP(node) },
      now,
    );
    return {
      writes: [
        ...statusWrite(kinds.pods, pod, status),
        ...(effects.includes('remove')
          ? [{ verb: 'delete', resource: kinds.pods, object: pod, gracePeriodSeconds: 0 } as const]
          : []),
      ],
      lookAt,
    };
  }

  function begin(key: string, pod: LivePod, node: string, now: number): Held {
    addresses++;
    const ours: Held = {
      uid: pod.metadata.uid,
      node,
      address: options.addressOf(pod) ?? `10.244.${(addresses >> 8) & 255}.${addresses & 255}`,
      life: newLife(now),
      program: undefined,
    };
    held.set(key, ours);
    return ours;
  }

  function perform(effect: PodEffect, key: string, ours: Held, pod: LivePod): void {
    if (effect === 'kill') {
      ours.program?.kill();
      ours.program = undefined;
    } else if (effect === 'term') ours.program?.term();
    else if (effect === 'start') ours.program = start(key, ours, pod);
  }

  function start(key: string, ours: Held, pod: LivePod): Program {
    let hasEnded = false;
    let failing: Timer | undefined;
    const say = (change: (life: PodLife, pod: LivePod) => PodLife): void => {
      if (hasEnded || held.get(key) !== ours) return;
      const [namespace, name] = [pod.metadata.namespace, pod.metadata.name];
      ours.life = change(ours.life, objects.get(kinds.pods, namespace, name) ?? pod);
      options.wake(key);
    };
    const begun = (options.programs(pod) ?? plain)({
      pod: { ...pod, status: { ...pod.status, podIP: ours.address } },
      ready: (isReady) => {
        failing?.cancel();
        if (isReady) say((life) => withReadiness(life, true));
        else failing = clock.setTimer(patienceOf(pod), () => say((life) => withReadiness(life, false)));
      },
      tell: (statuses) => say((life) => withTold(life, statuses)),
      exit: (code, message) => {
        say((life, now) => withEnd(life, now, { code, message }, clock.now()));
        hasEnded = true;
        ours.program = undefined;
      },
    });
    return {
      term: begun.term,
      kill() {
        hasEnded = true;
        begun.kill();
      },
    };
  }

  return {
    name: 'kubelet',
    concerns: ({ of, key, object, previous }) => {
      if (of === storedAs(kinds.pods)) return [key];
      // A node that comes back, or a volume that is there at last, concerns those that wait for it.
      if (
        of === storedAs(kinds.nodes) ||
        (of === storedAs(kinds.persistentVolumeClaims) && previous !== object)
      ) {
        return objects
          .list(kinds.pods)
          .filter(isWaiting)
          .map(({ metadata }) => keyText(metadata));
      }
      return [];
    },
    look,
    powerOff(node) {
      for (const [key, ours] of held) {
        if (ours.node !== node) continue;
        ours.program?.kill();
        ours.program = undefined;
        const [namespace = '', name = ''] = key.split('/');
        const pod = objects.get(kinds.pods, namespace, name);
        if (pod && ours.life.stage === 'running')
          ours.life = withEnd(ours.life, pod, { code: 255 }, clock.now());
      }
    },
  };
}

/** How long a readiness probe fails before the pod counts as not ready, in milliseconds. */
function patienceOf({ spec }: LivePod): number {
  const { failureThreshold = 3, periodSeconds = 10 } = spec?.containers[0]?.readinessProbe ?? {
    periodSeconds: 0,
  };
  return failureThreshold * periodSeconds * 1000;
}

const isWaiting = ({ spec }: LivePod): boolean => spec?.nodeName === undefined;
const hostIP = (node: string): string => `192.168.0.${Number(/\d+$/.exec(node)?.[0] ?? 0) + 1}`;
