import { annotations, group, labels, version, type LastBackup } from '@stateful/postgres-api';
import {
  kubeTime,
  resources,
  type Clock,
  type Job,
  type OwnerReference,
  type Pod,
  type Random,
} from '@stateful/reconcile-sdk';
import {
  type ApiServer,
  type Container,
  type LivePod,
  type Objects,
  type Program,
  type StartProgram,
} from '@stateful/testing';
import { createAgentApi, type AgentApi } from './agent-api.ts';
import { emptyDisk, type Disk } from './disk.ts';
import { createEnsemble, usualAgentTimes, type AgentTimes, type Ensemble, type Member } from './ensemble.ts';

export interface AgentsOptions {
  readonly server: Pick<ApiServer, 'ask' | 'store'>;
  /** Of the simulators; there once they run. */
  readonly objects: () => Objects;
  readonly clock: Clock;
  readonly random: Random;
  readonly times?: Partial<AgentTimes>;
}

/** The agents of all clusters, as programs of their pods. */
export interface Agents {
  /** What runs in a pod of a PostgresCluster; undefined for other pods. */
  program(pod: LivePod): StartProgram | undefined;
  /** By NAMESPACE/CLUSTER. */
  readonly ensembles: ReadonlyMap<string, Ensemble>;
  /** What must never happen, and did: two primaries, requests that were refused. */
  readonly violations: readonly string[];
  /** Lets every backup fail with a text, or none. */
  failBackups(error: string | undefined): void;
  stop(): void;
}

export function simulateAgents(options: AgentsOptions): Agents {
  const { server, clock, random } = options;
  const times = { ...usualAgentTimes, ...options.times };
  const ensembles = new Map<string, Ensemble & { api: AgentApi }>();
  /** By the UID of the claim: a claim that is made anew is empty. */
  const disks = new Map<string, Disk>();
  const violations: string[] = [];
  let backupError: string | undefined;
  const onViolation = (what: string): void => void violations.push(`${kubeTime(clock.now())} ${what}`);

  function ensembleOf(pod: LivePod): Ensemble & { api: AgentApi } {
    const { namespace = '' } = pod.metadata;
    const [cluster, uid] = [environmentOf(pod, 'CLUSTER_NAME'), environmentOf(pod, 'CLUSTER_UID')];
    const key = `${namespace}/${cluster} ${uid}`;
    const held = ensembles.get(key);
    if (held) return held;
    const owner: OwnerReference = {
      apiVersion: `${group}/${version}`,
      kind: 'PostgresCluster',
      name: cluster,
      uid,
    };
    const api = createAgentApi({
      server,
      namespace,
      cluster,
      owner,
      now: () => clock.now(),
      onRefused: (what) => onViolation(`refused: ${what}`),
    });
    const made = { ...createEnsemble({ cluster, api, clock, random, times, onViolation }), api };
    ensembles.set(key, made);
    return made;
  }

  const unsubscribe = server.store.onChange(({ of, object }) => {
    const what = { 'leases.coordination.k8s.io': 1, 'configmaps.': 1, 'pods.': 1 }[of];
    const cluster = object.metadata.labels?.[labels.cluster];
    if (what === undefined || cluster === undefined) return;
    const prefix = `${object.metadata.namespace ?? ''}/${cluster} `;
    for (const [key, ensemble] of ensembles) if (key.startsWith(prefix)) ensemble.wake();
    if (of === 'pods.') answerLater(object);
  });

  /** A primary that is asked for a backup makes it, and writes the answer beside the request. */
  const answering = new Set<string>();
  function answerLater(pod: Pod): void {
    const { name = '', uid = '', annotations: notes = {} } = pod.metadata ?? {};
    const request = parsed<{ id: string; job: string }>(notes[annotations.backupRequest]);
    const given = parsed<{ id: string }>(notes[annotations.backupResult]);
    if (!request || given?.id === request.id || answering.has(`${uid} ${request.id}`)) return;
    answering.add(`${uid} ${request.id}`);
    const startedAt = kubeTime(clock.now());
    const { api, members } = ensembleOf(pod as LivePod);
    clock.setTimer(times.backupMs, () => {
      answering.delete(`${uid} ${request.id}`);
      const member = members.get(name);
      if (member?.podUid !== uid || member.server !== 'primary') return;
      const backup: LastBackup = {
        id: request.job,
        startedAt,
        finishedAt: kubeTime(clock.now()),
        ...(backupError === undefined
          ? { state: 'Succeeded', label: `${startedAt}F`, sizeBytes: 1_000_000 }
          : { state: 'Failed', error: backupError }),
      };
      const answer = JSON.stringify({ id: request.id, backup });
      api.annotate(resources.pods, name, uid, { annotations: { [annotations.backupResult]: answer } });
    });
  }

  /** An instance: its Postgres, and the agent beside it. */
  const instance: StartProgram = (container) => {
    const { pod } = container;
    const ensemble = ensembleOf(pod);
    const member: Member = {
      name: pod.metadata.name,
      podUid: pod.metadata.uid,
      address: pod.status?.podIP ?? '',
      disk: diskOf(pod),
      server: 'down',
      following: undefined,
      busyUntil: 0,
      stopping: false,
      labelled: pod.metadata.labels?.[labels.role],
      ready: container.ready,
      exit: container.exit,
    };
    ensemble.join(member);
    return { term: () => ensemble.terminate(member), kill: () => ensemble.leave(member) };
  };

  function diskOf(pod: LivePod): Disk {
    const claim =
      pod.spec?.volumes?.find(({ name }) => name === 'data')?.persistentVolumeClaim?.claimName ?? '';
    const uid = options.objects().get(resources.persistentVolumeClaims, pod.metadata.namespace, claim)
      ?.metadata.uid;
    const disk = disks.get(uid ?? pod.metadata.uid) ?? emptyDisk();
    disks.set(uid ?? pod.metadata.uid, disk);
    return disk;
  }

  /** The pod of a backup Job: asks the primary, waits for its answer, writes the result on the Job. */
  const backup: StartProgram = (container) =>
    runBackup(container, options.objects(), ensembleOf(container.pod).api, clock);

  return {
    program(pod) {
      const [first] = pod.spec?.containers ?? [];
      if (!first || environmentOf(pod, 'CLUSTER_UID') === '') return undefined;
      return first.args?.[0] === 'backup' ? backup : instance;
    },
    ensembles,
    violations,
    failBackups: (error) => void (backupError = error),
    stop() {
      unsubscribe();
      for (const ensemble of ensembles.values()) ensemble.stop();
    },
  };
}

