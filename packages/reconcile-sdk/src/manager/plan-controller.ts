import { type Clock } from '../clock/index.ts';
import { keyText, resourceText, type ObjectKey } from '../client/index.ts';
import { createHotLoopDetector } from '../controller/index.ts';
import { type Elector } from '../election/index.ts';
import { describeError } from '../errors/index.ts';
import { type ControllerMetrics, type Metrics } from '../metrics/index.ts';
import {
  fieldManagersOf,
  previewPlan,
  reconcilePlan,
  type AppliedChild,
  type Parent,
  type PlanDefinition,
  type Preview,
} from '../plan/index.ts';
import { type Condition } from '../status/index.ts';
import { type ControllerContext, type ControllerDefinition } from './definition.ts';

export interface PlanControllerOptions {
  clock: Clock;
  metrics: Metrics;
  observer: ControllerMetrics;
  elector: Elector | undefined;
}

type PreviewContext = Pick<ControllerContext, 'cluster' | 'client' | 'store' | 'signal' | 'log'> &
  Partial<Pick<ControllerContext, 'stopping'>>;

/** A controller whose reconcile is a plan, and what that plan would do next. */
export interface PlanController {
  definition: ControllerDefinition;
  /** Undefined when there is no such object. Writes nothing. */
  preview(key: ObjectKey, context: PreviewContext): Promise<Preview | undefined>;
}

export function planController<
  P extends Parent,
  Snapshot,
  Status extends { conditions?: Condition[] | undefined },
>(plan: PlanDefinition<P, Snapshot, Status>, options: PlanControllerOptions): PlanController {
  const { clock, metrics, observer, elector } = options;
  const loops = createHotLoopDetector();

  const planContext = (context: PreviewContext) => ({
    client: context.client,
    store: context.store,
    signal: context.signal,
    ...(context.stopping ? { stopping: context.stopping } : {}),
    log: context.log,
    events: context.cluster.events,
    metrics,
    epoch: elector?.holds() ? elector.epoch() : 0,
    now: clock.now(),
    clock,
    ...(elector ? { fence: () => elector.fence() } : {}),
  });

  /** Somebody undoes what is applied: the key is slowed, and both sides are named. */
  async function checkLoop(
    parent: P,
    applied: AppliedChild,
    key: ObjectKey,
    context: ControllerContext,
  ): Promise<void> {
    if (applied.path === undefined) return;
    const child = `${applied.resource.kind} ${applied.child.name}`;
    const loop = loops.applied(keyText(key), child, applied.path, clock.monotonic());
    if (!loop) return;
    context.slow(loop.slowMs, 'hot loop');
    observer.hotLoop(resourceText(applied.resource));
    const live = await context.client
      .find(applied.resource, applied.child, { signal: context.signal })
      .catch(() => undefined);
    const others = live
      ? fieldManagersOf(live, loop.path).filter((manager) => manager !== context.client.fieldManager)
      : [];
    const who = others.length > 0 ? `${others.join(' and ')} also writes it` : 'something undoes it';
    const note = `${child}: ${loop.path} was set ${loop.count} times in a short while, and ${who}. Trying again in ${loop.slowMs / 1000} s. Let one side own the field.`;
    context.log.warn({ child, path: loop.path, others, slowSeconds: loop.slowMs / 1000 }, 'hot loop');
    context.cluster.events.record(parent, { type: 'Warning', reason: 'HotLoop', action: 'Apply', note });
  }

  const definition: ControllerDefinition<P> = {
    name: plan.name,
    resource: plan.resource,
    // The plan layer holds it itself, and says so in a condition.
    pausable: false,
    ...(plan.labelSelector === undefined ? {} : { labelSelector: plan.labelSelector }),
    owns: plan.owns,
    ...(plan.reads ? { reads: plan.reads } : {}),
    ...(plan.sources ? { sources: plan.sources } : {}),
    async reconcile(key, context) {
      const parent = context.store(plan.resource).get(key.namespace, key.name);
      if (!parent) return undefined;
      const applied: AppliedChild[] = [];
      try {
        const outcome = await reconcilePlan(plan, parent, {
          ...planContext(context),
          onApplied: (each) => void applied.push(each),
          // Conditions are for people: no plan needs to see that its own have arrived.
          onStatusWritten: ({ change, resourceVersion }) => {
            if (change === 'conditions-only') context.expectEcho(resourceVersion);
          },
        });
        return {
          ...(outcome.requeueAfterMs === undefined ? {} : { requeueAfterMs: outcome.requeueAfterMs }),
          ...(outcome.outcome ? { outcome: outcome.outcome } : {}),
        };
      } finally {
        for (const each of applied) {
          await checkLoop(parent, each, key, context).catch((error: unknown) =>
            context.log.debug({ error: describeError(error) }, 'the hot loop could not be looked into'),
          );
        }
      }
    },
  };
  return {
    definition: definition,
    async preview(key, context) {
      const parent = context.store(plan.resource).get(key.namespace, key.name);
      return parent && previewPlan(plan, parent, planContext(context));
    },
  };
}
