import { type Store } from '@stateful/backup-store-api';
import { type EtcdCluster } from '@stateful/etcd-backup-api';
import { type ObjectStore } from '@stateful/object-store';
import {
  operation,
  type Act,
  type Answer,
  type Clock,
  type KubeClient,
  type OperationDefinition,
  type StepDefinition,
} from '@stateful/reconcile-sdk';
import { type OpenMembers } from '../../../ports/members.ts';
import { type OpenStore } from '../../../ports/stores.ts';
import { asJson } from '../../etcd-backup/captured.ts';
import { isSavedBefore } from '../before-state.ts';
import { drillImageOf, type Images } from '../children.ts';
import { restoreFailed } from '../failure.ts';
import { isComplete, outcomeOf, type JobVerb } from '../member-jobs.ts';
import { isStopped, newClusterOf, targetOf, type View } from '../view.ts';
import { backUpBefore } from './before.ts';
import { check } from './check.ts';
import { compare } from './compare.ts';
import { inspect } from './inspect.ts';
import { drillKind, restoreKind } from './kinds.ts';
import { scale } from './scale.ts';
import { select } from './select.ts';

export interface RestoreOptions extends Images {
  readonly client: KubeClient;
  readonly openStore: OpenStore;
  readonly openMembers: OpenMembers;
  readonly clock: Clock;
}

const hourMs = 3_600_000;
/** How long the new cluster may take until a quorum serves; then the old one does again. */
const compareMs = hourMs / 2;

/** The steps that are the same wherever it is restored to: nothing but reading. */
function reading(options: RestoreOptions): StepDefinition<View>[] {
  const open = (view: View, signal: AbortSignal) => (store: Store) =>
    options.openStore(view.namespace, store, signal);
  return [
    {
      name: 'select',
      done: (_, { result }) => result !== undefined,
      act: async (view, { signal }) => {
        if (options.agentImage === undefined) {
          throw restoreFailed(
            'AgentImageUnknown',
            'the operator was not told its own image, which holds the agent: start it with --agent-image',
          );
        }
        return asJson(await select(view, open(view, signal), signal));
      },
    },
    {
      name: 'check',
      done: (_, { result }) => result !== undefined,
      timeoutMs: 24 * hourMs,
      act: async (view, { signal }) => {
        const store: ObjectStore = await open(view, signal)(view.results.select!.store);
        try {
          return asJson(await check(view, store, signal));
        } finally {
          store.close();
        }
      },
    },
  ];
}

/** A throwaway cluster is made of it, by one Job. */
export const drillOperation = (options: RestoreOptions): OperationDefinition<View> =>
  operation<View>({
    kind: drillKind,
    steps: [
      ...reading(options),
      {
        name: 'drill',
        done: (_, { result }) => result !== undefined,
        repeatMs: 5_000,
        act: (view) => {
          if (drillImageOf(view, options) === undefined) {
            throw restoreFailed(
              'EtcdVersionUnknown',
              'nothing tells which etcd to drill with: set spec.drill.image',
            );
          }
          const outcome = outcomeOf(view, 'drill', '');
          if (outcome === 'absent' || outcome.state === 'Running' || outcome.state === 'Unknown') {
            return Promise.resolve();
          }
          if (outcome.state === 'Failed') throw restoreFailed(outcome.code, outcome.message);
          const { clusterID, revision, hashKV } = outcome.results['compare'] ?? {};
          return Promise.resolve(asJson({ clusterID, revision, hashKV }));
        },
      },
    ],
  });

/**
 * A cluster is restored onto volumes. Until `stop` nothing is touched; until `finish` everything can be taken back, and is when
 * anything fails: the old members never run beside new ones, and their data stays until the new cluster has been looked at.
 */
