import { defineResource, type KubeClient } from '../src/client/index.ts';
import { OperatorError } from '../src/errors/index.ts';
import {
  hasEnded,
  operation,
  reconcilePlan,
  type OperationDefinition,
  type OperationStatus,
  type Parent,
  type PlanDefinition,
  type ReconcileInput,
  type StepCall,
  type StepDefinition,
  type Answer,
} from '../src/plan/index.ts';
import { type Condition } from '../src/status/index.ts';
import { quietPlanContext } from './quiet-plan-context.ts';

/** Where a run may be hurt, and how. `at` counts writes and requests from 0, or looks for those that concern one. */
export type Fault =
  | { kind: 'crash-before' | 'crash-after' | 'lost' | 'refused' | 'delayed'; at: number }
  | {
      kind: 'unknown' | 'stale' | 'withdrawn' | 'cancel' | 'deadline' | 'takeover' | 'hold';
      at: number;
    };
export const pointFaults = ['crash-before', 'crash-after', 'lost', 'refused', 'delayed'] as const;
export const lookFaults = [
  'unknown',
  'stale',
  'withdrawn',
  'cancel',
  'deadline',
  'takeover',
  'hold',
] as const;

export interface ToyStatus extends OperationStatus {
  conditions?: Condition[] | undefined;
}
type Toy = Parent & { status?: ToyStatus };

/** What one look sees of the outside: by step, whether its effect is there. */
export type ToyView = { readonly [step: string]: Answer };
export type Look = (definition: ToyDefinition, parent: Toy, input: ReconcileInput) => Promise<unknown>;
export type ToyDefinition = PlanDefinition<Toy, ToyView, ToyStatus>;

/** Steps of a toy: `acts` are asked for, `drives` happen as soon as the record says so, `waits` change nothing. */
export interface ToyStep {
  name: string;
  how: 'acts' | 'drives' | 'waits';
  pointOfNoReturn?: true;
}

export interface RunResult {
  phase: string;
  present: string[];
  /** `act a`, `undo a`: when an effect really changed the world. */
  took: string[];
  /** How often each key of a way forward was asked for and arrived. */
  asked: Map<string, number>;
  /** Fences in the order in which requests were made. */
  fences: number[];
  recordFences: number[];
  points: number;
  looks: number;
  refusedLate: number;
}

export interface World {
  /** A world that takes requests with older fences too. */
  ignoresFences?: boolean;
  /** A server that takes any status. */
  ignoresVersions?: boolean;
}

const toys = defineResource<Toy>('example.com', 'v1', 'Toy', 'toys');
const dead = new Error('this process is dead');
const deadlineMs = 1_000_000;
const maxLooks = 80;

