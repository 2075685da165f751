import * as z from 'zod';
import { type Exception } from './custom-resource-definition.ts';
import { timestamp } from './standard-fields.ts';

const time = (what: string) => timestamp().describe(what);
const count = z
  .int()
  .min(0)
  .max(2 ** 50);
const text = z.string().max(4_096);
const name = z.string().max(253);
const phase = z
  .enum(['Running', 'Undoing', 'Paused', 'Succeeded', 'Failed', 'Cancelled'])
  .describe('How it stands.');
const anyJson = z.record(z.string(), z.unknown()).meta({ kubernetes: { preserveUnknownFields: true } });

const summary = {
  id: name.describe('Unique for its object.'),
  kind: name.describe('What is done.'),
  key: text.describe('Tells one wish from the next of the same kind.'),
  phase,
  fence: count.describe('Rises with each operation and each takeover; agents refuse an older one.'),
  startedAt: time('When it began.'),
  finishedAt: time('When it ended.').optional(),
  reason: name.optional().describe('Why it was turned back or failed, in one word.'),
  message: text.optional().describe('The same for people.'),
};

/**
 * The fields of a status whose kind has operations. The SDK keeps its record in them; the API server drops every
 * field that a schema does not name, and with it the memory of what is under way.
 */
export const operationFields = {
  operation: z
    .object({
      ...summary,
      params: anyJson.optional().describe('What it was asked with.'),
      step: name.optional().describe('The step that is under way, done or undone.'),
      attempt: count.describe('How often that step was asked for.'),
      asked: z.boolean().optional().describe('The last request of that step was answered.'),
      epoch: count.describe('Term of the leader that wrote this last.'),
      stepStartedAt: time('When that step began.'),
      deadline: time('When it is turned back.').optional(),
      nextAttemptAt: time('Not again before.').optional(),
      undo: z.array(name).max(1_000).describe('Steps that have or may have had an effect, oldest first.'),
      plannedSteps: z
        .array(
          z.object({
            name: name.describe('The step.'),
            pointOfNoReturn: z.boolean().optional().describe('After it nothing is undone.'),
          }),
        )
        .max(1_000)
        .describe('Steps that come next.'),
      results: anyJson.optional().describe('What steps answered.'),
      progress: anyJson.optional().describe('How far the step has come, and since when.'),
      lastError: text.optional().describe('What the last attempt met.'),
      stuck: text.optional().describe('Why it cannot get on by itself.'),
      paused: z
        .object({ phase, at: time('Since when.') })
        .optional()
        .describe('What is held, and since when.'),
    })
    .optional()
    .describe('The operation that is under way or was the last.'),
  operationHistory: z
    .array(z.object(summary))
    .max(20)
    .optional()
    .describe('Operations that have ended, newest first.'),
};

/** Where these fields leave the conventions, and why: for `exceptions` of a kind whose status has them. */
export const operationFieldExceptions: readonly Exception[] = [
  {
    rule: 'objects-in-lists-have-keys',
    path: 'status.operation.plannedSteps',
    why: 'an order of steps; a step may come twice',
  },
  {
    rule: 'objects-in-lists-have-keys',
    path: 'status.operationHistory',
    why: 'a history, which one writer replaces',
  },
];