export function restoreOperation(options: RestoreOptions): OperationDefinition<View> {
  const { client, clock } = options;
  const isInPlace = ({ spec }: View): boolean => spec.mode === 'InPlace';
  const openMembers = (view: View, signal: AbortSignal) => (cluster: EtcdCluster) =>
    options.openMembers(view.namespace, cluster, signal);
  const scaleTo =
    (replicas: (view: View) => number): Act<View> =>
    async (view, { signal, attempt }) => {
      const { workloadRef } = targetOf(view.spec);
      if (!workloadRef) return;
      await scale(
        client,
        view.namespace,
        workloadRef,
        { replicas: replicas(view), wasAsked: attempt > 1 && replicas(view) === 0 },
        signal,
      );
    };
  /** While volumes are worked on nothing may come up, and a Job that has failed for good ends it. */
  const heldDown =
    (verb: JobVerb): Act<View> =>
    async (view, call) => {
      for (const { name: member } of targetOf(view.spec).members) {
        const outcome = outcomeOf(view, verb, member);
        if (outcome !== 'absent' && outcome.state === 'Failed') {
          throw restoreFailed(outcome.code, `member ${member}: ${outcome.message}`);
        }
      }
      // It was scaled down before: whoever scales it up again is told of at once.
      await scaleTo(() => 0)(view, { ...call, attempt: 2 });
    };
  const all =
    (verb: JobVerb) =>
    (view: View): Answer =>
      targetOf(view.spec).members.every(({ name }) => isComplete(view, verb, name));
  const [selectStep, checkStep] = reading(options) as [StepDefinition<View>, StepDefinition<View>];
  const looked = (name: 'inspect' | 'mark'): StepDefinition<View> => ({
    name,
    done: (_, { result }) => result !== undefined,
    timeoutMs: 60_000,
    act: async (view, { signal }) =>
      asJson(await inspect(view, { client, clock, signal, openMembers: openMembers(view, signal) })),
  });
  /** As many as there were; as many as there are members where it stood still. */
  const replicasAfter = ({ spec, results }: View): number =>
    results.mark?.replicas || targetOf(spec).members.length;
  const replicasBefore = ({ results }: View): number => results.mark?.replicas ?? 0;
  const isScaled =
    (replicas: (view: View) => number) =>
    (view: View): Answer => {
      const { workload } = view;
      if (workload === 'unknown') return 'unknown';
      return typeof workload !== 'object' || workload.wanted === replicas(view);
    };

  return operation<View>({
    kind: restoreKind,
    steps: [
      selectStep,
      looked('inspect'),
      checkStep,
      {
        name: 'back-up',
        done: isSavedBefore,
        repeatMs: 5_000,
        pollMs: 2_000,
        act: (view, { signal }) => backUpBefore(view, client, signal),
      },
      looked('mark'),
      {
        name: 'stop',
        done: isStopped,
        repeatMs: 10_000,
        pollMs: 2_000,
        act: scaleTo(() => 0),
        undo: { done: isScaled(replicasBefore), act: scaleTo(replicasBefore) },
      },
      {
        name: 'materialize',
        done: all('materialize'),
        repeatMs: 10_000,
        pollMs: 2_000,
        act: heldDown('materialize'),
        // Takes back the swap too: the agent looks how far it had come.
        undo: { done: all('back'), act: heldDown('back') },
      },
      {
        name: 'swap',
        done: all('swap'),
        repeatMs: 10_000,
        pollMs: 2_000,
        act: heldDown('swap'),
      },
      {
        name: 'start',
        done: (view) => view.spec.mode === 'Materialize' || isScaled(replicasAfter)(view),
        repeatMs: 10_000,
        pollMs: 2_000,
        act: scaleTo(replicasAfter),
        undo: { done: isStopped, act: scaleTo(() => 0) },
      },
      {
        name: 'compare',
        done: (_, { result }) => result !== undefined,
        deadlineMs: compareMs,
        timeoutMs: 60_000,
        repeatMs: 5_000,
        act: async (view, { signal }) => {
          const cluster = view.spec.mode === 'Materialize' ? undefined : newClusterOf(view);
          if (!cluster)
            return asJson({ skipped: 'nothing tells how the members are reached (target.cluster)' });
          const members = await openMembers(view, signal)(cluster);
          try {
            return asJson(await compare(view, members, signal));
          } finally {
            for (const member of members) member.close();
          }
        },
      },
      {
        name: 'finish',
        pointOfNoReturn: true,
        done: (view) => !isInPlace(view) || view.spec.oldData === 'Keep' || all('forget')(view),
        pollMs: 2_000,
      },
    ],
  });
}
