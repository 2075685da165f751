import { describe, expect, it } from '@jest/globals';
import { operation } from './definition.ts';
import { nextOperation } from './next-operation.ts';
import { externalCall } from './once.ts';
import { hasEnded, type OperationStatus } from './record.ts';
import { runEffect } from './run-operation.ts';

/** An outside that makes a new thing at every call, whatever the key: nothing but our own care keeps it at one. */
async function run(
  faults: ReadonlyMap<number, 'before' | 'after'>,
  { looksFirst = true, withdrawnAt = Infinity } = {},
) {
  const volumes: { id: string; token: string }[] = [];
  let points = 0;
  let stored: OperationStatus = {};
  const crash = new Error('crash');
  function point<T>(happen: () => T): T {
    const fault = faults.get(points++);
    if (fault === 'before') throw crash;
    const result = happen();
    if (fault === 'after') throw crash;
    return result;
  }
  const seenBy: string[] = [];
  const released: string[] = [];
  const saga = operation<undefined>({
    kind: 'Snapshot',
    steps: [
      externalCall<undefined, string>({
        name: 'volume',
        find: (_, { effectKey }) =>
          Promise.resolve(looksFirst ? volumes.find(({ token }) => token === effectKey)?.id : undefined),
        call: (_, { idempotencyKey }) =>
          Promise.resolve().then(() =>
            point(() => {
              volumes.push({ id: `vol-${volumes.length}`, token: idempotencyKey });
              return volumes.at(-1)!.id;
            }),
          ),
        release: (_, _call, result) =>
          Promise.resolve().then(() =>
            point(() => {
              released.push(result);
              volumes.splice(
                volumes.findIndex(({ id }) => id === result),
                1,
              );
            }),
          ),
      }),
      {
        name: 'use',
        done: (_, { result }) => result !== undefined,
        act: (_, { results }) => {
          seenBy.push(JSON.stringify(results['volume']));
          return Promise.resolve('ok');
        },
      },
    ],
  });
  let now = Date.UTC(2030, 0, 1);
  for (let look = 0; look < 60 && !isOver(stored); look++) {
    now += 400_000;
    const decision = nextOperation(stored, {
      uid: 'u',
      definitions: [saga],
      wanted: look >= withdrawnAt ? undefined : { kind: 'Snapshot' },
      view: undefined,
      now,
      epoch: 0,
    });
    try {
      point(() => (stored = decision.status));
      if (!decision.effect || !stored.operation) continue;
      const { record } = await runEffect(stored.operation, decision.effect, {
        uid: 'u',
        view: undefined,
        signal: new AbortController().signal,
        now: () => now,
      });
      if (record.lastError === 'crash') continue;
      point(() => (stored = { ...stored, operation: record }));
    } catch (error) {
      if (error !== crash) throw error;
    }
  }
  const phase = stored.operation?.phase ?? stored.operationHistory?.[0]?.phase;
  return { volumes, released, points, phase, seenBy: new Set(seenBy) };
}
const isOver = ({ operation: record, operationHistory }: OperationStatus): boolean =>
  record ? hasEnded(record) : operationHistory !== undefined;

describe('an external call', () => {
  it('takes exactly once, whatever two crashes there are, and its answer gets through', async () => {
    const { points } = await run(new Map());
    const kinds = ['before', 'after'] as const;
    let runs = 0;
    for (let one = 0; one < points + 2; one++) {
      for (let two = one; two < points + 4; two++) {
        for (const first of kinds) {
          for (const second of kinds) {
            const result = await run(
              new Map([
                [one, first],
                [two, second],
              ]),
            );
            expect(result).toMatchObject({ phase: 'Succeeded', seenBy: new Set(['"vol-0"']) });
            expect(result.volumes).toHaveLength(1);
            runs++;
          }
        }
      }
    }
    expect(runs).toBeGreaterThan(100);
  });

  it('is taken back whenever it is withdrawn, though its answer may have been lost', async () => {
    let runs = 0;
    let releases = 0;
    for (let withdrawnAt = 1; withdrawnAt < 5; withdrawnAt++) {
      for (let one = 0; one < 10; one++) {
        for (let two = one; two < 12; two++) {
          for (const when of ['before', 'after'] as const) {
            const faults = new Map([
              [one, when],
              [two, 'after' as const],
            ]);
            const { phase, volumes, released } = await run(faults, { withdrawnAt });
            if (phase === 'Succeeded') expect(volumes).toHaveLength(1);
            else expect({ phase, volumes }).toEqual({ phase: phase && 'Cancelled', volumes: [] });
            releases += released.length;
            runs++;
          }
        }
      }
    }
    expect(runs).toBeGreaterThan(500);
    expect(releases).toBeGreaterThan(100);
  });

  it('would take twice if it did not look for its own effect first', async () => {
    const volumes: number[] = [];
    for (let at = 0; at < 6; at++)
      volumes.push((await run(new Map([[at, 'after']]), { looksFirst: false })).volumes.length);
    expect(Math.max(...volumes)).toBeGreaterThan(1);
  });
});
