import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { operationFields } from './operation-fields.ts';
import { structuralSchema } from './schema/convert.ts';

describe('operationFields', () => {
  const schema = structuralSchema(z.object(operationFields), 'status');

  it('names every field of the record, so that none is pruned', () => {
    expect(Object.keys(schema.properties?.['operation']?.properties ?? {}).sort()).toEqual([
      'asked',
      'attempt',
      'deadline',
      'epoch',
      'fence',
      'finishedAt',
      'id',
      'key',
      'kind',
      'lastError',
      'message',
      'nextAttemptAt',
      'params',
      'paused',
      'phase',
      'plannedSteps',
      'progress',
      'reason',
      'results',
      'startedAt',
      'step',
      'stepStartedAt',
      'stuck',
      'undo',
    ]);
  });

  it('keeps what the operator itself puts in, whatever its form', () => {
    const results = schema.properties?.['operation']?.properties?.['results'];
    expect(results).toMatchObject({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true });
    expect(results).not.toHaveProperty('additionalProperties');
  });
});
