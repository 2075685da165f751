import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, defineResource, loadKubeConfig } from '../src/client/index.ts';
import {
  hasEnded,
  operation,
  reconcilePlan,
  type OperationStatus,
  type Parent,
  type PlanDefinition,
  type StepCall,
} from '../src/plan/index.ts';
import { type Condition } from '../src/status/index.ts';
import { quietPlanContext } from './quiet-plan-context.ts';

/**
 * A process that works on one operation until it has ended, or until it is killed: the operation moves files in a
 * folder, one per effect. Arguments: kubeconfig, namespace, name, folder, epoch.
 */
const [kubeconfig = '', namespace = '', name = '', folder = '', epoch = '0'] = process.argv.slice(2);

interface Move extends Parent {
  spec?: { wanted?: boolean };
  status?: OperationStatus & { conditions?: Condition[] | undefined };
}
const moves = defineResource<Move>('test.example.com', 'v1', 'Move', 'moves');
const steps = ['one', 'two', 'three'];
const effectOf = (step: string): string | undefined =>
  readdirSync(folder).find((file) => file.startsWith(`${step}.`));
const pause = (): Promise<void> => sleep(Math.random() * 25);

/** One file per key, made or not: a second one of the same step would show an effect that was had twice. */
async function act(step: string, { idempotencyKey }: StepCall): Promise<void> {
  await pause();
  const done = join(folder, `undone.${step}.${idempotencyKey}`);
  if (!existsSync(done)) writeFileSync(join(folder, `${step}.${idempotencyKey}`), '');
  await pause();
}
async function undo(step: string): Promise<void> {
  await pause();
  const effect = effectOf(step);
  if (effect !== undefined) renameSync(join(folder, effect), join(folder, `undone.${effect}`));
  await pause();
}

const definition: PlanDefinition<Move, { move: Move; present: string[] }, NonNullable<Move['status']>> = {
  name: 'move',
  resource: moves,
  owns: [],
  observe: (move) => ({ move, present: steps.filter((step) => effectOf(step) !== undefined) }),
  plan: ({ move }) => ({
    children: [],
    status: {},
    ...(move.spec?.wanted ? { operation: { kind: 'Move' } } : {}),
  }),
  withProblems: (status) => status,
  operations: [
    operation({
      kind: 'Move',
      steps: steps.map((step) => ({
        name: step,
        done: ({ present }) => present.includes(step),
        act: (_, call) => act(step, call),
        undo: { done: ({ present }) => !present.includes(step), act: () => undo(step) },
      })),
    }),
  ],
};

const client = connect({ config: await loadKubeConfig({ path: kubeconfig }), fieldManager: 'mover' });
const signal = new AbortController().signal;
process.stdout.write('working\n');
for (;;) {
  const move = await client.get(moves, { namespace, name });
  const { operation: record, operationHistory = [] } = move.status ?? {};
  if (record ? hasEnded(record) : operationHistory.length > 0 || !move.spec?.wanted) break;
  await reconcilePlan(definition, move, {
    ...quietPlanContext(),
    client,
    signal,
    now: Date.now(),
    epoch: Number(epoch),
  });
}
await client.close();