/** Runs one operation to its end with these faults; throws when it does not end. */
export async function runToy(
  steps: readonly ToyStep[],
  faults: readonly Fault[],
  look: Look = reconcilePlan,
  world: World = {},
): Promise<RunResult> {
  const present = new Set<string>();
  const took: string[] = [];
  const asked = new Map<string, number>();
  const fences: number[] = [];
  const recordFences: number[] = [];
  const keysDone = new Set<string>();
  const late: { dueLook: number; arrive: () => void }[] = [];
  let fenceSeen = 0;
  let refusedLate = 0;
  let points = 0;
  let looks = 0;
  let now = Date.UTC(2030, 0, 1);
  let epoch = 1;
  let isDead = false;
  const isAt = (kind: Fault['kind'], at: number): boolean =>
    faults.some((fault) => fault.kind === kind && fault.at === at);

  let version = 1;
  const versions: Toy[] = [
    { metadata: { name: 't', namespace: 'ns', uid: 'u', generation: 1, resourceVersion: '1' } },
  ];
  const newest = (): Toy => versions.at(-1)!;

  /** One write or request: it happens, or not, and the caller learns it, or not. */
  function point<T>(happen: () => T, canBeDelayed: ((arrive: () => void) => void) | undefined): T {
    if (isDead) throw dead;
    const at = points++;
    if (isAt('crash-before', at)) {
      isDead = true;
      throw dead;
    }
    if (isAt('refused', at)) throw new OperatorError('unavailable', 'no');
    if (isAt('delayed', at) && canBeDelayed) {
      canBeDelayed(() => void happen());
      throw new OperatorError('timeout', 'no answer');
    }
    const result = happen();
    if (isAt('crash-after', at)) {
      isDead = true;
      throw dead;
    }
    if (isAt('lost', at)) throw new OperatorError('network', 'the answer was lost');
    return result;
  }

  function request(step: string, direction: 'act' | 'undo', call: StepCall): Promise<void> {
    fences.push(call.fence);
    const arrive = (): void => {
      if (call.fence < fenceSeen && !world.ignoresFences) {
        refusedLate++;
        throw new OperatorError('conflict', 'an older fence');
      }
      fenceSeen = Math.max(fenceSeen, call.fence);
      if (direction === 'act') asked.set(call.idempotencyKey, (asked.get(call.idempotencyKey) ?? 0) + 1);
      // The outside knows keys: the same request twice is one effect.
      if (direction === 'act' && keysDone.has(call.idempotencyKey)) return;
      keysDone.add(call.idempotencyKey);
      change(step, direction);
    };
    return new Promise((resolve) => {
      resolve(
        point(arrive, (later) => {
          late.push({
            dueLook: looks + 6,
            arrive() {
              try {
                later();
              } catch {
                // Nobody waits for the answer any more.
              }
            },
          });
        }),
      );
    });
  }
  function change(step: string, direction: 'act' | 'undo'): void {
    if (present.has(step) === (direction === 'act')) return;
    if (direction === 'act') present.add(step);
    else present.delete(step);
    took.push(`${direction} ${step}`);
  }

  const toStep = ({ name, how, pointOfNoReturn }: ToyStep): StepDefinition<ToyView> => {
    if (how === 'waits') return { name, done: (view) => view[name] ?? false };
    const undone = (view: ToyView): Answer => (view[name] === 'unknown' ? 'unknown' : !view[name]);
    const acts = how === 'acts';
    return {
      name,
      done: (view) => view[name] ?? false,
      ...(acts ? { act: (_: ToyView, call: StepCall) => request(name, 'act', call) } : {}),
      ...(pointOfNoReturn
        ? { pointOfNoReturn }
        : {
            undo: {
              done: undone,
              ...(acts ? { act: (_: ToyView, call: StepCall) => request(name, 'undo', call) } : {}),
            },
          }),
    };
  };
  const saga: OperationDefinition<ToyView> = operation({
    kind: 'move',
    steps: steps.map(toStep),
    deadlineMs,
  });

  /** What the plan's children would do of themselves, from what is stored. */
  function drive(): void {
    const record = newest().status?.operation;
    const step = steps.find(({ name }) => name === record?.step);
    if (step?.how !== 'drives') return;
    if (record?.phase === 'Running') change(step.name, 'act');
    if (record?.phase === 'Undoing') change(step.name, 'undo');
  }

  const client = {
    fieldManager: 'toy',
    apply: (_: unknown, object: Toy) =>
      Promise.resolve().then(() =>
        point(() => {
          const given = object.metadata?.resourceVersion;
          if (given !== undefined && given !== newest().metadata?.resourceVersion && !world.ignoresVersions) {
            throw new OperatorError('conflict', 'a newer version');
          }
          const stored = structuredClone({
            ...newest(),
            status: object.status,
            metadata: { ...newest().metadata, resourceVersion: String(++version) },
          }) as Toy;
          versions.push(stored);
          const fence = stored.status?.operation?.fence;
          if (fence !== undefined) recordFences.push(fence);
          return stored;
        }, undefined),
      ),
  } as unknown as KubeClient;

  const isOver = (): boolean => {
    const { operation: record, operationHistory: history = [] } = newest().status ?? {};
    const isNeverBegun = !record && looks > 5 && faults.some(({ kind }) => kind === 'withdrawn');
    return (record ? hasEnded(record) : history.length > 0 || isNeverBegun) && late.length === 0;
  };

  while (!isOver()) {
    if (looks >= maxLooks) {
      throw new Error(`not over after ${maxLooks} looks: ${JSON.stringify(newest().status?.operation)}`);
    }
    for (const item of late.filter(({ dueLook }) => dueLook <= looks)) {
      item.arrive();
      late.splice(late.indexOf(item), 1);
    }
    isDead = false;
    drive();
    if (isAt('deadline', looks)) now += deadlineMs + 1;
    if (isAt('takeover', looks)) epoch++;
    const isWithdrawn = faults.some(({ kind, at }) => kind === 'withdrawn' && at <= looks);
    const isCancelled = faults.some(({ kind, at }) => kind === 'cancel' && at <= looks);
    const isUnknown = isAt('unknown', looks);
    const isHeld = isAt('hold', looks);
    const cached = (isAt('stale', looks) ? versions.at(-2) : undefined) ?? newest();
    const parent: Toy = isCancelled
      ? {
          ...cached,
          metadata: { ...cached.metadata, annotations: { 'example.com/cancel-operation': 'move-1' } },
        }
      : cached;
    const definition: ToyDefinition = {
      name: 'toy',
      resource: toys,
      owns: [],
      operations: [saga],
      observe: () =>
        Object.fromEntries(
          steps.map(({ name, how }) => [name, isUnknown ? 'unknown' : how === 'waits' || present.has(name)]),
        ),
      plan: () => ({
        children: 'leave',
        status: {},
        ...(isHeld ? { operation: 'hold' } : isWithdrawn ? {} : { operation: { kind: 'move' } }),
        ...(isWithdrawn && !isHeld ? { children: [] } : {}),
      }),
      withProblems: (status) => status,
    };
    const input: ReconcileInput = {
      ...quietPlanContext(),
      client,
      epoch,
      now,
    };
    const result = (await look(definition, parent, input).catch(() => undefined)) as
      { requeueAfterMs?: number } | undefined;
    looks++;
    now += Math.max(1, result?.requeueAfterMs ?? 1_000);
  }
  const { operation: record, operationHistory: history = [] } = newest().status ?? {};
  const phase = record?.phase ?? history[0]?.phase ?? 'Never';
  return {
    phase,
    present: [...present],
    took,
    asked,
    fences,
    recordFences,
    points,
    looks,
    refusedLate,
  };
}

