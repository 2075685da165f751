import { describe, expect, it } from '@jest/globals';
import { type OperationRecord } from '@stateful/reconcile-sdk';
import { attemptsOf } from './attempts.ts';
import { conditionsOf } from './conditions.ts';

const record = (level: 'Stream' | 'Stored', phase: OperationRecord['phase'] = 'Succeeded'): OperationRecord =>
  ({ key: '1', phase, results: { verify: { level } } }) as unknown as OperationRecord;
const attempts = attemptsOf('uid', { maxAttempts: 3, baseSeconds: 1, capSeconds: 2 }, undefined, 0);

describe('Verified', () => {
  it.each([
    ['nothing', record('Stored', 'Running'), 'Stored', 'False', 'NotStored'],
    ['the stream alone', record('Stream'), 'Stream', 'False', 'StreamOnly'],
    ['what was asked for', record('Stored'), 'Stored', 'True', 'ReadBack'],
    ['less than was asked for', record('Stored'), 'HashKV', 'False', 'LevelNotReached'],
    ['less than was asked for', record('Stream'), 'Stored', 'False', 'LevelNotReached'],
  ] as const)('of a backup of which %s was checked', (_, some, asked, status, reason) => {
    const found = conditionsOf(some, attempts, undefined, asked).find(({ type }) => type === 'Verified');
    expect(found).toMatchObject({ status, reason });
  });
});
