import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LivePod } from '@stateful/testing';
import { expandVariables, rewriteHosts, rewritePaths } from './pod-runner-rewrite.ts';
import { mappingsOf, type ReadData } from './pod-runner-volumes.ts';

type PodSpec = NonNullable<LivePod['spec']>;
export type ContainerSpec = PodSpec['containers'][number];
export type ContainerStatus = NonNullable<NonNullable<LivePod['status']>['containerStatuses']>[number];
export type ContainerState = NonNullable<ContainerStatus['state']>;

/** What a container is run with. */
export interface ContainerSurroundings {
  readonly pod: LivePod;
  readonly address: string;
  readonly folder: string;
  readonly volumes: ReadonlyMap<string, string>;
  readonly read: ReadData;
  /** The words in place of the first ones of a command: `etcd`, `node /opt/stateful/agent.mjs`. */
  readonly commands: Readonly<Record<string, readonly string[]>>;
  readonly addressOf: (pod: string, service: string) => string | undefined;
}

export interface RunningContainer {
  /** As the kernel does it: all that the container has started is told. */
  signal(signal: NodeJS.Signals): void;
  readonly startedAt: string;
  /** Answers its end, as a kubelet writes it. */
  readonly ended: Promise<ContainerState & { terminated: NonNullable<ContainerState['terminated']> }>;
}

const mostMessageBytes = 4096;

/** Starts a container's program on this machine: it ends with this process. */
export function startContainer(spec: ContainerSpec, around: ContainerSurroundings): RunningContainer {
  const { pod, address, folder, volumes, addressOf } = around;
  const tmp = join(folder, 'tmp', spec.name);
  mkdirSync(tmp, { recursive: true });
  const terminationLog = join(folder, `termination-${spec.name}`);
  writeFileSync(terminationLog, '');
  const log = join(folder, `${spec.name}.log`);
  const mappings = mappingsOf(spec, volumes, { terminationLog, tmp });
  const given = envOf(spec, around);
  const words = [...(spec.command ?? []), ...(spec.args ?? [])].map((word) =>
    rewriteHosts(expandVariables(word, given), address, addressOf),
  );
  // What stands in place of a program is a path of this machine already.
  const [file = '', ...args] = inPlace(
    words.map((word) => rewritePaths(word, mappings)),
    around.commands,
  );
  const env = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, rewritePaths(value, mappings)]),
  );
  const startedAt = secondsText();
  const output = openSync(log, 'a');
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', file, ...args], {
    cwd: tmp,
    // A group of its own, which stands for the container: with its first process all others end.
    detached: true,
    stdio: ['ignore', output, output],
    env: { PATH: process.env['PATH'], HOME: tmp, TMPDIR: tmp, HOSTNAME: pod.metadata.name, ...env },
  });
  closeSync(output);
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  const ended: RunningContainer['ended'] = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, killedBy) => {
      signal('SIGKILL');
      const exitCode = code ?? (killedBy === 'SIGKILL' ? 137 : 143);
      let message = readFileSync(terminationLog, 'utf8').slice(-mostMessageBytes);
      const isTakenFromLog = spec.terminationMessagePolicy === 'FallbackToLogsOnError' && exitCode !== 0;
      if (message === '' && isTakenFromLog) message = readFileSync(log, 'utf8').slice(-2048);
      resolve({
        terminated: {
          exitCode,
          reason: exitCode === 0 ? 'Completed' : 'Error',
          ...(message === '' ? {} : { message }),
          startedAt,
          finishedAt: secondsText(),
        },
      });
    });
  });
  return { signal, startedAt, ended };
}

/** Now, as the API writes it. */
const secondsText = (): string => new Date().toISOString().replace(/\.\d+Z/, 'Z');

/** The program of this machine for the first words of a command. */
function inPlace(words: readonly string[], commands: ContainerSurroundings['commands']): readonly string[] {
  for (const length of [2, 1]) {
    const found = commands[words.slice(0, length).join(' ')];
    if (found) return [...found, ...words.slice(length)];
  }
  throw new Error(`the pod runner has no program for ${words.slice(0, 2).join(' ')}: give it in commands`);
}

function envOf(
  { env = [] }: ContainerSpec,
  { pod, address, read }: ContainerSurroundings,
): Record<string, string> {
  const namespace = pod.metadata.namespace ?? '';
  const made: Record<string, string> = {};
  for (const { name, value, valueFrom } of env) {
    if (!valueFrom) made[name] = expandVariables(value ?? '', made);
    else if (valueFrom.fieldRef) made[name] = fieldOf(pod, address, valueFrom.fieldRef.fieldPath);
    else {
      const of = valueFrom.secretKeyRef ?? valueFrom.configMapKeyRef;
      const data = of && read(valueFrom.secretKeyRef ? 'Secret' : 'ConfigMap', namespace, of.name ?? '');
      const found = data?.[of?.key ?? ''];
      if (found) made[name] = found.toString('utf8');
      else if (!of?.optional) throw new Error(`${of?.name} has no key ${of?.key} for variable ${name}`);
    }
  }
  return made;
}

function fieldOf({ metadata }: LivePod, address: string, path: string): string {
  const fields: Record<string, string | undefined> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'status.podIP': address,
  };
  const label = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (label) return metadata[label[1] as 'labels' | 'annotations']?.[label[2] ?? ''] ?? '';
  const value = fields[path];
  if (value === undefined) throw new Error(`the pod runner does not know field ${path}`);
  return value;
}
