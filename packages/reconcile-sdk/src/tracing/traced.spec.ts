import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { SpanKind, SpanStatusCode, context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { OperatorError } from '../errors/index.ts';
import { currentLink, traced, tracedMoment, type TraceLink } from './index.ts';

describe('traced without a provider', () => {
  it('runs and costs next to nothing, also on a busy machine', async () => {
    const run = (): Promise<number> => done;
    const done = Promise.resolve(1);
    for (let i = 0; i < 50_000; i++) void traced('warm', { 'reconcile.object': 'a/b' }, run);
    const rounds = 100_000;
    const started = performance.now();
    for (let i = 0; i < rounds; i++) void traced('reconcile', { 'reconcile.object': 'a/b' }, run);
    const each = ((performance.now() - started) * 1000) / rounds;
    expect(each).toBeLessThan(10);
    expect(await traced('x', {}, () => Promise.resolve(3))).toBe(3);
    expect(currentLink()).toBeUndefined();
    expect(tracedMoment('x', {})).toBeUndefined();
  });

  it('does not ask for attributes that nobody records', async () => {
    await traced(
      'x',
      () => {
        throw new Error('asked');
      },
      () => Promise.resolve(),
    );
  });
});

describe('traced with a provider', () => {
  const exporter = new InMemorySpanExporter();
  const contexts = new AsyncLocalStorageContextManager();
  beforeAll(() => {
    contexts.enable();
    context.setGlobalContextManager(contexts);
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
    );
  });
  afterEach(() => exporter.reset());
  afterAll(() => {
    trace.disable();
    context.disable();
  });
  const spanOf = (name: string) => exporter.getFinishedSpans().find((span) => span.name === name)!;

  it('nests what runs within', async () => {
    const value = await traced('outer', { a: 1 }, async () => {
      await Promise.resolve();
      return traced(
        'inner',
        () => ({ b: 2 }),
        () => Promise.resolve('v'),
        { kind: 'client' },
      );
    });
    expect(value).toBe('v');
    const inner = spanOf('inner');
    expect(inner.parentSpanContext?.spanId).toBe(spanOf('outer').spanContext().spanId);
    expect(inner.kind).toBe(SpanKind.CLIENT);
    expect([spanOf('outer').attributes, inner.attributes]).toEqual([{ a: 1 }, { b: 2 }]);
  });

  it('links to the spans of merged causes', async () => {
    const causes: TraceLink[] = [];
    for (const name of ['watch', 'timer'])
      await traced(name, {}, () => Promise.resolve(causes.push(currentLink()!)));
    await traced('reconcile', {}, () => Promise.resolve(), { links: causes });
    expect(spanOf('reconcile').links.map((link) => link.context.spanId)).toEqual(
      ['watch', 'timer'].map((name) => spanOf(name).spanContext().spanId),
    );
    expect(spanOf('reconcile').parentSpanContext).toBeUndefined();
  });

  it('gives moments to link to', async () => {
    const link = tracedMoment('change', { 'k8s.resource': 'pods' })!;
    await traced('reconcile', {}, () => Promise.resolve(), { links: [link] });
    expect(spanOf('change').attributes).toEqual({ 'k8s.resource': 'pods' });
    expect(spanOf('reconcile').links[0]?.context.spanId).toBe(spanOf('change').spanContext().spanId);
  });

  it('records what is thrown and throws it on', async () => {
    const error = new OperatorError('conflict', 'newer', { cause: new Error('409') });
    await expect(traced('write', {}, () => Promise.reject(error))).rejects.toBe(error);
    const span = spanOf('write');
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'newer: 409' });
    expect(span.attributes['error.type']).toBe('conflict');
    expect(span.events[0]?.attributes?.['exception.stacktrace']).toBeUndefined();
    await expect(
      traced('bug', {}, () => {
        throw new TypeError('x');
      }),
    ).rejects.toThrow('x');
    expect(spanOf('bug').events[0]?.attributes?.['exception.stacktrace']).toContain('TypeError');
  });
});
