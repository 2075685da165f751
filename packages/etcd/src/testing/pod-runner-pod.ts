import { type Program, type StartProgram, type ToldStatuses } from '@stateful/testing';
import { isReady } from './pod-runner-probe.ts';
import {
  startContainer,
  type ContainerSpec,
  type ContainerState,
  type ContainerStatus,
  type ContainerSurroundings,
  type RunningContainer,
} from './pod-runner-container.ts';

/** Called before a container is started: what it waits for. */
export type BeforeStart = (pod: string, container: string) => Promise<void> | void;

/** The running containers of a pod, by name. */
export type Containers = Map<string, RunningContainer>;

/** A sidecar, as Kubernetes calls an init container that goes on. */
const isSidecar = ({ restartPolicy }: ContainerSpec): boolean => restartPolicy === 'Always';
const restartMs = 500;
const graceMs = 2_000;

/** Runs all containers of a pod as a kubelet does: init containers one after the other, sidecars beside, then the others. */
export function runPod(
  { pod, ready, exit, tell }: Parameters<StartProgram>[0],
  prepare: () => ContainerSurroundings,
  { running, before }: { running: Containers; before: BeforeStart },
): Program {
  const spec = pod.spec!;
  const inits = spec.initContainers ?? [];
  const policy = spec.restartPolicy ?? 'Always';
  const states = new Map<string, { state: ContainerState; restarts: number }>();
  const waiting = (reason: string): ContainerState => ({ waiting: { reason } });
  for (const { name } of [...inits, ...spec.containers])
    states.set(name, { state: waiting('PodInitializing'), restarts: 0 });
  let around: ContainerSurroundings;
  let isGoing = false;
  let isOver = false;
  let isInitialized = inits.length === 0;
  let probe: NodeJS.Timeout | undefined;

  const statusOf = ({ name, image = '' }: ContainerSpec): ContainerStatus => {
    const { state, restarts } = states.get(name)!;
    return {
      ...{ name, image, imageID: `sha256:${image}`, restartCount: restarts, state },
      ready: state.running !== undefined || state.terminated?.exitCode === 0,
      started: state.running !== undefined,
    };
  };
  const say = (): void => {
    if (isOver) return;
    const told: ToldStatuses = {
      initContainerStatuses: inits.map(statusOf),
      containerStatuses: spec.containers.map(statusOf),
      isInitialized,
    };
    tell(told);
  };
  const become = (name: string, state: ContainerState, restarts = states.get(name)!.restarts): void => {
    states.set(name, { state, restarts });
    say();
  };

  /** One run of a container to its end. */
  async function once(container: ContainerSpec): Promise<number> {
    await before(pod.metadata.name, container.name);
    if (isOver || isGoing) return 137;
    const begun = startContainer(container, around);
    running.set(container.name, begun);
    become(container.name, { running: { startedAt: begun.startedAt } });
    const state = await begun.ended;
    running.delete(container.name);
    become(container.name, state);
    return state.terminated.exitCode;
  }

  /** Runs it until it may rest: its last exit code. */
  async function toItsEnd(
    container: ContainerSpec,
    restart: 'Always' | 'OnFailure' | 'Never',
  ): Promise<number> {
    for (;;) {
      const code = await once(container);
      if (isOver || isGoing || restart === 'Never' || (restart === 'OnFailure' && code === 0)) return code;
      await new Promise((resolve) => setTimeout(resolve, restartMs));
      if (isOver || isGoing) return code;
      become(container.name, waiting('CrashLoopBackOff'), states.get(container.name)!.restarts + 1);
    }
  }

  async function run(): Promise<{ code: number; message?: string | undefined }> {
    around = prepare();
    for (const container of inits) {
      if (isSidecar(container)) {
        void toItsEnd(container, 'Always').catch(fail);
        while (!isOver && !running.has(container.name))
          await new Promise((resolve) => setTimeout(resolve, 10));
        await hasStarted(container);
        continue;
      }
      const code = await toItsEnd(container, policy === 'Never' ? 'Never' : 'OnFailure');
      if (code !== 0) return { code, message: states.get(container.name)?.state.terminated?.message };
    }
    isInitialized = true;
    say();
    watchReadiness();
    const codes = await Promise.all(
      spec.containers.map((container) => toItsEnd(container, policy as 'Always' | 'OnFailure' | 'Never')),
    );
    const failed = codes.findIndex((code) => code !== 0);
    const said = states.get(spec.containers[Math.max(0, failed)]!.name)?.state.terminated?.message;
    return { code: codes[failed] ?? 0, message: said };
  }

  async function hasStarted({ startupProbe }: ContainerSpec): Promise<void> {
    while (startupProbe && !isOver && !(await isReady(startupProbe, around.address)))
      await new Promise((resolve) => setTimeout(resolve, 100));
  }

  /** Ready when all containers run and their probes say so. */
  function watchReadiness(): void {
    let told: boolean | undefined;
    const look = async (): Promise<void> => {
      const all = await Promise.all(
        spec.containers.map(
          async ({ name, readinessProbe }) =>
            running.has(name) && (!readinessProbe || (await isReady(readinessProbe, around.address))),
        ),
      );
      const now = all.every(Boolean);
      if (isOver) return;
      if (now !== told) ready((told = now));
      probe = setTimeout(() => void look(), 200);
    };
    void look();
  }

  async function end(code: number, message: string | undefined): Promise<void> {
    if (isOver) return;
    clearTimeout(probe);
    // Sidecars end after all others.
    const sidecars = [...running.values()];
    for (const { signal } of sidecars) signal('SIGTERM');
    const late = setTimeout(() => sidecars.forEach(({ signal }) => signal('SIGKILL')), graceMs);
    await Promise.all(sidecars.map(({ ended }) => ended));
    clearTimeout(late);
    await Promise.resolve();
    say();
    isOver = true;
    exit(code, message);
  }
  const fail = (error: unknown): void => {
    // What a kubelet calls CreateContainerConfigError: it is shown, and the pod does not get on.
    if (isOver) return;
    const text = error instanceof Error ? error.message : String(error);
    for (const [name, { state }] of states)
      if (state.waiting) become(name, { waiting: { reason: 'CreateContainerConfigError', message: text } });
  };
  say();
  run().then(({ code, message }) => end(code, message), fail);

  return {
    term() {
      isGoing = true;
      running.forEach(({ signal }) => signal('SIGTERM'));
      if (running.size === 0) void end(143, undefined);
    },
    kill() {
      isOver = true;
      clearTimeout(probe);
      running.forEach(({ signal }) => signal('SIGKILL'));
    },
  };
}
