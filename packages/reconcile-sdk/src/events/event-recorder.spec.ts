import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createManualClock } from '../clock/index.ts';
import { type KubeClient, type KubeObject } from '../client/index.ts';
import { OperatorError } from '../errors/index.ts';
import { createLogger } from '../logging/index.ts';
import { cutBytes, eventName } from './event-object.ts';
import { createEventRecorder, type EventInput, type EventRecorderOptions } from './index.ts';
import { fullBucket, takeToken } from './token-bucket.ts';

type Stored = KubeObject & { note?: string; series?: { count: number }; regarding?: object };

/** An API server that keeps events, and can be told to fail. */
function world(options: Partial<EventRecorderOptions> = {}) {
  const stored = new Map<string, Stored>();
  const calls: string[] = [];
  let failure: Error | undefined;
  let gate: Promise<void> | undefined;
  const client = {
    async create(_: unknown, object: Stored) {
      calls.push('create');
      await gate;
      if (failure) throw failure;
      const name = object.metadata!.name!;
      if (stored.has(name)) throw new OperatorError('already-exists', 'there');
      stored.set(name, object);
      return object;
    },
    async mergePatch(_: unknown, { name }: { name: string }, patch: object) {
      calls.push('patch');
      await gate;
      if (failure) throw failure;
      const object = stored.get(name);
      if (!object) throw new OperatorError('not-found', 'not there');
      return Object.assign(object, patch);
    },
  } as unknown as KubeClient;
  const clock = createManualClock();
  const fates: string[] = [];
  const make = () =>
    createEventRecorder({
      client,
      clock,
      log: createLogger({ name: 'test', level: 'silent' }),
      controller: 'example.com/web-operator',
      instance: 'web-0',
      onEvent: (fate) => fates.push(fate),
      ...options,
    });
  return {
    clock,
    recorder: make(),
    make,
    calls,
    fates,
    events: () => [...stored.values()],
    forget: () => stored.clear(),
    fail: (error: Error | undefined) => void (failure = error),
    hold: (until: Promise<void>) => void (gate = until),
  };
}

const web: KubeObject = {
  apiVersion: 'example.com/v1',
  kind: 'Web',
  metadata: { namespace: 'shop', name: 'front', uid: 'u1' },
};
const made: EventInput = {
  type: 'Normal',
  reason: 'Made',
  action: 'Reconcile',
  note: 'Deployment front made',
};

