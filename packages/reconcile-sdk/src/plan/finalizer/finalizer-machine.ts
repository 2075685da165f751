import { type Answer } from '../answer.ts';

export interface FinalizerInput {
  /** Wall clock, milliseconds. */
  readonly deletedAt: number;
  readonly now: number;
  readonly deadlineMs: number;
  readonly uninstallDeadlineMs: number;
  readonly onDeadline: 'release' | 'hold';
  /** The kind or the namespace goes too. */
  readonly isUninstalling: boolean;
  /** Whether all is cleaned up. */
  readonly done: Answer;
}

/** `release`: all is clean. `give-up`: time is over. `overdue`: so it is, but the object is held. */
export type FinalizerMove =
  | { readonly kind: 'release' }
  | { readonly kind: 'give-up' }
  | { readonly kind: 'clean-up'; readonly overdue: boolean; readonly lookAgainMs?: number };

/** Whether an object that is going may go now. The deadline stands in the object: no restart moves it. Pure. */
export function nextFinalizerMove(input: FinalizerInput): FinalizerMove {
  if (input.done === true) return { kind: 'release' };
  const { deadlineMs, uninstallDeadlineMs, isUninstalling } = input;
  const limit = isUninstalling ? Math.min(deadlineMs, uninstallDeadlineMs) : deadlineMs;
  const left = input.deletedAt + limit - input.now;
  if (left > 0) return { kind: 'clean-up', overdue: false, lookAgainMs: left };
  return isUninstalling || input.onDeadline === 'release'
    ? { kind: 'give-up' }
    : { kind: 'clean-up', overdue: true };
}
