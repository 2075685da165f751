import {
  type KubeClient,
  type KubeObject,
  type ObjectKey,
  type Random,
  type Resource,
} from '@stateful/reconcile-sdk';
import { type Fields } from '../api-server/json.ts';
import { createWorld, traceText, type World } from '../simulation/index.ts';
import { differences, takePicture } from './picture.ts';
import { mutationsOf, pathText, type Mutation } from './mutations.ts';
import { type SystemUnderTest } from './system.ts';

/** A schema as a CRD has it, as far as mutations look at it. */
export type { MutableSchema } from './mutations.ts';

export interface ChainOptions<P extends KubeObject & { spec?: unknown }> {
  readonly system: SystemUnderTest;
  readonly parents: Resource<P>;
  /** The object A that every chain starts from and comes back to. */
  readonly seedObject: P;
  /** Of `spec`. */
  readonly schema: Parameters<typeof mutationsOf>[0];
  readonly random: Random;
  /** Mutations in a chain, each reverted. Default 10. */
  readonly length?: number;
  /** Paths such as `storage.size` that are not touched: what cannot be taken back by design. */
  readonly leave?: readonly string[];
  readonly say?: (text: string) => void;
}

/** One chain: what was tried, and what was not as it must be. */
export interface ChainResult {
  readonly mutations: readonly string[];
  /** How many the server took; the others it refused, which is as good. */
  readonly taken: number;
  readonly problems: readonly string[];
  readonly trace: string;
}

const rest = { quietMs: 60_000, withinMs: 900_000 };

/**
 * A chain of mutations of a spec, valid and invalid, each followed by its revert: after each revert all is as it was
 * before (A, B, A equals A), whatever B was. What the server takes the operator has to bear; what it refuses has to
 * change nothing.
 */
export async function runChain<P extends KubeObject & { spec?: unknown }>(
  options: ChainOptions<P>,
): Promise<ChainResult> {
  const { system, parents, seedObject, random, length = 10, leave = [] } = options;
  const world = createWorld({ operator: system.operator });
  await system.setUp(world);
  const { users } = world;
  const { namespace, name = '' } = seedObject.metadata ?? {};
  const key: ObjectKey = { name, ...(namespace ? { namespace } : {}) };
  await users.create(parents, seedObject);
  world.start();
  const problems: string[] = [];
  if (!(await world.settle(rest))) problems.push('the seed object does not come to rest');
  const before = takePicture(world, system);
  const spec = (await users.get(parents, key)).spec as Fields;
  const possible = mutationsOf(options.schema, spec).filter(({ path }) => !leave.includes(pathText(path)));
  const mutations: string[] = [];
  let taken = 0;
  for (let index = 0; index < length && possible.length > 0 && problems.length === 0; index++) {
    const mutation = possible[Math.floor(random.next() * possible.length)]!;
    mutations.push(mutation.text);
    world.trace.add('user', mutation.text);
    const isTaken = await write(users, parents, key, mutation.apply(spec));
    if (isTaken) taken++;
    await world.settle({ ...rest, withinMs: 300_000 });
    await write(users, parents, key, spec);
    world.trace.add('user', `takes it back`);
    if (!(await world.settle(rest))) problems.push(`${mutation.text}, taken back: it does not come to rest`);
    problems.push(...judge(world, system, before, mutation, isTaken));
  }
  for (const process of world.processes()) process.kill();
  return { mutations, taken, problems, trace: traceText(world.trace.entries()) };
}

function judge(
  world: World,
  system: SystemUnderTest,
  before: ReturnType<typeof takePicture>,
  { text }: Mutation,
  isTaken: boolean,
): string[] {
  const how = `${text} (${isTaken ? 'taken' : 'refused'}), taken back`;
  return [
    ...differences(takePicture(world, system), before).map((difference) => `${how}: ${difference}`),
    ...world.mishaps.map((mishap) => `${how}: ${mishap}`),
  ];
}

/** Replaces the spec; false when the server refuses it. */
async function write<P extends KubeObject & { spec?: unknown }>(
  users: KubeClient,
  parents: Resource<P>,
  key: ObjectKey,
  spec: Fields,
): Promise<boolean> {
  const live = await users.get(parents, key);
  return users.update(parents, { ...live, spec }).then(
    () => true,
    () => false,
  );
}
