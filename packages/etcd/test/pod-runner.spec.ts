import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createKubeClient,
  resources,
  systemClock,
  systemRandom,
  type KubeClient,
  type Pod,
} from '@stateful/reconcile-sdk';
import { createApiServer } from '@stateful/testing';
import { startPodRunner, type PodRunner } from '../src/testing/index.ts';

const namespace = 'default';
type PodSpec = NonNullable<Pod['spec']>;

describe('pods as processes', () => {
  let runner: PodRunner;
  let client: KubeClient;
  beforeEach(() => {
    const server = createApiServer({ clock: systemClock, random: systemRandom });
    client = createKubeClient({ transport: server.transport(), fieldManager: 'a-test' });
    runner = startPodRunner(server, { commands: { sh: ['sh'] } });
  });
  afterEach(() => runner.stop());

  const sh = (name: string, script: string, more: object = {}) => ({
    name,
    image: 'some',
    command: ['sh', '-c', script],
    ...more,
  });
  const createJob = (name: string, pod: Partial<PodSpec> & Pick<PodSpec, 'containers'>, spec: object = {}) =>
    client.create(resources.jobs, {
      metadata: { namespace, name },
      spec: { template: { spec: { restartPolicy: 'Never', ...pod } }, ...spec },
    });
  async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
    const end = performance.now() + 10_000;
    for (;;) {
      const found = await look();
      if (found) return found;
      if (performance.now() > end) throw new Error(`never: ${what}; running ${runner.running().join(' ')}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const ended = (name: string) =>
    until(`job ${name} ends`, async () => {
      const job = await client.get(resources.jobs, { namespace, name });
      return job.status?.conditions?.find(
        ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
      );
    });
  const podsOf = async (job: string): Promise<Pod[]> =>
    (await client.list(resources.pods, { namespace, labelSelector: `job-name=${job}` })).items;

  it('run one init container after the other, a sidecar beside, and the others; they hand on files', async () => {
    await client.create(resources.secrets, {
      metadata: { namespace, name: 'key' },
      data: { word: Buffer.from('hush').toString('base64') },
    });
    const volumeMounts = [{ name: 'work', mountPath: '/work' }];
    await createJob('hands-on', {
      initContainers: [
        sh('first', 'cat /etc/key/word > /work/word', {
          volumeMounts: [...volumeMounts, { name: 'key', mountPath: '/etc/key' }],
        }),
        sh(
          'beside',
          'trap "echo end >> /work/word; exit 0" TERM; echo beside >> /work/word; while :; do sleep 0.1; done',
          {
            volumeMounts,
            restartPolicy: 'Always',
          },
        ),
      ],
      containers: [
        sh(
          'last',
          'while ! grep -q beside /work/word; do sleep 0.1; done; echo "$NAME $(cat /work/word)" > /dev/termination-log',
          {
            volumeMounts,
            env: [{ name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
          },
        ),
      ],
      volumes: [
        { name: 'work', emptyDir: {} },
        { name: 'key', secret: { secretName: 'key' } },
      ],
    });
    expect(await ended('hands-on')).toMatchObject({ type: 'Complete' });
    const [pod] = await podsOf('hands-on');
    const { name } = pod!.metadata!;
    expect(pod?.status).toMatchObject({
      phase: 'Succeeded',
      initContainerStatuses: [
        { name: 'first', state: { terminated: { exitCode: 0 } } },
        { name: 'beside', state: { terminated: { exitCode: 0 } } },
      ],
      containerStatuses: [{ state: { terminated: { exitCode: 0, message: `${name} hushbeside\n` } } }],
    });
    expect(readFileSync(join(runner.podFolder(pod!), 'volumes/work/word'), 'utf8')).toBe('hushbeside\nend\n');
    expect(runner.running()).toEqual([]);
  });

  it('fail as their first container that does, by which a Job may end', async () => {
    await createJob(
      'fatal',
      {
        initContainers: [sh('first', 'echo because > /dev/termination-log; exit 2'), sh('second', 'true')],
        containers: [sh('last', 'true')],
      },
      { podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [2] } }] } },
    );
    expect(await ended('fatal')).toMatchObject({ type: 'Failed', reason: 'PodFailurePolicy' });
    const [pod] = await podsOf('fatal');
    expect(pod?.status).toMatchObject({
      phase: 'Failed',
      initContainerStatuses: [
        { state: { terminated: { exitCode: 2, reason: 'Error', message: 'because\n' } } },
        { state: { waiting: { reason: 'PodInitializing' } } },
      ],
      containerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } } }],
    });
  });

  it('are killed as the kernel does; what they wrote to a claim is there for the next', async () => {
    await client.create(resources.persistentVolumeClaims, {
      metadata: { namespace, name: 'disk' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    const volumeMounts = [{ name: 'disk', mountPath: '/disk' }];
    await createJob(
      'killed',
      {
        containers: [
          sh('only', 'if [ -e /disk/was ]; then exit 0; fi; touch /disk/was; sleep 60', { volumeMounts }),
        ],
        volumes: [{ name: 'disk', persistentVolumeClaim: { claimName: 'disk' } }],
      },
      { backoffLimit: 1 },
    );
    await until('it runs', () => Promise.resolve(runner.isRunning('killed', 'only')));
    const written = join(runner.claimFolder(namespace, 'disk'), 'was');
    await until('it wrote', () => Promise.resolve(existsSync(written)));
    expect(runner.kill('killed', 'only')).toBe(true);
    await until(
      'the first pod has failed',
      async () => (await podsOf('killed'))[0]?.status?.phase === 'Failed',
    );
    const [pod] = await podsOf('killed');
    expect(pod?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 137 });
    await until('a second pod', async () => (await podsOf('killed')).length === 2);
    expect(await ended('killed')).toMatchObject({ type: 'Complete' });
  }, 30_000);

  it('start when they are let, and end when they are deleted', async () => {
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    runner.before = () => held;
    await createJob('slow', { containers: [sh('only', 'sleep 60')] });
    await until('a pod', async () => (await podsOf('slow')).length === 1);
    expect(runner.running()).toEqual([]);
    letGo();
    await until('it runs', () => Promise.resolve(runner.isRunning('slow', 'only')));
    await client.delete(resources.jobs, { namespace, name: 'slow' });
    await until('nothing runs', () => Promise.resolve(runner.running().length === 0));
    await until('no pod', async () => (await podsOf('slow')).length === 0);
  });
});
