import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  eventually,
  canRunControlPlane,
  startControlPlane,
  type ControlPlane,
} from '@stateful/local-cluster';
import { createSeededRandom } from '../src/clock/index.ts';
import {
  connect,
  defineResource,
  loadKubeConfig,
  resources,
  type KubeClient,
  type KubeObject,
  type Resource,
} from '../src/client/index.ts';
import { createStore } from '../src/cache/store.ts';
import { createLogger } from '../src/logging/index.ts';
import {
  child,
  drainFinalizers,
  fieldManagersOf,
  formatPreview,
  operation,
  previewPlan,
  reconcilePlan,
  refOf,
  type ExecuteResult,
  type OperationStatus,
  type Parent,
  type Plan,
  type PlanDefinition,
  type ReconcileInput,
} from '../src/plan/index.ts';
import { type Condition } from '../src/status/index.ts';
import { looseDefinition } from './loose-definition.ts';

const canRun = await canRunControlPlane('The plan layer');

interface Status extends OperationStatus {
  note?: string;
  conditions?: Condition[] | undefined;
}
interface Move extends Parent {
  spec?: { wanted?: boolean };
  status?: Status;
}
const group = 'test.example.com';
const moves = defineResource<Move>(group, 'v1', 'Move', 'moves');
const others = defineResource<Move>(group, 'v1', 'Other', 'others');
const { configMaps, namespaces, secrets } = resources;
type Definition = PlanDefinition<Move, Move, Status>;

