import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { kubectlBinary } from '@stateful/images';
import { canRunCommandLine, startCommandLine, type CommandLine } from '../command-line.ts';

const canRun = await canRunCommandLine('The in-process server');
const configMap = (data: Record<string, string>): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'c' },
  data,
});
const gadgets = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'gadgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: 'Gadget', plural: 'gadgets', shortNames: ['gd'], categories: ['all'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.ready' },
        },
        additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                description: 'What is wanted.',
                properties: { size: { type: 'integer', description: 'How many there are.', maximum: 9 } },
              },
              status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        },
      },
    ],
  },
};

(canRun ? describe : describe.skip)('kubectl on the in-process server', () => {
  let line: CommandLine;
  let kubectl: CommandLine['kubectl'];
  beforeAll(async () => {
    line = await startCommandLine();
    ({ kubectl } = line);
  }, 600_000);
  afterAll(() => line.close());

  it('learns what is served', async () => {
    expect(await kubectl('version')).toMatch(/Server Version: v1\.\d+\.\d+/);
    expect(await kubectl('get', '--raw', '/readyz')).toBe('ok');
    const resources = await kubectl('api-resources', '--no-headers');
    expect(resources).toMatch(/^deployments +deploy +apps\/v1 +true +Deployment$/m);
    expect(await kubectl('api-resources', '--namespaced=false', '-o', 'name')).toContain('namespaces');
    expect(await kubectl('explain', 'statefulset.spec.replicas')).toMatch(/FIELD: replicas <integer>/);
  }, 60_000);

  it('applies from its own side, with a three-way merge and a diff', async () => {
    const apply = (data: Record<string, string>): Promise<string> =>
      kubectl('apply', '-f', line.file('c.json', configMap(data)));
    expect(await apply({ a: '1', b: '1' })).toBe('configmap/c created');
    expect(await apply({ a: '1', b: '1' })).toBe('configmap/c unchanged');
    expect(await kubectl('patch', 'cm', 'c', '-p', '{"data":{"theirs":"1"}}')).toBe('configmap/c patched');
    const difference = await line.refused('diff', '-f', line.file('d.json', configMap({ a: '2' })));
    expect(difference.code).toBe(1);
    expect(difference.out).toMatch(/-\s+a: "1"\n-\s+b: "1"\n\+\s+a: "2"/);
    expect(await apply({ a: '2' })).toBe('configmap/c configured');
    const data = await kubectl('get', 'cm', 'c', '-o', 'jsonpath={.data}');
    expect(JSON.parse(data)).toEqual({ a: '2', theirs: '1' });
  }, 60_000);

  it("applies on the server's side, and is told of conflicts", async () => {
    const file = line.file('e.json', { ...configMap({ a: '3' }), metadata: { name: 'e' } });
    expect(await kubectl('apply', '--server-side', '-f', file)).toBe('configmap/e serverside-applied');
    const dryRun = await kubectl('apply', '--server-side', '--dry-run=server', '-f', file);
    expect(dryRun).toBe('configmap/e serverside-applied (server dry run)');
    const refused = await line.refused(
      'apply',
      '--server-side',
      '--field-manager=other',
      '-f',
      line.file('f.json', { ...configMap({ a: '4' }), metadata: { name: 'e' } }),
    );
    expect(refused.out).toContain('conflict with "kubectl": .data.a');
  }, 60_000);

  it('creates, patches, labels, replaces, lists and deletes', async () => {
    await kubectl('create', 'secret', 'generic', 's', '--from-literal=password=hunter2');
    expect(await kubectl('get', 'secrets')).toMatch(/^s +Opaque +1 +\S+$/m);
    expect(await kubectl('label', 'secret', 's', 'tier=a')).toBe('secret/s labeled');
    expect(await kubectl('annotate', 'secret', 's', 'note=b')).toBe('secret/s annotated');
    const patch = '[{"op":"remove","path":"/metadata/labels/tier"}]';
    expect(await kubectl('patch', 'secret', 's', '--type=json', '-p', patch)).toBe('secret/s patched');
    expect(await kubectl('get', 'secret', '-l', 'tier', '-o', 'name')).toBe('');
    const json = JSON.parse(await kubectl('get', 'secret', 's', '-o', 'json')) as { data: object };
    expect(json.data).toEqual({ password: Buffer.from('hunter2').toString('base64') });
    const replaced = line.file('s.json', { ...json, data: { other: 'YQ==' } });
    expect(await kubectl('replace', '-f', replaced)).toBe('secret/s replaced');
    expect(await kubectl('describe', 'secret', 's')).toMatch(/^other: +1 bytes$/m);
    expect(await kubectl('get', 'secret', 's', '-o', 'yaml')).toContain('note: b');
    expect(await kubectl('delete', 'secret', 's')).toContain('secret "s" deleted');
    expect(await line.refused('get', 'secret', 's')).toEqual({
      code: 1,
      out: 'Error from server (NotFound): secrets "s" not found',
    });
  }, 60_000);

  it('works with a kind of a CRD', async () => {
    await kubectl('create', '-f', line.file('crd.json', gadgets));
    await kubectl('wait', 'crd/gadgets.example.com', '--for=condition=Established', '--timeout=10s');
    const gadget = { apiVersion: 'example.com/v1', kind: 'Gadget', metadata: { name: 'g' } };
    const file = line.file('g.json', { ...gadget, spec: { size: 2 } });
    expect(await kubectl('apply', '-f', file)).toBe('gadget.example.com/g created');
    expect(await kubectl('get', 'gd')).toMatch(/^NAME +SIZE\ng +2$/);
    expect(await kubectl('explain', 'gadget.spec')).toMatch(/size\s+<integer>\n\s+How many there are\./);
    expect(await kubectl('scale', 'gadget', 'g', '--replicas=3')).toBe('gadget.example.com/g scaled');
    const tooMany = { ...gadget, spec: { size: 10 } };
    const refused = await line.refused('apply', '-f', line.file('g10.json', tooMany));
    expect(refused.out).toContain('spec.size: Invalid value: 10');
    const strange = { ...gadget, spec: { size: 1, sise: 1 } };
    const unknown = await line.refused('apply', '-f', line.file('g1.json', strange));
    expect(unknown.out).toContain('unknown field "spec.sise"');
    const ready = '{"status":{"conditions":[{"type":"Ready","status":"True"}]}}';
    const waiting = kubectl('wait', 'gd/g', '--for=condition=Ready', '--timeout=15s');
    await kubectl('patch', 'gd', 'g', '--subresource=status', '--type=merge', '-p', ready);
    expect(await waiting).toBe('gadget.example.com/g condition met');
    expect(await kubectl('get', 'all', '-o', 'name')).toBe('gadget.example.com/g');
    expect(await kubectl('delete', 'gd', '--all', '--wait')).toContain('"g" deleted');
  }, 60_000);

  it('rolls a Deployment out, back and away', async () => {
    await kubectl('create', 'deployment', 'web', '--image=example:1', '--replicas=2');
    expect(await kubectl('rollout', 'status', 'deploy/web', '--timeout=15s')).toContain(
      'successfully rolled out',
    );
    expect(await kubectl('get', 'deploy', '-o', 'wide')).toMatch(
      /^web +2\/2 +2 +2 +\S+ +example +example:1 +app=web$/m,
    );
    await kubectl('set', 'image', 'deploy/web', 'example=example:2');
    await kubectl('rollout', 'status', 'deploy/web', '--timeout=15s');
    expect(await kubectl('rollout', 'history', 'deploy/web')).toMatch(/^2 /m);
    await kubectl('rollout', 'undo', 'deploy/web');
    await kubectl('rollout', 'status', 'deploy/web', '--timeout=15s');
    expect(await kubectl('get', 'pods', '-o', 'jsonpath={.items[*].spec.containers[*].image}')).toBe(
      'example:1 example:1',
    );
    await kubectl('scale', 'deploy', 'web', '--replicas=1');
    await kubectl('wait', 'deploy/web', '--for=jsonpath={.status.replicas}=1', '--timeout=15s');
    expect(await kubectl('describe', 'deploy', 'web')).toMatch(/^Replicas: +1 desired/m);
    await kubectl('delete', 'deploy', 'web', '--cascade=foreground', '--timeout=15s');
    expect(await kubectl('get', 'pods,rs', '-o', 'name')).toBe('');
  }, 60_000);

  it('watches', async () => {
    const child = spawn(await kubectlBinary(), ['get', 'cm', '-n', 'kube-public', '-w', '--no-headers'], {
      env: line.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const stop = setTimeout(() => child.kill(), 15_000);
    try {
      let told = '';
      child.stdout.on('data', (chunk: Buffer) => void (told += chunk.toString('utf8')));
      await kubectl('create', 'cm', 'w', '-n', 'kube-public', '--from-literal=a=1');
      while (!/^w +1 /m.test(told)) await once(child.stdout, 'data');
      await kubectl('patch', 'cm', 'w', '-n', 'kube-public', '-p', '{"data":{"b":"2"}}');
      while (!/^w +2 /m.test(told)) await once(child.stdout, 'data');
    } finally {
      clearTimeout(stop);
      child.kill();
    }
  }, 60_000);

  it('empties and removes a namespace', async () => {
    await kubectl('create', 'namespace', 'n');
    await kubectl('create', 'sa', 'me', '-n', 'n');
    await kubectl('create', 'cm', 'held', '-n', 'n');
    await kubectl('patch', 'cm', 'held', '-n', 'n', '-p', '{"metadata":{"finalizers":["example.com/hold"]}}');
    await kubectl('delete', 'namespace', 'n', '--wait=false');
    expect(await kubectl('get', 'ns', 'n')).toMatch(/^n +Terminating/m);
    await kubectl('patch', 'cm', 'held', '-n', 'n', '-p', '{"metadata":{"finalizers":null}}');
    await kubectl('wait', 'ns/n', '--for=delete', '--timeout=15s');
    expect((await line.refused('get', 'ns', 'n')).out).toContain('NotFound');
  }, 60_000);

  it('asks what one may do, and reads events', async () => {
    expect(await kubectl('auth', 'can-i', 'create', 'pods')).toBe('yes');
    expect(await line.refused('auth', 'can-i', 'get', 'pods', '--as=jane')).toMatchObject({ out: 'no' });
    await kubectl('create', 'role', 'reader', '--verb=get,list', '--resource=pods');
    await kubectl('create', 'rolebinding', 'jane', '--role=reader', '--user=jane');
    expect(await kubectl('auth', 'can-i', 'get', 'pods', '--as=jane')).toBe('yes');
    const pod = { kind: 'Pod', apiVersion: 'v1', name: 'p', namespace: 'default', uid: 'u' };
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'p.1' },
      involvedObject: pod,
      reason: 'Started',
      message: 'It runs',
      type: 'Normal',
      lastTimestamp: '2020-01-01T00:00:00Z',
    };
    await kubectl('create', '-f', line.file('event.json', event));
    expect(await kubectl('events', '--for=pod/p')).toContain('It runs');
    expect(await kubectl('get', 'events')).toMatch(/Normal +Started +pod\/p +It runs/);
  }, 60_000);

  it('is a service account by its token', async () => {
    await kubectl('create', 'serviceaccount', 'robot');
    await kubectl('create', 'role', 'robot', '--verb=get,list', '--resource=configmaps');
    await kubectl('create', 'rolebinding', 'robot', '--role=robot', '--serviceaccount=default:robot');
    const token = await kubectl('create', 'token', 'robot');
    expect(await kubectl('auth', 'whoami', `--token=${token}`)).toContain(
      'system:serviceaccount:default:robot',
    );
    expect(await kubectl('get', 'cm', '-o', 'name', `--token=${token}`)).toContain('configmap/');
    const refused = await line.refused('delete', 'cm', '--all', `--token=${token}`);
    expect(refused.out).toContain(
      'User "system:serviceaccount:default:robot" cannot delete resource "configmaps"',
    );
    expect((await line.refused('get', 'cm', '--token=nobody')).out).toContain('Unauthorized');
  }, 60_000);

  it('works by hand, with the server as a program of its own', async () => {
    const main = join(import.meta.dirname, '../../src/main.ts');
    const kubeconfig = line.file('by-hand', '');
    const options = ['--conditions=@stateful/source', main, '--port=0', `--kubeconfig=${kubeconfig}`];
    const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'inherit'] });
    const stop = setTimeout(() => child.kill('SIGKILL'), 30_000);
    try {
      await once(child.stdout, 'data');
      const nodes = await kubectl(`--kubeconfig=${kubeconfig}`, 'get', 'nodes', '-o', 'name');
      expect(nodes.split('\n')).toContain('node/node-0');
      child.kill();
      expect(await once(child, 'exit')).toEqual([0, null]);
    } finally {
      clearTimeout(stop);
      child.kill('SIGKILL');
    }
  }, 60_000);

  it('is told clearly that nothing runs in the pods', async () => {
    await kubectl('run', 'p', '--image=example:1');
    await kubectl('wait', 'pod/p', '--for=condition=Ready', '--timeout=15s');
    for (const command of [
      ['logs', 'p'],
      ['exec', 'p', '--', 'ls'],
      ['port-forward', 'p', '8080:80'],
    ]) {
      expect((await line.refused(...command)).out).toContain('runs no containers');
    }
    await kubectl('delete', 'pod', 'p', '--now');
  }, 60_000);
});
