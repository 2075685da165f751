import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canRunCommandLine, startCommandLine, type CommandLine } from '../command-line.ts';

const canRun = await canRunCommandLine('The in-process server');
const operatorChart = join(import.meta.dirname, '../../../../charts/postgres-operator');

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: { app: {{ .Release.Name }} } }
  template:
    metadata: { labels: { app: {{ .Release.Name }} } }
    spec:
      containers: [{ name: main, image: "example:{{ .Values.version }}" }]
`;
const job = `apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-before
  annotations: { helm.sh/hook: pre-upgrade, helm.sh/hook-delete-policy: before-hook-creation }
spec:
  template:
    spec: { restartPolicy: Never, containers: [{ name: main, image: example }] }
`;

interface Release {
  name: string;
  revision: string;
  status: string;
}

(canRun ? describe : describe.skip).each(['4', '3'] as const)('Helm %s on the in-process server', (major) => {
  let line: CommandLine;
  const helm = (...args: string[]): Promise<string> => line.helm(major, ...args);
  const releases = async (): Promise<Release[]> =>
    JSON.parse(await helm('list', '-A', '-o', 'json')) as Release[];
  const image = (): Promise<string> =>
    line.kubectl('get', 'deploy', 'web', '-o', 'jsonpath={.spec.template.spec.containers[0].image}');
  beforeAll(async () => {
    line = await startCommandLine();
    line.file('chart/Chart.yaml', 'apiVersion: v2\nname: web\nversion: 1.0.0\n');
    line.file('chart/values.yaml', 'replicas: 2\nversion: one\n');
    line.file('chart/templates/job.yaml', job);
  }, 600_000);
  afterAll(() => line.close());

  it('installs a small chart and waits for it, changes it, takes the change back, removes it', async () => {
    const chart = join(line.file('chart/templates/deployment.yaml', deployment), '../..');
    expect(await helm('install', 'web', chart, '--wait', '--timeout=15s')).toContain('STATUS: deployed');
    expect(await line.kubectl('get', 'deploy', 'web')).toMatch(/^web +2\/2 /m);
    expect(await line.kubectl('get', 'secret', '-l', 'owner=helm')).toMatch(
      /^sh\.helm\.release\.v1\.web\.v1 +helm\.sh\/release\.v1 +1 /m,
    );
    expect(await helm('upgrade', 'web', chart, '--set=version=two', '--wait', '--timeout=15s')).toContain(
      'REVISION: 2',
    );
    expect(await image()).toBe('example:two');
    expect(await line.kubectl('get', 'job', 'web-before')).toContain('Complete');
    await helm('rollback', 'web', '1', '--wait', '--timeout=15s');
    expect(await image()).toBe('example:one');
    expect(await helm('history', 'web')).toMatch(/^3\s.*deployed/m);
    expect(await helm('status', 'web')).toContain('REVISION: 3');
    expect(await releases()).toMatchObject([{ name: 'web', revision: '3', status: 'deployed' }]);
    await helm('uninstall', 'web', '--wait', '--timeout=15s');
    expect(await releases()).toEqual([]);
    // The pod of the hook's Job is the Job's own.
    await line.kubectl('wait', 'pods', '-l', 'app=web', '--for=delete', '--timeout=15s');
    expect(await line.kubectl('get', 'deploy,rs', '-o', 'name')).toBe('');
  }, 120_000);

  it('does not call an installation done that never becomes ready', async () => {
    const chart = join(line.file('chart/templates/deployment.yaml', deployment), '../..');
    // Nobody can place a pod without nodes that take any.
    for (const node of ['node-0', 'node-1', 'node-2']) await line.kubectl('cordon', node);
    await expect(helm('install', 'stuck', chart, '--wait', '--timeout=2s')).rejects.toThrow(
      /deadline|timed? ?out|not ready/i,
    );
    expect(await releases()).toMatchObject([{ name: 'stuck', status: 'failed' }]);
    for (const node of ['node-0', 'node-1', 'node-2']) await line.kubectl('uncordon', node);
    await helm('uninstall', 'stuck');
  }, 120_000);

  it("installs this repository's Postgres operator, its CRDs and roles, and leaves the data's CRDs behind", async () => {
    const at = ['--namespace=ops'];
    const installed = await helm(
      'install',
      'pg',
      operatorChart,
      ...at,
      '--create-namespace',
      '--wait',
      '--timeout=15s',
    );
    expect(installed).toContain('STATUS: deployed');
    expect(await line.kubectl('get', 'deploy', '-n', 'ops')).toMatch(/^pg-postgres-operator +1\/1 /m);
    expect(await line.kubectl('explain', 'postgrescluster.spec.storage')).toContain(
      'KIND:       PostgresCluster',
    );
    await helm(
      'upgrade',
      'pg',
      operatorChart,
      ...at,
      '--set-json=resources={"limits":{"memory":"300Mi"}}',
      '--wait',
      '--timeout=15s',
    );
    await helm('rollback', 'pg', '1', ...at, '--wait', '--timeout=15s');
    const account = '--as=system:serviceaccount:ops:pg-postgres-operator';
    expect(await line.kubectl('auth', 'can-i', 'create', 'statefulsets', account)).toBe('yes');
    expect((await line.refused('auth', 'can-i', 'delete', 'nodes', account)).out).toContain('no');
    await helm('uninstall', 'pg', ...at, '--wait', '--timeout=15s');
    await line.kubectl('wait', 'pods', '--all', '-n', 'ops', '--for=delete', '--timeout=15s');
    expect(await line.kubectl('get', 'all', '-n', 'ops', '-o', 'name')).toBe('');
    expect(await line.kubectl('get', 'crds', '-o', 'name')).toContain('postgresclusters.db.example.com');
  }, 120_000);
});