/** What must hold at the end of every run, whatever happened to it. Returns what does not. */
export function violations(steps: readonly ToyStep[], result: RunResult, faults: readonly Fault[]): string[] {
  const wrong: string[] = [];
  const effects = steps.filter(({ how }) => how !== 'waits').map(({ name }) => name);
  const wanted = result.phase === 'Succeeded' ? effects : [];
  if (result.present.toSorted().join() !== wanted.toSorted().join()) {
    wrong.push(`${result.phase}, but there is: ${result.present.join() || 'nothing'}`);
  }
  for (const name of effects) {
    const times = (what: string): number => result.took.filter((item) => item === `${what} ${name}`).length;
    if (times('act') > 1) wrong.push(`${name} took effect ${times('act')} times`);
    if (times('undo') > 1) wrong.push(`${name} was undone ${times('undo')} times`);
  }
  const acts = result.took.filter((item) => item.startsWith('act ')).map((item) => item.slice(4));
  const undos = result.took.filter((item) => item.startsWith('undo ')).map((item) => item.slice(5));
  const order = effects.filter((name) => acts.includes(name));
  // A request that was given up on and arrives late comes besides the one that replaced it.
  if (!faults.some(({ kind }) => kind === 'delayed')) {
    for (const [key, times] of result.asked)
      if (times > 1) wrong.push(`key ${key} was asked for ${times} times`);
    if (acts.join() !== order.join()) wrong.push(`in the order ${acts.join()}`);
    if (
      undos.join() !==
      order
        .filter((name) => undos.includes(name))
        .reverse()
        .join()
    ) {
      wrong.push(`undone in the order ${undos.join()}`);
    }
  }
  if (isFalling(result.recordFences)) wrong.push(`fences in records fall: ${result.recordFences.join()}`);
  if (isFalling(result.fences)) wrong.push(`fences of requests fall: ${result.fences.join()}`);
  return wrong;
}

const isFalling = (values: readonly number[]): boolean =>
  values.some((value, index) => index > 0 && value < values[index - 1]!);
