import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tryRun } from './process/run.ts';

export type CollectInput = {
  readonly dir: string;
  /** kubectl and its leading arguments. */
  readonly command: readonly string[];
  readonly kubeconfigPath: string;
  /** For all of it. */
  readonly timeoutMs?: number;
};

type Question = { readonly file: string; readonly args: readonly string[] };

const questions: readonly Question[] = [
  { file: 'nodes.txt', args: ['get', 'nodes', '-o', 'wide'] },
  { file: 'all.txt', args: ['get', 'all,pvc,endpointslices,leases,configmaps', '-A', '-o', 'wide'] },
  { file: 'volumes.txt', args: ['get', 'pv,storageclasses', '-o', 'wide'] },
  { file: 'events.txt', args: ['get', 'events', '-A', '--sort-by=.lastTimestamp'] },
  { file: 'pods.yaml', args: ['get', 'pods', '-A', '-o', 'yaml'] },
  { file: 'describe-pods.txt', args: ['describe', 'pods', '-A'] },
  { file: 'describe-nodes.txt', args: ['describe', 'nodes'] },
  { file: 'crds.txt', args: ['get', 'crds'] },
];

const atOnce = 4;
const eachMs = 15_000;

type PodList = {
  readonly items: readonly {
    readonly metadata: { readonly namespace: string; readonly name: string };
    readonly spec: {
      readonly containers: readonly { readonly name: string }[];
      readonly initContainers?: readonly { readonly name: string }[];
    };
    readonly status?: {
      readonly containerStatuses?: readonly { readonly name: string; readonly restartCount: number }[];
    };
  }[];
};

/** Writes what Kubernetes knows into a folder. What cannot be had in time is noted there; this never fails. */
export async function collectLogs(input: CollectInput): Promise<void> {
  const { dir, command, kubeconfigPath, timeoutMs = 80_000 } = input;
  const deadline = performance.now() + timeoutMs;
  const [program = 'kubectl', ...first] = command;
  mkdirSync(dir, { recursive: true });

  const ask = async (args: readonly string[]): Promise<string> => {
    const left = Math.min(eachMs, deadline - performance.now());
    if (left <= 0) return 'not asked: time was up';
    const env = { KUBECONFIG: kubeconfigPath };
    const result = await tryRun(program, [...first, ...args], { env, timeoutMs: left }).catch(
      (error: unknown) => ({ stdout: '', stderr: String(error) }),
    );
    return `${result.stdout}${result.stderr}`;
  };
  const askAll = async (list: readonly Question[]): Promise<void> => {
    const waiting = [...list];
    const worker = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        writeFileSync(join(dir, next.file), await ask(next.args));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  };

  await askAll(questions);
  await askAll(podLogQuestions(parsePods(await ask(['get', 'pods', '-A', '-o', 'json']))));
}

function parsePods(text: string): PodList {
  try {
    return JSON.parse(text) as PodList;
  } catch {
    return { items: [] };
  }
}

/** The log of each container, and of its life before when it was restarted. */
export function podLogQuestions({ items }: PodList): readonly Question[] {
  return items.flatMap(({ metadata: { namespace, name }, spec, status }) =>
    [...(spec.initContainers ?? []), ...spec.containers].flatMap((container) => {
      const file = `${namespace}.${name}.${container.name}`;
      const args = ['logs', '-n', namespace, name, '-c', container.name, '--timestamps', '--tail=5000'];
      const known = status?.containerStatuses?.find((candidate) => candidate.name === container.name);
      const now = { file: `${file}.log`, args };
      const before = { file: `${file}.previous.log`, args: [...args, '--previous'] };
      return (known?.restartCount ?? 0) > 0 ? [now, before] : [now];
    }),
  );
}
