import { type Act, type StepCall, type StepDefinition } from './definition.ts';
import { type Json } from './record.ts';

/** A call to the outside that must take exactly once, though its answer may be lost. */
export interface ExternalCall<View, Result extends Json> {
  /**
   * What an earlier call under `effectKey` led to, or undefined when there was none. Asked before every call, so
   * that a lost answer is found and not repeated. It has to see what a call made that was answered; a call that is
   * still on its way is kept from taking twice by the key itself (EC2's ClientToken, a deterministic object name).
   */
  readonly find: (view: View, call: StepCall) => Promise<Result | undefined>;
  readonly call: (view: View, call: StepCall) => Promise<Result>;
  /** Takes back what `find` finds. Absent: what was made stays when the operation is undone. */
  readonly release?: (view: View, call: StepCall, result: Result) => Promise<void>;
}

/** An `act` that looks for its own effect before it causes it. Its answer is kept in the record. */
export const once =
  <View, Result extends Json>({ find, call }: Pick<ExternalCall<View, Result>, 'find' | 'call'>): Act<View> =>
  async (view, step) =>
    (await find(view, step)) ?? (await call(view, step));

/**
 * A step that is one call to the outside. It is done when the answer is persisted; later steps find it in
 * `results` under the step's name. The intent is persisted before the call, as with every step.
 */
export const externalCall = <View, Result extends Json>(
  options: Omit<StepDefinition<View>, 'act' | 'done' | 'undo'> & ExternalCall<View, Result>,
): StepDefinition<View> => {
  const { find, call, release, ...step } = options;
  return {
    // The answer is persisted or it is not: another attempt costs one look, so it is made soon.
    repeatMs: 1_000,
    ...step,
    done: (_view, { result }) => result !== undefined,
    act: once({ find, call }),
    ...(release
      ? {
          undo: {
            done: (_view, { asked }) => asked,
            async act(view, undo) {
              const result = await find(view, undo);
              if (result !== undefined) await release(view, undo, result);
            },
          },
        }
      : {}),
  };
};
