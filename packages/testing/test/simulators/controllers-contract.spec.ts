import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canRunControlPlane, firstStartTimeoutMs } from '@stateful/local-cluster';
import { inProcessStage } from './contract/in-process.ts';
import { startRealControllers, type RealControllers } from './contract/real.ts';
import { scenarios } from './contract/scenarios/index.ts';
import { play, type Note } from './contract/stage.ts';

/** What the real controllers did, written down by record.ts. */
const recorded = (file: string): Record<string, Note[]> =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'contract/recorded', `${file}.json`), 'utf8')) as never;
const listed = Object.entries(scenarios).flatMap(([file, list]) =>
  list.map((scenario, index) => ({ file, scenario, namespace: `${file}-${index}` })),
);
const plain = (notes: readonly Note[]): unknown => JSON.parse(JSON.stringify(notes));

describe('the simulated controllers do as the real ones did', () => {
  it.each(listed)('$file: $scenario.name', async ({ file, scenario, namespace }) => {
    const notes = await play(inProcessStage(namespace), scenario);
    const wanted = recorded(file)[scenario.name] ?? [];
    // One after the other: the first difference explains those after it.
    for (const [index, note] of wanted.entries()) expect(plain([notes[index]!])).toEqual([note]);
    expect(notes).toHaveLength(wanted.length);
  });

  it('would be found out', async () => {
    const scenario = scenarios['stateful-set']![0]!;
    const stage = inProcessStage('stateful-set-0');
    const hasty: typeof stage = { ...stage, settle: () => Promise.resolve() };
    expect(plain(await play(hasty, scenario))).not.toEqual(recorded('stateful-set')[scenario.name]);
  });
});

/**
 * Quiet for a while is all that tells that the real controllers are done, and on a machine that is busy they are slow:
 * so the recordings are held against them on demand, CONTROLLERS_CONTRACT=real, and when Kubernetes changes.
 */
const isAsked = process.env['CONTROLLERS_CONTRACT'] === 'real';
const canRun = isAsked && (await canRunControlPlane('What the controllers do'));

(canRun ? describe : describe.skip)('the real controllers do as recorded', () => {
  let controllers: RealControllers;
  beforeAll(async () => {
    controllers = await startRealControllers();
  }, firstStartTimeoutMs);
  afterAll(() => controllers?.stop(), 60_000);

  it.each(Object.keys(scenarios))(
    '%s',
    async (file) => {
      const unique = Date.now().toString(36);
      const seen = await Promise.all(
        scenarios[file]!.map(async (scenario, index) => [
          scenario.name,
          await play(controllers.stage(`${file}-${index}-${unique}`), scenario),
        ]),
      );
      expect(plain(Object.fromEntries(seen) as never)).toEqual(recorded(file));
    },
    300_000,
  );
});
