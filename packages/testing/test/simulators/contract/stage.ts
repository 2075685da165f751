import { resources, type KubeClient, type Pod, type Resource } from '@stateful/reconcile-sdk';
import { kinds } from '../../../src/simulators/kinds.ts';
import { digest, type Digest } from './digest.ts';

/** Where controllers are tried: a server that they work on, and nobody who runs pods but the scenario. */
export interface Stage {
  readonly client: KubeClient;
  readonly namespace: string;
  /** Until the controllers have nothing left to do. */
  settle(): Promise<void>;
  /** Lets so much time pass. */
  pass(ms: number): Promise<void>;
}

/** What a scenario does: everything that it takes note of is compared. */
export interface Actor extends Stage {
  /** Settles, and writes down what there is. */
  note(what: string): Promise<void>;
  /** As a kubelet: the pods of these names, or all that do not run, run and are ready. */
  run(...names: string[]): Promise<void>;
  /** As a kubelet: a pod runs and is not ready. */
  fail(name: string): Promise<void>;
  /** As a kubelet: pods end. */
  end(code: number, ...names: string[]): Promise<void>;
  podNames(): Promise<string[]>;
}

export interface ControllerScenario {
  readonly name: string;
  play(actor: Actor): Promise<void>;
}

/** What there was after each step. */
export interface Note {
  readonly after: string;
  readonly there: readonly Digest[];
}

const watched: readonly Resource[] = [
  kinds.statefulSets,
  kinds.controllerRevisions,
  kinds.deployments,
  kinds.replicaSets,
  kinds.jobs,
  kinds.cronJobs,
  kinds.pods,
  kinds.persistentVolumeClaims,
  kinds.endpointSlices,
];

/** Plays a scenario and gives what was seen. */
export async function play(stage: Stage, { play: act }: ControllerScenario): Promise<readonly Note[]> {
  const { client, namespace } = stage;
  const notes: Note[] = [];
  const normalize = digest(namespace);
  const pods = async (): Promise<Pod[]> => (await client.list(resources.pods, { namespace })).items;
  const write = (pod: Pod, status: object): Promise<unknown> =>
    client.mergePatch(
      resources.pods,
      { namespace, name: pod.metadata?.name ?? '' },
      { status },
      { subresource: 'status' },
    );
  const chosen = async (names: readonly string[]): Promise<Pod[]> =>
    (await pods()).filter(({ metadata, status }) =>
      names.length > 0 ? names.includes(metadata?.name ?? '') : (status?.phase ?? 'Pending') === 'Pending',
    );
  await client.create(resources.namespaces, { metadata: { name: namespace } });
  await act({
    ...stage,
    async note(what) {
      await stage.settle();
      const found = await Promise.all(
        watched.map(async (resource) =>
          (await client.list(resource, { namespace })).items.map((object) => ({ resource, object })),
        ),
      );
      notes.push({ after: what, there: normalize(found.flat()) });
    },
    async run(...names) {
      for (const pod of await chosen(names))
        await write(pod, { phase: 'Running', conditions: [ready('True')], ...address });
    },
    async fail(name) {
      for (const pod of await chosen([name]))
        await write(pod, { phase: 'Running', conditions: [ready('False')] });
    },
    async end(code, ...names) {
      for (const pod of await chosen(names)) {
        const [container] = pod.spec?.containers ?? [];
        const terminated = {
          exitCode: code,
          reason: code === 0 ? 'Completed' : 'Error',
          finishedAt: new Date(0).toISOString().replace('.000', ''),
        };
        const state = {
          name: container?.name,
          image: container?.image,
          imageID: '',
          ready: false,
          restartCount: 0,
          state: { terminated },
        };
        await write(pod, {
          phase: code === 0 ? 'Succeeded' : 'Failed',
          conditions: [ready('False')],
          containerStatuses: [state],
        });
      }
    },
    podNames: async () => (await pods()).map(({ metadata }) => metadata?.name ?? ''),
  });
  return notes;
}

const ready = (status: string) => ({ type: 'Ready', status, lastTransitionTime: '2020-01-01T00:00:00Z' });
const address = { podIP: '10.1.2.3', podIPs: [{ ip: '10.1.2.3' }] };
