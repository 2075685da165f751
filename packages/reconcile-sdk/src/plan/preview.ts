import { isDeepStrictEqual } from 'node:util';
import { keyText, type KubeObject } from '../client/index.ts';
import { describeError } from '../errors/index.ts';
import { type Action } from './action.ts';
import { type ExecuteContext, type ReconcileInput } from './context.ts';
import { decidePlan, finalizerName, type PlanInput } from './decide-plan.ts';
import { type StatusLike } from './status-like.ts';
import { difference } from './difference.ts';
import { finalPlan } from './finalizer/definition.ts';
import { isPaused, pausedPlan } from './paused.ts';
import { type Parent, type PlanDefinition } from './plan.ts';
import { statusChange } from './write-status.ts';

/** One thing that the engine would do, or leave, and why. Holds paths, never values: objects may be Secrets. */
export interface PreviewLine {
  readonly verb:
    Action['verb'] | 'add-finalizer' | 'remove-finalizer' | 'status' | 'operation' | 'paused' | 'going';
  readonly kind: string;
  /** `NAMESPACE/NAME` */
  readonly name: string;
  /** The first path that differs. */
  readonly path?: string;
  /** For people. */
  readonly why: string;
  /** What the API server says to it in a dry run. */
  readonly server?: string;
}

/** What would be done, in order. */
export type Preview = readonly PreviewLine[];

/**
 * What `reconcilePlan` would do now, by the same decisions; nothing is done. With `serverDryRun` each write is also
 * sent as a dry run, so that what admission would refuse is told.
 */
export async function previewPlan<P extends Parent, Snapshot, Status extends StatusLike>(
  definition: PlanDefinition<P, Snapshot, Status>,
  parent: P,
  context: Pick<ReconcileInput, 'client' | 'store' | 'epoch' | 'signal' | 'now'>,
  { serverDryRun = false }: { serverDryRun?: boolean } = {},
): Promise<Preview> {
  const input = await intended(definition, parent, context);
  const decision = decidePlan(input, context);
  const own = {
    kind: definition.resource.kind,
    name: keyText({ ...parent.metadata, name: parent.metadata?.name ?? '' }),
  };
  const lines: PreviewLine[] = [...stateOf(definition, parent, own)];
  if (decision.finalizer !== 'as-is') {
    lines.push({ ...own, verb: `${decision.finalizer}-finalizer`, why: finalizerName(definition) });
  }
  for (const action of decision.actions) {
    const path = 'path' in action ? action.path : undefined;
    const server = serverDryRun ? await dryRun(action, context) : undefined;
    lines.push({
      verb: action.verb,
      kind: action.resource.kind,
      name: keyText(action.key),
      ...(path === undefined ? {} : { path }),
      why: action.why,
      ...(server === undefined ? {} : { server }),
    });
  }
  const { operation } = decision;
  const record = operation?.status.operation;
  if (record) {
    const step = record.step === undefined ? '' : ` ${record.step}`;
    const does = operation.effect ? `${operation.effect.direction}${step}` : `waits${step && ` at${step}`}`;
    lines.push({ ...own, verb: 'operation', why: `${record.id} ${record.phase}: ${does}` });
  }
  const status = decision.statusWith([], operation);
  if (statusChange(parent.status, status) !== 'none') {
    const path = `.status${difference(status, parent.status ?? {}, undefined) ?? ''}`;
    lines.push({ ...own, verb: 'status', path, why: `${path} differs` });
  }
  return lines;
}

/** Why less is done than a plan would say. */
function stateOf<P extends Parent>(
  definition: Pick<PlanDefinition<P, never, StatusLike>, 'resource'>,
  parent: P,
  own: Pick<PreviewLine, 'kind' | 'name'>,
): PreviewLine[] {
  const { resource } = definition;
  if (parent.metadata?.deletionTimestamp !== undefined) {
    return [
      {
        ...own,
        verb: 'going',
        why: 'it is deleted: what is left is cleaned up, or the garbage collector does it',
      },
    ];
  }
  return isPaused(resource, parent)
    ? [{ ...own, verb: 'paused', why: `by the annotation ${resource.group}/paused` }]
    : [];
}

/** What a look at the object would carry out: its plan, its final plan, or nothing while it is held. */
async function intended<P extends Parent, Snapshot, Status extends StatusLike>(
  definition: PlanDefinition<P, Snapshot, Status>,
  parent: P,
  context: Pick<ReconcileInput, 'store' | 'signal' | 'now'>,
): Promise<PlanInput<P, Snapshot, Status>> {
  const { now } = context;
  const status = (parent.status ?? {}) as Status;
  if (parent.metadata?.deletionTimestamp !== undefined) {
    const isHeld = parent.metadata.finalizers?.includes(finalizerName(definition)) ?? false;
    const { operations: _operations, finalizer: _finalizer, ...rest } = definition;
    if (!isHeld)
      return {
        definition: rest,
        parent,
        plan: { children: 'leave', status },
        snapshot: undefined as Snapshot,
        now,
      };
    const snapshot = await definition.observe(parent, context);
    return { definition, parent, plan: finalPlan(definition, parent, snapshot, now), snapshot, now };
  }
  if (isPaused(definition.resource, parent)) return pausedPlan(definition, parent, now);
  const snapshot = await definition.observe(parent, context);
  return { definition, parent, plan: definition.plan(snapshot, now), snapshot, now };
}

/** As a table for terminals; what is left as it is only counts. */
export function formatPreview(lines: Preview): string {
  const told = lines.filter(({ verb }) => verb !== 'leave');
  const left = lines.length - told.length;
  const rows = told.map(({ verb, kind, name, path, why, server }) => [
    verb,
    `${kind} ${name}`,
    path !== undefined && !why.startsWith(path) ? `${path}: ${why}` : why,
    server ?? '',
  ]);
  const width = (column: number): number => Math.max(0, ...rows.map((row) => row[column]!.length));
  const text = rows.map(([verb, what, why, server]) =>
    `${verb!.padEnd(width(0))}  ${what!.padEnd(width(1))}  ${why}${server ? `  [${server}]` : ''}`.trimEnd(),
  );
  return [
    ...text,
    ...(left > 0 ? [`${left} as wanted`] : []),
    ...(lines.length === 0 ? ['nothing to do'] : []),
  ].join('\n');
}

async function dryRun(
  action: Action,
  { client, signal }: Pick<ExecuteContext, 'client' | 'signal'>,
): Promise<string | undefined> {
  if (!('object' in action)) return undefined;
  const { resource, object, live, desired, verb } = action;
  try {
    const force = live !== undefined && (verb === 'adopt' || desired.conflicts !== 'report');
    const result = await client.apply(resource, object, { force, dryRun: true, signal });
    return live && isDeepStrictEqual(contents(result), contents(live)) ? 'no change' : 'accepted';
  } catch (error) {
    return `refused: ${describeError(error)}`;
  }
}

/** Without what the API server counts. */
function contents(object: KubeObject): object {
  const { metadata, apiVersion: _version, kind: _kind, ...rest } = object;
  const { managedFields: _fields, resourceVersion: _rv, generation: _generation, ...kept } = metadata ?? {};
  return { ...rest, metadata: kept };
}
