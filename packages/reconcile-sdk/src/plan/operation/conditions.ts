import { type ConditionInput } from '../../status/index.ts';
import { type OperationReport } from './definition.ts';
import { hasEnded, type OperationRecord, type PlannedStep } from './record.ts';

/**
 * What an operation means for people and tools: Progressing names the step and what comes next, Stuck, while it is,
 * why it does not get on by itself, Degraded that it failed and was undone. None without an operation.
 */
export function operationConditions(report: OperationReport): ConditionInput[] {
  const { record } = report;
  if (!record) return [];
  return [
    progressing(report, record),
    ...(record.stuck === undefined
      ? []
      : [
          {
            type: 'Stuck',
            status: 'True',
            reason: 'OperationStuck',
            message: `${record.id}: ${record.stuck}`,
          } as const,
        ]),
    ...(record.phase === 'Failed'
      ? [
          {
            type: 'Degraded',
            status: 'True',
            reason: 'OperationFailed',
            message: `${record.id} failed and was undone: ${record.message ?? record.reason}. It is tried again when something else is wanted, or on request.`,
          } as const,
        ]
      : []),
  ];
}

function progressing(report: OperationReport, record: OperationRecord): ConditionInput {
  const waiting = report.waiting ? [`operation ${report.waiting.kind} waits until it has ended`] : [];
  const say = (reason: string, parts: readonly string[]): ConditionInput => ({
    type: 'Progressing',
    status: hasEnded(record) || record.phase === 'Paused' ? 'False' : 'True',
    reason,
    message: `${record.id}: ${[...parts, ...waiting].join('; ')}`,
  });
  const error = record.lastError === undefined ? [] : [record.lastError];
  const attempt = record.attempt > 1 ? ` (attempt ${record.attempt})` : '';
  switch (record.phase) {
    case 'Running':
      return say('OperationRunning', [
        `${record.step}${attempt}`,
        ...(report.cannotCancel ? ['it cannot be taken back any more'] : []),
        ...error,
        ...next('next', report.next),
      ]);
    case 'Undoing':
      return say('OperationUndoing', [
        `undoing ${record.step}${attempt} because ${record.message ?? record.reason}`,
        ...error,
        ...next('then', report.next),
      ]);
    case 'Paused':
      return say('OperationPaused', [`held at ${record.step}`, ...next('next', report.next)]);
    case 'Succeeded':
      return say('OperationSucceeded', ['done']);
    case 'Failed':
      return say('OperationFailed', [`undone because ${record.message ?? record.reason}`]);
    case 'Cancelled':
      return say('OperationCancelled', [`undone because ${record.message ?? record.reason}`]);
  }
}

const next = (word: string, steps: readonly PlannedStep[]): string[] =>
  steps.length === 0
    ? []
    : [
        `${word}: ${steps
          .map(({ name, pointOfNoReturn }) => (pointOfNoReturn ? `${name} (no way back after it)` : name))
          .join(', ')}`,
      ];