describe('event recorder', () => {
  it('writes one Event and counts what comes again in it', async () => {
    const { recorder, clock, events, calls, fates } = world();
    for (let i = 0; i < 5; i++) {
      recorder.record(web, made);
      await clock.advance(1_000);
    }
    expect(calls).toEqual(['create']);
    await clock.advance(10_000);
    expect(calls).toEqual(['create', 'patch']);
    expect(events()).toHaveLength(1);
    expect(events()[0]).toMatchObject({
      regarding: { kind: 'Web', namespace: 'shop', name: 'front', uid: 'u1' },
      series: { count: 5, lastObservedTime: '2030-01-01T00:00:04.000000Z' },
    });
    expect(fates).toEqual(['written', 'counted', 'counted', 'counted', 'counted']);
  });

  it('begins a new one after quiet, for another note, and for another object', async () => {
    const { recorder, clock, events } = world();
    recorder.record(web, made);
    await clock.advance(11 * 60_000);
    recorder.record(web, made);
    recorder.record(web, { ...made, note: 'Service front made' });
    recorder.record({ ...web, metadata: { ...web.metadata, uid: 'u2' } }, made);
    await recorder.flush();
    expect(events()).toHaveLength(4);
    expect(events().every(({ series }) => series === undefined)).toBe(true);
  });

  it('writes a count ever more seldom', async () => {
    const { recorder, clock, calls, events } = world();
    for (let i = 0; i < 3_600; i++) {
      recorder.record(web, made);
      await clock.advance(1_000);
    }
    expect(calls.length).toBeLessThan(20);
    await recorder.flush();
    expect(events()[0]?.series?.count).toBe(3_600);
  }, 30_000);

  it('counts on where a process before it stopped', async () => {
    const { recorder, make, events } = world();
    recorder.record(web, made);
    recorder.record(web, made);
    await recorder.flush();
    const next = make();
    next.record(web, made);
    await next.flush();
    expect(events()).toHaveLength(1);
    expect(events()[0]?.series?.count).toBe(3);
  });

  it('tells it again when the API server has forgotten it', async () => {
    const { recorder, events, forget } = world();
    recorder.record(web, made);
    await recorder.flush();
    forget();
    recorder.record(web, made);
    await recorder.flush();
    expect(events()[0]?.series?.count).toBe(2);
  });

  it('limits one object without limiting another', async () => {
    const { recorder, clock, events, fates } = world({ limit: { burst: 3, refillMs: 60_000 } });
    for (let i = 0; i < 10; i++) recorder.record(web, { ...made, note: `note ${i}` });
    recorder.record({ ...web, metadata: { name: 'other', uid: 'u2' } }, made);
    await recorder.flush();
    expect(events()).toHaveLength(4);
    expect(fates.filter((fate) => fate === 'limited')).toHaveLength(7);
    await clock.advance(60_000);
    recorder.record(web, { ...made, note: 'later' });
    await recorder.flush();
    expect(events()).toHaveLength(5);
  });

  it('hurts nobody when it fails, and tries again with the next', async () => {
    const { recorder, events, fates, fail, clock } = world();
    fail(new OperatorError('forbidden', 'no'));
    recorder.record(web, made);
    await recorder.flush();
    expect(fates).toEqual(['failed']);
    expect(clock.pending()).toBe(0);
    fail(undefined);
    recorder.record(web, made);
    await recorder.flush();
    expect(events()).toHaveLength(1);
    expect(() => recorder.record(undefined as never, made)).not.toThrow();
  });

  it('does not flush for longer than it may', async () => {
    const { recorder, clock, hold } = world();
    hold(new Promise(() => undefined));
    recorder.record(web, made);
    let isDone = false;
    const flushed = recorder.flush(2_000).then(() => (isDone = true));
    await clock.advance(1_900);
    expect(isDone).toBe(false);
    await clock.advance(200);
    await flushed;
    expect(clock.pending()).toBe(0);
  });
});

describe('names and notes', () => {
  it('are valid whatever the object is called', () => {
    const valid = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
    for (const name of ['front', 'system:masters', 'Ünï', '', 'x'.repeat(250), 'a-.b'.slice(0, 2)]) {
      const made = eventName({ metadata: { name } }, '0123456789abcdef', 1e12, 600_000);
      expect(made).toMatch(valid);
      expect(made.length).toBeLessThanOrEqual(253);
    }
  });

  it('are cut by bytes and never within a character', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 200 }),
        fc.integer({ min: 3, max: 100 }),
        (text, max) => {
          const cut = cutBytes(text, max);
          expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(Math.max(max, 0));
          if (!text.includes('\ufffd')) expect(cut).not.toContain('\ufffd');
        },
      ),
    );
  });
});

describe('token bucket', () => {
  it('never gives more than the burst and what has been refilled', () => {
    const limit = { burst: 5, refillMs: 1_000 };
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -500, max: 3_000 }), { maxLength: 200 }), (steps) => {
        let now = 0;
        let latest = 0;
        let given = 0;
        let bucket = fullBucket(limit, 0);
        for (const step of steps) {
          now += step;
          latest = Math.max(latest, now);
          const next = takeToken(bucket, limit, now);
          if (next) {
            given++;
            bucket = next;
          }
        }
        expect(given).toBeLessThanOrEqual(5 + latest / 1_000 + 1e-6);
      }),
    );
  });
});