(canRun ? describe : describe.skip)('the plan layer on a real API server', () => {
  let plane: ControlPlane;
  let client: KubeClient;
  let helm: KubeClient;
  let events: string[] = [];

  beforeAll(async () => {
    plane = await startControlPlane();
    const config = await loadKubeConfig({ path: plane.kubeconfigPath });
    client = connect({ config, fieldManager: 'plan-test' });
    helm = connect({ config, fieldManager: 'helm' });
    for (const kind of [moves, others]) await createKind(kind);
    await client.create(namespaces, { metadata: { name: 'ns' } });
  }, 600_000);
  afterAll(async () => {
    await helm?.close();
    await client?.close();
    await plane?.stop();
  }, 60_000);

  async function createKind(kind: Resource): Promise<void> {
    await client.create(resources.customResourceDefinitions, looseDefinition(kind, { hasStatus: true }));
    await eventually(`${kind.kind} is served`, () => client.list(kind), 20_000);
  }
  const define = (plan: (move: Move) => Plan<Status>, more: Partial<Definition> = {}): Definition => ({
    name: 'move',
    resource: moves,
    owns: [
      { resource: configMaps, labelSelector: 'app=move' },
      { resource: secrets, labelSelector: 'app=move' },
    ],
    observe: (move) => move,
    plan,
    withProblems: (status, problems) => ({ ...status, note: problems.map(({ message }) => message).join() }),
    ...more,
  });
  /** Caches filled by a list; the parent as it is, unless another view is given. */
  async function inputOf(definition: Definition, now = Date.now()): Promise<ReconcileInput> {
    const stores = new Map<string, ReturnType<typeof createStore<KubeObject>>>();
    for (const { resource, labelSelector } of definition.owns) {
      const store = createStore<KubeObject>({ keepFieldsOf: client.fieldManager });
      const { items } = await client.list(resource, labelSelector ? { labelSelector } : {});
      for (const item of items) store.upsert(item);
      stores.set(resource.plural, store);
    }
    return {
      client,
      store: <T extends KubeObject>(resource: Resource<T>) =>
        ({ ...stores.get(resource.plural)!, by: () => [] }) as never,
      events: {
        record: (_, { type, reason, note }) => void events.push(`${type} ${reason}: ${note}`),
        flush: () => Promise.resolve(),
      },
      metrics: {
        writeMade: () => undefined,
        writeSkipped: () => undefined,
        writeChangedNothing: (_, resource) => void events.push(`nothing changed: ${resource}`),
      },
      log: createLogger({ name: 'test', destination: { write: () => undefined } }),
      signal: new AbortController().signal,
      now,
    };
  }
  async function look(definition: Definition, name: string, now?: number): Promise<ExecuteResult> {
    const move = await client.get(definition.resource, { namespace: 'ns', name });
    return reconcilePlan(definition, move, await inputOf(definition, now));
  }
  const create = (name: string, spec: Move['spec'] = {}): Promise<Move> =>
    client.create(moves, { metadata: { name, namespace: 'ns' }, spec });
  const labels = { app: 'move' };
  const key = (name: string) => ({ namespace: 'ns', name });
  const map = (name: string, data: string, options: Parameters<typeof child>[2] = {}) =>
    child(configMaps, { metadata: { name, labels }, data: { data } }, options as never);

  it('makes children in their order and deletes them the other way round, with nothing to write in between', async () => {
    await create('ordered');
    const db = map('ordered-db', '1', {
      readyWhen: (live) => live.metadata?.annotations?.['ready'] === 'yes',
    });
    const api = map('ordered-api', '1', { after: [refOf(db)] });
    const both = define(() => ({ children: [api, db], status: {} }));
    await look(both, 'ordered');
    expect(await client.find(configMaps, key('ordered-api'))).toBeUndefined();
    await client.mergePatch(configMaps, key('ordered-db'), { metadata: { annotations: { ready: 'yes' } } });
    await look(both, 'ordered');
    expect(await client.find(configMaps, key('ordered-api'))).toBeDefined();
    expect(await look(both, 'ordered')).toMatchObject({ wroteChildren: false, wroteStatus: 'none' });
    const none = define(() => ({ children: [], status: {} }));
    await look(none, 'ordered');
    expect(await client.find(configMaps, key('ordered-api'))).toBeUndefined();
    expect(await client.find(configMaps, key('ordered-db'))).toBeDefined();
    await look(none, 'ordered');
    expect(await client.find(configMaps, key('ordered-db'))).toBeUndefined();
  });

  it('takes an object of Helm over on request, and each field has one owner then', async () => {
    await create('adopting');
    await helm.create(configMaps, {
      metadata: { ...key('adopted'), labels: { 'app.kubernetes.io/managed-by': 'Helm' } },
      data: { data: 'theirs', more: 'theirs' },
    });
    const plan = define(() => ({ children: [map('adopted', 'ours', { adopt: 'requested' })], status: {} }));
    await expect(look(plan, 'adopting')).rejects.toThrow('exists already');
    expect((await client.get(configMaps, key('adopted'))).data).toEqual({ data: 'theirs', more: 'theirs' });
    events = [];
    await client.mergePatch(moves, key('adopting'), {
      metadata: { annotations: { [`${group}/adopt`]: 'ConfigMap/adopted' } },
    });
    await look(plan, 'adopting');
    const live = await client.get(configMaps, key('adopted'));
    expect(live.data).toEqual({ data: 'ours', more: 'theirs' });
    expect(live.metadata?.ownerReferences).toMatchObject([{ kind: 'Move', controller: true }]);
    expect(fieldManagersOf(live, '.data.data')).toEqual(['plan-test']);
    expect(fieldManagersOf(live, '.data.more')).toEqual(['helm']);
    expect(events.join()).toContain('its fields were managed by helm');
    expect(await look(plan, 'adopting')).toMatchObject({ wroteChildren: false });
    // Helm, which applies from version 4 on, is told whose the field is.
    await expect(
      helm.apply(configMaps, { metadata: key('adopted'), data: { data: 'theirs' } }),
    ).rejects.toThrow('conflict with "plan-test"');
  });

  it('tells whose a field is where it does not take it', async () => {
    await create('sharing');
    await look(
      define(() => ({ children: [map('shared', '1')], status: {} })),
      'sharing',
    );
    await helm.apply(configMaps, { metadata: key('shared'), data: { data: 'theirs' } }, { force: true });
    const yielding = define(() => ({ children: [map('shared', '2', { conflicts: 'report' })], status: {} }));
    await expect(look(yielding, 'sharing')).rejects.toThrow('conflict with "helm"');
    expect((await client.get(moves, key('sharing'))).status?.note).toContain(
      'conflict with "helm": .data.data',
    );
    await look(
      define(() => ({ children: [map('shared', '2')], status: {} })),
      'sharing',
    );
    expect((await client.get(configMaps, key('shared'))).data).toEqual({ data: '2' });
  });

  it('previews with a dry run what the server would accept, and changes nothing', async () => {
    await create('previewed');
    await look(
      define(() => ({ children: [map('previewed', '1')], status: {} })),
      'previewed',
    );
    const before = await client.get(configMaps, key('previewed'));
    const plan = define(() => ({
      children: [
        map('previewed', '2'),
        map('new', '1'),
        child(secrets, { metadata: { name: 'bad name', labels }, stringData: { password: 'hunter2' } }),
      ],
      status: {},
    }));
    const move = await client.get(moves, key('previewed'));
    const text = formatPreview(await previewPlan(plan, move, await inputOf(plan), { serverDryRun: true }));
    expect(text).toMatch(/apply +ConfigMap ns\/previewed +\.data\.data differs +\[accepted\]/);
    expect(text).toMatch(/create +ConfigMap ns\/new +it does not exist +\[accepted\]/);
    expect(text).toMatch(/create +Secret ns\/bad name .*\[refused: .*Invalid value: "bad name"/);
    expect(text).not.toContain('hunter2');
    const after = await client.get(configMaps, key('previewed'));
    expect(after.metadata?.resourceVersion).toBe(before.metadata?.resourceVersion);
    expect(await client.find(configMaps, key('new'))).toBeUndefined();
  });

  describe('finalizers', () => {
    let isOutside = true;
    const { storageClasses } = resources;
    const finalizer = `${group}/bucket`;
    const definition = (resource = moves, children: Plan<Status>['children'] = []): Definition =>
      define(() => ({ children, status: {} }), {
        resource,
        owns: [{ resource: storageClasses, labelSelector: 'app=move', elsewhere: true }],
        finalizer: {
          name: finalizer,
          isNeeded: () => isOutside,
          finalize: () => ({
            children: [],
            status: { note: 'cleaning up' },
            done: !isOutside,
            leftBehind: 'a bucket',
          }),
          deadlineMs: 3_600_000,
          uninstallDeadlineMs: 60_000,
          onDeadline: 'hold',
        },
      });
    const soon = (): number => Date.now() + 61_000;
    const lookAt = async (made: Definition, live: Move | undefined, now?: number) =>
      live && reconcilePlan(made, live, await inputOf(made, now));

    it('hold an object until all is clean, children elsewhere too', async () => {
      isOutside = true;
      await create('finalized');
      const cluster = child(storageClasses, {
        metadata: { name: 'made-by-move', labels },
        provisioner: 'example.com/none',
      });
      await look(definition(moves, [cluster]), 'finalized');
      expect(await look(definition(moves, [cluster]), 'finalized')).toMatchObject({ wroteChildren: false });
      expect((await client.get(moves, key('finalized'))).metadata?.finalizers).toEqual([finalizer]);
      await client.delete(moves, key('finalized'));
      await look(definition(), 'finalized');
      const going = await client.get(moves, key('finalized'));
      expect(going.metadata?.deletionTimestamp).toBeDefined();
      expect(going.status?.note).toBe('cleaning up');
      expect(await client.find(storageClasses, { name: 'made-by-move' })).toBeUndefined();
      isOutside = false;
      await look(definition(), 'finalized');
      expect(await client.find(moves, key('finalized'))).toBeUndefined();
    });

    it('let an object go soon when its namespace goes, and say what is left', async () => {
      isOutside = true;
      const at = { namespace: 'going', name: 'm' };
      await client.create(namespaces, { metadata: { name: 'going' } });
      await client.create(moves, { metadata: at, spec: {} });
      const made = definition();
      await lookAt(made, await client.get(moves, at));
      await client.delete(namespaces, { name: 'going' });
      expect((await client.get(namespaces, { name: 'going' })).metadata?.deletionTimestamp).toBeDefined();
      // No controller empties namespaces here; it would do just this.
      await client.delete(moves, at);
      await lookAt(made, await client.get(moves, at));
      expect(await client.find(moves, at)).toBeDefined();
      events = [];
      await lookAt(made, await client.get(moves, at), soon());
      expect(await client.find(moves, at)).toBeUndefined();
      expect(events.join()).toContain('this may be left behind: a bucket');
    });

    it('do not keep a CRD from being uninstalled', async () => {
      isOutside = true;
      await client.create(others, { metadata: key('o'), spec: {} });
      const made = definition(others);
      await lookAt(made, await client.get(others, key('o')));
      await client.delete(resources.customResourceDefinitions, { name: `others.${group}` });
      await eventually('the API server deletes what is of that kind', async () => {
        expect((await client.get(others, key('o'))).metadata?.deletionTimestamp).toBeDefined();
      });
      await lookAt(made, await client.get(others, key('o')));
      expect(await client.find(others, key('o'))).toBeDefined();
      await lookAt(made, await client.get(others, key('o')), soon());
      await eventually('the CRD is gone', async () => {
        const left = await client.find(resources.customResourceDefinitions, { name: `others.${group}` });
        expect(left).toBeUndefined();
      });
    });

    it('are drained for an uninstaller', async () => {
      isOutside = true;
      for (const each of ['drain-a', 'drain-b']) {
        await create(each);
        await look(definition(), each);
        await client.delete(moves, key(each));
      }
      const { drained, failed } = await drainFinalizers({
        client,
        resource: moves,
        finalizer,
        signal: new AbortController().signal,
      });
      expect(failed).toEqual([]);
      expect(drained.map(({ name }) => name)).toEqual(['drain-a', 'drain-b']);
      expect(await client.find(moves, key('drain-a'))).toBeUndefined();
    });
  });

  it('stores no record of an operation that was made from an older one, and makes no request then', async () => {
    let requests = 0;
    const moving = define(() => ({ children: [], status: {}, operation: { kind: 'Move' } }), {
      operations: [
        operation<Move>({
          kind: 'Move',
          steps: [{ name: 'one', done: () => false, act: () => Promise.resolve(void requests++) }],
        }),
      ],
    });
    await create('stale');
    const older = await client.get(moves, key('stale'));
    await reconcilePlan(moving, older, await inputOf(moving));
    expect(requests).toBe(1);
    await expect(reconcilePlan(moving, older, await inputOf(moving))).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(requests).toBe(1);
    const { operation: record } = (await client.get(moves, key('stale'))).status ?? {};
    expect(record).toMatchObject({ id: 'Move-1', attempt: 1, asked: true, undo: ['one'] });
    expect(await look(moving, 'stale')).toMatchObject({ wroteStatus: 'none', requeueAfterMs: 5_000 });
  });

  it('ends all done or all undone however often the process that works on it is killed', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = createSeededRandom(seed);
    const script = join(import.meta.dirname, 'plan-operation-process.ts');
    const figures = { rounds: 0, kills: 0, Succeeded: 0, Cancelled: 0 };
    for (let round = 0; round < 20; round++) {
      const name = `killed-${round}`;
      const folder = mkdtempSync(join(tmpdir(), 'operation-'));
      await create(name, { wanted: true });
      let epoch = 0;
      let withdrawAfter = round % 2 === 1 ? Math.floor(random.next() * 4) : Infinity;
      for (let isOver = false; !isOver;) {
        if (withdrawAfter-- === 0) await client.mergePatch(moves, key(name), { spec: { wanted: false } });
        const worker = spawn(
          process.execPath,
          [
            '--conditions=@stateful/source',
            script,
            plane.kubeconfigPath,
            'ns',
            name,
            folder,
            String(++epoch),
          ],
          { stdio: ['ignore', 'pipe', 'inherit'] },
        );
        const ended = new Promise<number | null>((resolve) => worker.once('exit', resolve));
        worker.stdout.once('data', () => {
          if (epoch < 12) setTimeout(() => worker.kill('SIGKILL'), random.next() * 200);
        });
        isOver = (await ended) === 0;
        if (!isOver) figures.kills++;
      }
      const { operation: record, operationHistory = [] } = (await client.get(moves, key(name))).status ?? {};
      const phase = record?.phase ?? operationHistory[0]?.phase ?? 'Cancelled';
      const files = readdirSync(folder);
      const context = { seed, round, phase, files };
      const present = files.filter((file) => !file.startsWith('undone.'));
      expect({ ...context, present: present.length }).toEqual({
        ...context,
        present: phase === 'Succeeded' ? 3 : 0,
      });
      for (const step of ['one', 'two', 'three']) {
        const effects = new Set(
          files.map((file) => file.replace('undone.', '')).filter((file) => file.startsWith(step)),
        );
        expect({ ...context, effects: effects.size <= 1 }).toEqual({ ...context, effects: true });
      }
      rmSync(folder, { recursive: true });
      figures.rounds++;
      figures[phase as 'Succeeded' | 'Cancelled']++;
    }
    console.info('killed processes:', { seed, ...figures });
    expect(figures.kills).toBeGreaterThan(20);
  }, 300_000);
});
