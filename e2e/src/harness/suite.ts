import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { describeError } from '@stateful/reconcile-sdk';
import { prepare, type Environment, type OperatorUnderTest } from './environment.ts';
import { freshNamespace, removeNamespace } from './namespace.ts';
import { createSteps, renderSteps, type Steps } from './steps.ts';

/** What the tests of one suite share. */
export interface Suite {
  /** The cluster; there once the suite has begun. */
  environment(): Environment;
  readonly steps: Steps;
  /** Lines printed at the end: what was measured. */
  readonly figures: string[];
  /** A test with a deadline. At the first that fails the cluster's logs are kept, while they still show it. */
  check(title: string, body: () => Promise<void>, timeoutMs: number): void;
}

/** Where a suite leaves what people may want to look at. */
export const resultsOf = (suite: string): string => join(import.meta.dirname, '../../results', suite);

/**
 * A suite on the local cluster in one namespace of its own, named as the suite. Called inside of `describe`. What
 * faults are left after a test are healed; the namespace stays when a test has failed, for people to look at.
 */
export function createSuite(
  name: string,
  operator: OperatorUnderTest,
  setUp: (environment: Environment) => Promise<void>,
): Suite {
  const steps = createSteps();
  const figures: string[] = [];
  const results = resultsOf(name);
  let environment: Environment | undefined;
  let hasFailed = false;
  let begunAt = Infinity;
  const here = (): Environment => {
    if (!environment) throw new Error('the suite has no cluster yet');
    return environment;
  };
  const keepLogs = async ({ cluster }: Environment): Promise<void> => {
    mkdirSync(results, { recursive: true });
    await cluster.logs(results).catch((cause: unknown) => console.error(describeError(cause)));
    console.error(`logs: ${results}`);
  };

  beforeAll(async () => {
    environment = await prepare(steps, operator);
    begunAt = Date.now();
    await environment.cluster.faults.healAll().catch(() => undefined);
    await freshNamespace(environment.client, name);
    await setUp(environment);
  }, 1_500_000);

  afterEach(async () => {
    if (environment?.cluster.provider === 'native') await environment.cluster.faults.healAll();
  }, 60_000);

  afterAll(async () => {
    // The rights of the chart are those that the operator needs.
    const account = `system:serviceaccount:${operator.name}:${operator.name}`;
    const refused = (
      environment?.cluster.provider === 'native' ? environment.cluster.auditEvents() : []
    ).filter(({ user, code, at }) => user === account && code === 403 && at.getTime() >= begunAt);
    if (environment) {
      if (!hasFailed) await removeNamespace(environment.client, name);
      await environment.close();
    }
    process.stdout.write(`\n${renderSteps(steps.done)}\n\n${figures.join('\n')}\n`);
    expect(refused).toEqual([]);
  }, 240_000);

  return {
    environment: here,
    steps,
    figures,
    check: (title, body, timeoutMs) =>
      it(
        title,
        async () => {
          try {
            await steps.run(title, async () => body());
          } catch (error) {
            if (!hasFailed && environment) await keepLogs(environment);
            hasFailed = true;
            throw error;
          }
        },
        timeoutMs,
      ),
  };
}
