import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allPids, readProc } from '../src/process/identity.ts';
import {
  canRunControlPlane,
  firstStartTimeoutMs,
  isWrite,
  startControlPlane,
  type ControlPlane,
} from '../src/index.ts';
import { waitUntil } from '../src/process/wait-until.ts';

const isPossible = await canRunControlPlane('The control plane');

const execute = promisify(execFile);

(isPossible ? describe : describe.skip)('startControlPlane', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane({ auditLog: true });
  }, firstStartTimeoutMs);
  afterAll(() => plane?.stop());

  const kubectl = async (kubeconfig: string, ...args: readonly string[]): Promise<string> => {
    const env = { ...process.env, KUBECONFIG: kubeconfig };
    return (await execute(plane.kubectlPath, args, { env, timeout: 10_000 })).stdout;
  };

  it('stores what is applied and counts who wrote', async () => {
    await kubectl(plane.kubeconfigPath, 'create', 'configmap', 'one', '--from-literal=a=b');
    expect(await kubectl(plane.kubeconfigPath, 'get', 'configmap', 'one', '-o', 'jsonpath={.data.a}')).toBe(
      'b',
    );
    const mine = plane.auditEvents().filter((event) => event.user === 'admin' && event.name === 'one');
    expect(mine.filter(isWrite)).toMatchObject([{ verb: 'create', resource: 'configmaps', code: 201 }]);
    expect(mine.some((event) => event.verb === 'get')).toBe(true);
  });

  it('knows other users, who may do nothing until a role lets them', async () => {
    const kubeconfig = plane.kubeconfigFor('somebody', ['team']);
    await expect(kubectl(kubeconfig, 'get', 'configmaps')).rejects.toThrow('User "somebody" cannot list');
  });

  it('runs beside another one, and leaves no process when its own is killed', async () => {
    const source = `
      import { startControlPlane } from '${new URL('../src/index.ts', import.meta.url).href}';
      const plane = await startControlPlane();
      console.log(plane.kubeconfigPath);
      setInterval(() => undefined, 1000);`;
    const child = spawn(
      process.execPath,
      ['--conditions=@stateful/source', '--input-type=module', '-e', source],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } },
    );
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const dir = line.slice(0, line.indexOf('/pki/'));
    const processesOf = (): number =>
      allPids().filter((pid) => readProc(pid, 'cmdline')?.includes(dir)).length;
    expect(readFileSync(line, 'utf8')).not.toBe(readFileSync(plane.kubeconfigPath, 'utf8'));
    expect(processesOf()).toBe(2);
    child.kill('SIGKILL');
    await waitUntil(() => processesOf() === 0, { what: 'the processes to end', timeoutMs: 5_000 });
  }, 60_000);

  it('says what went wrong', async () => {
    await expect(startControlPlane({ apiServerFlags: ['--no-such-flag'] })).rejects.toThrow(
      /kube-apiserver ended[\s\S]*unknown flag: --no-such-flag/,
    );
  }, 60_000);
});
