import { beforeEach, describe, expect, it } from '@jest/globals';
import { resources, type KubeObject } from '../src/client/index.ts';
import { OperatorError } from '../src/errors/index.ts';
import { child, fieldManagersOf, formatPreview, operation, type DesiredChild } from '../src/plan/index.ts';
import { type Condition } from '../src/status/index.ts';
import { createBench, definitionOf, mapKey, things, type Bench } from './plan-fixture.ts';

const { configMaps, secrets } = resources;
const map = (name: string, data: string, shrinks?: boolean): DesiredChild =>
  child(configMaps, { metadata: { name }, data: { data } }, shrinks ? { shrinks: () => true } : {});
const ready = (message: string): Condition => ({
  type: 'Ready',
  status: 'True',
  reason: 'R',
  message,
  observedGeneration: 1,
  lastTransitionTime: 't',
});
const owns = [{ resource: configMaps }, { resource: secrets }];

describe('the engine', () => {
  let bench: Bench;
  beforeEach(() => void (bench = createBench()));

  it('says what it wrote, so that echoes can be told from news', async () => {
    const definition = (data: string, message: string) =>
      definitionOf(() => ({
        children: [map('m', data)],
        status: { note: data, conditions: [ready(message)] },
        requeueAfterMs: 9_000,
      }));
    const first = await bench.look(definition('1', 'a'));
    expect(first.result).toMatchObject({ wroteChildren: true, wroteStatus: 'more', requeueAfterMs: 9_000 });
    expect((await bench.look(definition('1', 'a'))).result).toEqual({
      wroteChildren: false,
      wroteStatus: 'none',
      requeueAfterMs: 9_000,
    });
    const conditionsOnly = await bench.look(definition('1', 'b'));
    expect(conditionsOnly.result).toMatchObject({
      wroteChildren: false,
      wroteStatus: 'conditions-only',
      statusVersion: bench.thing().metadata?.resourceVersion,
    });
  });

  it('tells of every child that it applied, and by which path it differed', async () => {
    await bench.look(definitionOf([map('m', '1')], { owns }));
    await bench.look(definitionOf([map('m', '2')], { owns }));
    expect(bench.applied.map(({ child: key, path }) => [key.name, path])).toEqual([
      ['m', undefined],
      ['m', '.data.data'],
    ]);
  });

  it('tells what is wrong, and what waits, where a definition has no words of its own for it', async () => {
    const base = definitionOf(
      () => ({
        children: [map('theirs', '1'), child(configMaps, { metadata: { name: 'late' } }, { after: [first] })],
        status: { conditions: [ready('all is well')] },
      }),
      { owns },
    );
    const first = { resource: configMaps, name: 'theirs' };
    const { withProblems: _own, ...definition } = base;
    bench.put(configMaps, mapKey('theirs'));
    await bench.look(definition);
    expect(bench.thing().status?.conditions).toMatchObject([
      { type: 'Ready', status: 'False', reason: 'ForeignObject' },
      {
        type: 'Reconciling',
        status: 'True',
        message: 'create ConfigMap late waits for ConfigMap theirs, which is not ours',
      },
    ]);
    bench.remove(configMaps, mapKey('theirs'));
    await bench.look(definition);
    await bench.look(definition);
    expect(bench.thing().status?.conditions).toMatchObject([{ type: 'Ready', status: 'True' }]);
  });

  it('lets no older view of the parent apply anything, smaller or not', async () => {
    await bench.look(definitionOf([map('m', '1')], { owns }));
    const older = structuredClone(bench.thing());
    bench.change(things, mapKey('t'), (thing) => ({
      ...thing,
      metadata: { ...thing.metadata, generation: 2 },
    }));
    bench.thing = () => older;
    const { writes, error } = await bench.look(definitionOf([map('m', '0')], { owns }));
    expect(error).toMatchObject({ code: 'conflict' });
    expect(writes).toEqual([]);
  });

  it('lets no older view of an operation apply anything either', async () => {
    const moving = definitionOf(
      (thing) => ({
        children: [map('m', (thing.status as { operation?: { step?: string } }).operation?.step ?? 'none')],
        status: {},
        operation: { kind: 'Move' },
      }),
      { owns, operations: [operation({ kind: 'Move', steps: [{ name: 'one', done: () => false }] })] },
    );
    bench.change(things, mapKey('t'), (thing) => ({ ...thing, status: {} }));
    const older = structuredClone(bench.thing());
    const { thing } = bench;
    await bench.look(moving);
    await bench.look(moving);
    expect(bench.get(configMaps, mapKey('m'))?.data).toEqual({ data: 'one' });
    bench.thing = () => older;
    expect(await bench.look(moving)).toMatchObject({ writes: [], error: { code: 'conflict' } });
    bench.thing = thing;
    expect((await bench.look(moving)).writes).toEqual([]);
  });

  it('binds what destroys to the very state that it read', async () => {
    await bench.look(definitionOf([map('m', '3')], { owns }));
    const { resourceVersion, uid } = bench.get(configMaps, mapKey('m'))?.metadata ?? {};
    await bench.look(definitionOf([map('m', '1', true)], { owns }));
    expect(bench.sent.at(1)?.metadata).toMatchObject({ name: 'm', resourceVersion, uid });
  });

  it('does nothing for an object that is paused, and says so for as long as it is', async () => {
    const definition = definitionOf(() => ({
      children: [map('m', '1')],
      status: { conditions: [ready('a')] },
    }));
    const pause = (value: string) =>
      bench.change(things, mapKey('t'), (thing) => ({
        ...thing,
        metadata: { ...thing.metadata, annotations: { 'example.com/paused': value } },
      }));
    pause('true');
    expect(formatPreview(await bench.preview(definition)).split('\n')).toEqual([
      'paused  Thing ns/t  by the annotation example.com/paused',
      'status  Thing ns/t  .status.conditions differs',
    ]);
    const { writes, result } = await bench.look(definition);
    expect(writes).toEqual(['apply things.example.com/status ns/t']);
    expect(result?.outcome).toBe('paused');
    expect(bench.thing().status?.conditions).toMatchObject([{ type: 'Paused', status: 'True' }]);
    expect((await bench.look(definition)).writes).toEqual([]);
    pause('false');
    await bench.look(definition);
    expect(bench.thing().status?.conditions?.map(({ type }) => type)).toEqual(['Ready']);
  });

  it('lets no foreign object slow an operation, and both are told', async () => {
    bench.put(configMaps, mapKey('theirs'));
    let requests = 0;
    const definition = definitionOf(
      () => ({ children: [map('theirs', '1')], status: {}, operation: { kind: 'Move' } }),
      {
        owns,
        operations: [
          operation({
            kind: 'Move',
            steps: [{ name: 'one', done: () => requests > 0, act: () => Promise.resolve(void requests++) }],
          }),
        ],
      },
    );
    expect((await bench.look(definition)).result).toMatchObject({ requeueAfterMs: 0 });
    expect(bench.thing().status).toMatchObject({
      note: expect.stringContaining('ForeignObject') as unknown,
      operation: { phase: 'Running', step: 'one', asked: true },
      conditions: [{ type: 'Progressing', status: 'True', message: 'Move-1: one' }],
    });
    expect((await bench.look(definition)).error).toMatchObject({ code: 'foreign-object' });
    expect(bench.thing().status).toMatchObject({
      operation: { phase: 'Succeeded' },
      conditions: [{ type: 'Progressing', status: 'False', reason: 'OperationSucceeded' }],
    });
    expect(requests).toBe(1);
  });

  it('previews by the same decisions, without a write and without a value', async () => {
    const secret = (password: string) =>
      child(secrets, { metadata: { name: 's' }, stringData: { password } } as KubeObject);
    await bench.look(definitionOf([map('m', '1'), map('old', '1'), secret('hunter2')], { owns }));
    bench.put(configMaps, mapKey('theirs'));
    const changed = definitionOf(
      () => ({
        children: [map('m', '2'), map('new', '1'), map('theirs', '1'), secret('hunter3')],
        status: { note: 'x' },
      }),
      { owns },
    );
    const before = bench.kube.requests.length;
    const text = formatPreview(await bench.preview(changed));
    expect(bench.kube.requests.slice(before)).toEqual([]);
    expect(text.split('\n')).toEqual([
      'apply    ConfigMap ns/m       .data.data differs',
      'create   ConfigMap ns/new     it does not exist',
      expect.stringMatching(/^foreign {2}ConfigMap ns\/theirs {2}ConfigMap theirs exists already/),
      'apply    Secret ns/s          .stringData.password differs',
      'delete   ConfigMap ns/old     it is no longer wanted',
      'status   Thing ns/t           .status.note differs',
    ]);
    expect(text).not.toMatch(/hunter/);
  });

  it('tells in a preview what the API server would refuse', async () => {
    bench.kube.failNext(
      ({ path }) => path.includes('dryRun=All'),
      new OperatorError('invalid', 'no such field'),
    );
    const [line] = await bench.preview(definitionOf([map('m', '1')], { owns }), true);
    expect(line).toMatchObject({ verb: 'create', server: 'refused: no such field' });
    expect(formatPreview(await bench.preview(definitionOf([], { owns })))).toBe('nothing to do');
  });
});

