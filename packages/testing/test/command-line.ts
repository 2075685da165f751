import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { helmBinary, kubectlBinary, type HelmMajor } from '@stateful/images';
import { createSeededRandom, systemClock } from '@stateful/reconcile-sdk';
import { createAuthority } from '@stateful/local-cluster';
import { administrator } from '../src/api-server/access/user.ts';
import { createApiServer, kubeconfigFor, type ApiServer } from '../src/api-server/index.ts';
import { runSimulators } from '../src/simulators/index.ts';

const execute = promisify(execFile);
const deadlineMs = 20_000;

/** What a program said, on either stream, and how it ended. */
export interface Said {
  code: number;
  out: string;
}

/** Real programs against an in-process server with simulated workloads. */
export interface CommandLine {
  server: ApiServer;
  /** What a program is started with. */
  env: NodeJS.ProcessEnv;
  /** Runs kubectl and gives what it printed; throws with what it complained about, also after 20 s. */
  kubectl(...args: string[]): Promise<string>;
  helm(major: HelmMajor, ...args: string[]): Promise<string>;
  /** Runs kubectl where it is to fail. */
  refused(...args: string[]): Promise<Said>;
  /** Writes a manifest, or any file, and gives its path. */
  file(name: string, content: string | object): string;
  close(): Promise<void>;
}

/** Whether kubectl and Helm can be had here. Says so loudly when not; where CI=true that is a failure. */
export async function canRunCommandLine(what: string): Promise<boolean> {
  try {
    await Promise.all([kubectlBinary(), helmBinary('3'), helmBinary('4')]);
    return true;
  } catch (cause) {
    const message = `${what} was not tried with kubectl and Helm: they cannot be had`;
    if (process.env['CI'] === 'true') throw new Error(message, { cause });
    console.warn(`SKIPPED: ${message}`, cause);
    return false;
  }
}

/** Starts a server on the clock of this machine; its pods are ready within a moment. */
export async function startCommandLine(): Promise<CommandLine> {
  const token = 'of-the-administrator';
  const folder = mkdtempSync(join(tmpdir(), 'command-line-'));
  const server = createApiServer({
    clock: systemClock,
    random: createSeededRandom(5),
    users: { [token]: administrator },
  });
  const simulation = runSimulators(server, {
    clock: systemClock,
    times: { schedulingMs: 5, pullMs: 20, readyMs: 50, stopMs: 20, runMs: 100, provisionMs: 10 },
  });
  const authority = createAuthority('command-line');
  const certificate = authority.issue({ commonName: 'server', hosts: ['127.0.0.1'] });
  const listening = await server.listen(0, certificate);
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigFor(listening.url, { caPem: authority.certPem, token }));
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    KUBECONFIG: kubeconfig,
    KUBECACHEDIR: join(folder, 'kube-cache'),
  };
  async function run(binary: string, args: readonly string[]): Promise<string> {
    const options = { env, timeout: deadlineMs, maxBuffer: 16 * 2 ** 20 };
    const running = execute(binary, args, options);
    // Who would ask for something is told that nobody answers.
    running.child.stdin?.end();
    const { stdout, stderr } = await running;
    return `${stdout}${stderr}`.trim();
  }
  const kubectl = async (...args: string[]): Promise<string> => await run(await kubectlBinary(), args);
  return {
    server,
    env,
    kubectl,
    helm: async (major, ...args) => await run(await helmBinary(major), args),
    refused: async (...args) =>
      await kubectl(...args).then(
        (out) => {
          throw new Error(`kubectl ${args.join(' ')} was to fail, and said: ${out}`);
        },
        (error: { code: number; stdout: string; stderr: string }) => ({
          code: error.code,
          out: `${error.stdout}${error.stderr}`.trim(),
        }),
      ),
    file(name, content) {
      const path = join(folder, name);
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
      return path;
    },
    async close() {
      simulation.stop();
      await listening.close();
      rmSync(folder, { recursive: true });
    },
  };
}
