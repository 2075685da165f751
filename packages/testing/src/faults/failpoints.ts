import { type Act, type OperationDefinition, type PlanDefinition } from '@stateful/reconcile-sdk';

/**
 * Called at each place where a request of a saga can be interrupted, by its name: `move/claim/act/before` (the
 * intent is stored, nothing is asked yet) and `move/claim/act/after` (asked for, and the answer not stored); `undo`
 * for `act` on the way back. `view` is what the plan saw of its object. The saga goes on when it resolves; it may throw, wait, or
 * never come back.
 */
export type Failpoint = (name: string, view: unknown) => Promise<void>;

/**
 * The plan with named failpoints around every request of its operations. They are put around it from outside: the
 * SDK, and so what is shipped, holds none. The writes before and after are points of the transport.
 */
export function withFailpoints<D extends Pick<PlanDefinition<never, never, never>, 'operations'>>(
  plan: D,
  reach: Failpoint,
): D {
  const around =
    (name: string, act: Act<never>): Act<never> =>
    async (view, call) => {
      await reach(`${name}/before`, view);
      const result = await act(view, call);
      await reach(`${name}/after`, view);
      return result;
    };
  const operation = (definition: OperationDefinition<never>): OperationDefinition<never> => ({
    ...definition,
    steps: definition.steps.map((step) => {
      const name = `${definition.kind}/${step.name}`;
      const { act, undo } = step;
      return {
        ...step,
        ...(act ? { act: around(`${name}/act`, act) } : {}),
        ...(undo
          ? { undo: { ...undo, ...(undo.act ? { act: around(`${name}/undo`, undo.act) } : {}) } }
          : {}),
      };
    }),
  });
  return plan.operations ? { ...plan, operations: plan.operations.map(operation) } : plan;
}