describe('fieldManagersOf', () => {
  const entry = (manager: string, fieldsV1: object) => ({ manager, operation: 'Apply', fieldsV1 });
  const live = {
    metadata: {
      managedFields: [
        entry('ours', { 'f:spec': { 'f:replicas': {}, 'f:template': { 'f:l': {} } } }),
        entry('hpa', { 'f:spec': { 'f:replicas': {} } }),
        entry('notes', { 'f:metadata': { 'f:annotations': { '.': {}, 'f:a.example.com/b': {} } } }),
        entry('ports', { 'f:spec': { 'f:ports': { 'k:{"port":1}': { '.': {}, 'f:name': {} } } } }),
        entry('nothing', {}),
      ],
    },
  } as KubeObject;
  it.each([
    ['.spec.replicas', ['ours', 'hpa']],
    ['.spec.template.l[0].x', ['ours']],
    ['.metadata.annotations.a.example.com/b', ['notes']],
    ['.metadata.annotations.a.example.com/bc', []],
    ['.metadata.annotations.a', []],
    ['.spec.ports[0].name', ['ports']],
    ['.spec.ports{"port":1}', ['ports']],
    ['.spec', ['ours', 'hpa', 'ports']],
    ['.status', []],
  ])('of %s', (path, managers) => expect(fieldManagersOf(live, path)).toEqual(managers));
});
