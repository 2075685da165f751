import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canRunControlPlane, startControlPlane, type ControlPlane } from '@stateful/local-cluster';
import { loadKubeConfig } from '@stateful/reconcile-sdk';
import { realExchange, type Exchange } from './contract/exchange.ts';
import { inProcessExchange } from './contract/in-process.ts';
import { knownDifferences } from './contract/known-differences.ts';
import { scenarios } from './contract/scenarios/index.ts';
import { type Heard } from './contract/transcript.ts';
import { listen } from './contract/world.ts';

/** The real server's answers, written down by record.ts. */
function recorded(file: string): Record<string, Heard[]> {
  const path = join(import.meta.dirname, 'contract', 'recorded', `${file}.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Record<string, Heard[]>) : {};
}
/**
 * The real server lists several causes in the order of a Go map, so in any: they are compared as sets. Inside a
 * Status message they stand in brackets, separated by commas that values may hold too, so its words are compared.
 */
function unordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]): [string, unknown] => {
    if (key === 'causes' && Array.isArray(each))
      return [key, each.map((cause) => JSON.stringify(unordered(cause))).sort()];
    if (key === 'warnings' && Array.isArray(each)) return [key, [...(each as string[])].sort()];
    if (key === 'message' && typeof each === 'string' && /is invalid: \[.*\]$/.test(each))
      return [
        key,
        each
          .replace(/[[\],]/g, ' ')
          .split(' ')
          .filter(Boolean)
          .sort(),
      ];
    return [key, unordered(each)];
  });
  return Object.fromEntries(entries);
}
const listed = Object.entries(scenarios).flatMap(([file, list]) =>
  list.map((scenario, index) => ({ file, scenario, namespace: `${file}-${index}` })),
);

describe('the in-process server answers as the real one did', () => {
  it.each(listed)('$file: $scenario.name', async ({ file, scenario, namespace }) => {
    const heard = await listen(inProcessExchange(), scenario, namespace);
    const wanted = recorded(file)[scenario.name];
    const known = knownDifferences[`${file}: ${scenario.name}`] ?? {};
    for (const [index, answer] of (wanted ?? []).entries()) {
      // What is known to differ must still do so: the list of it can only become shorter.
      const [ours, theirs] = [heard[index], answer].map((each) => unordered({ index, ...each }));
      if (known[index] === undefined) expect(ours).toEqual(theirs);
      else expect(ours).not.toEqual(theirs);
    }
    expect(heard).toHaveLength(wanted?.length ?? 0);
  });
});

describe('the contract', () => {
  const first = scenarios['objects']![0]!;
  const hearWith = (change: (body: Record<string, unknown>) => unknown): Promise<readonly Heard[]> => {
    const exchange = inProcessExchange();
    const ask: Exchange['ask'] = async (request) => {
      const { status, body } = await exchange.ask(request);
      return { status, body: change(body as Record<string, unknown>) };
    };
    return listen({ ...exchange, ask }, first, 'objects-0');
  };

  it('finds a server out that differs in one field of one answer', async () => {
    const wanted = recorded('objects')[first.name];
    expect(await hearWith((body) => body)).toEqual(wanted);
    const misnamed = await hearWith((body) =>
      body['reason'] === 'AlreadyExists' ? { ...body, reason: 'Conflict' } : body,
    );
    expect(misnamed).not.toEqual(wanted);
    // An update that changes nothing is no write: the second such answer must not have a version of its own.
    let same = 0;
    const restless = await hearWith((body) =>
      (body['data'] as { k?: string } | undefined)?.k === '4' && ++same === 2
        ? { ...body, metadata: { ...(body['metadata'] as object), resourceVersion: '999' } }
        : body,
    );
    expect(restless).not.toEqual(wanted);
  });
});

const given = process.env['CONTRACT_KUBECONFIG'];
const canRun = given !== undefined || (await canRunControlPlane('The contract'));

(canRun ? describe : describe.skip)('the real server answers as recorded', () => {
  let plane: ControlPlane | undefined;
  let exchange: Exchange;
  beforeAll(async () => {
    plane = given === undefined ? await startControlPlane() : undefined;
    exchange = await realExchange(await loadKubeConfig({ path: given ?? plane!.kubeconfigPath }));
  }, 600_000);
  afterAll(async () => {
    exchange?.close();
    await plane?.stop();
  }, 60_000);

  it.each(listed)(
    '$file: $scenario.name',
    async ({ file, scenario, namespace }) => {
      const heard = await listen(exchange, scenario, `${namespace}-${Date.now().toString(36)}`);
      expect(unordered(heard)).toEqual(unordered(recorded(file)[scenario.name]));
    },
    60_000,
  );
});
