import { hasEnded, type OperationRecord } from './record.ts';

/** What became of an operation in one move, for metrics. */
export interface OperationFacts {
  /** A step is over, done or undone. */
  stepEnded?(controller: string, operation: string, step: string, seconds: number): void;
  operationEnded?(
    controller: string,
    operation: string,
    result: 'succeeded' | 'failed' | 'cancelled',
    seconds: number,
  ): void;
}

/** Tells what a stored move has ended: a step, the operation. */
export function tellOperation(
  controller: string,
  before: OperationRecord | undefined,
  after: OperationRecord | undefined,
  now: number,
  facts: OperationFacts,
): void {
  if (!before || before.id !== after?.id || hasEnded(before)) return;
  const seconds = (since: string): number => Math.max(0, now - Date.parse(since)) / 1000;
  if (before.step !== undefined && before.step !== after.step) {
    facts.stepEnded?.(controller, before.kind, before.step, seconds(before.stepStartedAt));
  }
  const result = { Succeeded: 'succeeded', Failed: 'failed', Cancelled: 'cancelled' } as const;
  if (after.phase in result) {
    const ended = result[after.phase as keyof typeof result];
    facts.operationEnded?.(controller, after.kind, ended, seconds(after.startedAt));
  }
}