const environmentOf = ({ spec }: LivePod, name: string): string =>
  spec?.containers[0]?.env?.find((each) => each.name === name)?.value ?? '';

function parsed<T>(text: string | undefined): T | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

/** How often a backup's pod looks, in milliseconds. */
const lookMs = 1_000;

function runBackup({ pod, exit }: Container, objects: Objects, api: AgentApi, clock: Clock): Program {
  const { namespace = '' } = pod.metadata;
  const name = pod.metadata.labels?.['batch.kubernetes.io/job-name'] ?? '';
  let asked = '';
  let timer = clock.setTimer(lookMs, look);
  function again(): void {
    timer = clock.setTimer(lookMs, look);
  }
  function look(): void {
    const job: Job | undefined = objects.get(resources.jobs, namespace, name);
    const { uid = '', annotations: notes = {} } = job?.metadata ?? {};
    if (parsed<LastBackup>(notes[annotations.backupResult])?.state === 'Succeeded') return exit(0);
    const primary = api.lease()?.holder;
    const target = primary === undefined ? undefined : objects.get(resources.pods, namespace, primary);
    if (!target) return again();
    const { uid: targetUid, annotations: answers = {} } = target.metadata;
    const answer = parsed<{ id: string; backup: LastBackup }>(answers[annotations.backupResult]);
    if (answer?.id === uid) {
      const result = JSON.stringify(answer.backup);
      if (
        !api.annotate(
          resources.jobs,
          name,
          uid,
          { annotations: { [annotations.backupResult]: result } },
          'backup',
        )
      )
        return again();
      return exit(answer.backup.state === 'Succeeded' ? 0 : 1, answer.backup.error);
    }
    if (asked !== targetUid) {
      const request = JSON.stringify({ id: uid, job: name });
      const change = { annotations: { [annotations.backupRequest]: request } };
      if (api.annotate(resources.pods, target.metadata.name, targetUid, change, 'backup')) asked = targetUid;
    }
    again();
  }
  return { term: () => exit(143), kill: () => timer.cancel() };
}
