import { describe, expect, it } from '@jest/globals';
import { verifyRequestAnnotation, type EtcdBackup } from '@stateful/etcd-backup-api';
import { type OperationRecord } from '@stateful/reconcile-sdk';
import { type View } from '../view.ts';
import { verificationStatus } from './verification-status.ts';
import { requestIn, verificationWish } from './verification-wish.ts';

type Level = 'Stream' | 'Stored' | 'HashKV' | 'Drill';
const now = Date.parse('2026-01-01T01:00:00Z');

const record = (kind: string, phase: string, more: Partial<OperationRecord> = {}): OperationRecord =>
  ({
    ...{ id: `${kind}-2`, kind, key: '1', phase, attempt: 0, fence: 2, epoch: 0, undo: [], plannedSteps: [] },
    ...{ startedAt: '2026-01-01T00:59:00Z', stepStartedAt: '2026-01-01T00:59:00Z', ...more },
  }) as OperationRecord;
const backupWith = (operation: OperationRecord | undefined, request?: string): EtcdBackup =>
  ({
    metadata: {
      name: 'b',
      ...(request === undefined ? {} : { annotations: { [verifyRequestAnnotation]: request } }),
    },
    status: { operation },
  }) as unknown as EtcdBackup;
const wish = (
  operation: OperationRecord | undefined,
  level: Level,
  request?: string,
  method: 'Snapshot' | 'EbsVolume' = 'Snapshot',
) => verificationWish({ backup: backupWith(operation, request), spec: { method, verify: { level } } });

describe('the check that is wanted', () => {
  const done = record('snapshot', 'Succeeded');
  it.each([
    ['nothing before it is complete', wish(record('snapshot', 'Running'), 'Drill', 'a=Stored'), undefined],
    ['nothing of one that failed', wish(record('snapshot', 'Failed'), 'Drill'), undefined],
    ['nothing where nobody asks', wish(done, 'HashKV'), undefined],
    ['the drill of the spec, first of all', wish(done, 'Drill', 'a=Stored'), ['spec', 'Drill']],
    [
      'what was asked for',
      wish(done, 'HashKV', '2026-01-01T00:00:00Z=Drill'),
      ['2026-01-01T00:00:00Z', 'Drill'],
    ],
    [
      'the one under way, whatever is asked for meanwhile',
      wish(record('verification', 'Running', { key: 'a', params: { level: 'Drill' } }), 'Stored', 'b=Stored'),
      ['a', 'Drill'],
    ],
    [
      'the next one after it',
      wish(record('verification', 'Failed', { key: 'a', params: { level: 'Drill' } }), 'Stored', 'b=HashKV'),
      ['b', 'HashKV'],
    ],
    [
      'the last one, so that it is not made again',
      wish(record('verification', 'Succeeded', { key: 'a', params: { level: 'Drill' } }), 'Drill', 'a=Drill'),
      ['a', 'Drill'],
    ],
    ['nothing of volumes', wish(record('snapshot', 'Succeeded'), 'Drill', undefined, 'EbsVolume'), undefined],
  ] as const)('is %s', (_, found, wanted) => {
    expect(found && [found.key, found.params?.['level']]).toEqual(wanted);
  });

  it.each(['', 'Drill', '=Drill', 'a=Stream', 'a=drill', 'spec=Drill', 'a=Drill '])(
    'is none that %j asks for',
    (text) => {
      expect(requestIn(text)).toBeUndefined();
    },
  );
});

describe('what a check says', () => {
  const verified = (status: 'True' | 'False', reason: string) => ({
    ...{ type: 'Verified', status, reason, message: 'before', lastTransitionTime: '2026-01-01T00:00:00Z' },
  });
  function told(
    operation: OperationRecord,
    { level = 'HashKV', was = verified('True', 'ReadBack') }: { level?: Level; was?: object } = {},
  ) {
    const view = {
      backup: { metadata: { generation: 1 }, status: { conditions: [was], artifact: { uri: 'x' } } },
      spec: { verify: { level } },
    } as unknown as View;
    const status = verificationStatus(view, operation, now);
    expect(status.artifact).toEqual({ uri: 'x' });
    const { status: is, reason } = status.conditions!.find(({ type }) => type === 'Verified')!;
    return { is: [is, reason], verification: status.verification };
  }
  const turnedBack = (message: string, more: Partial<OperationRecord> = {}) =>
    record('verification', 'Undoing', { reason: 'StepFailed', message, params: { level: 'Drill' }, ...more });
  const judged = (result: object) =>
    record('verification', 'Running', { results: { judge: { at: '2026-01-01T00:59:30Z', ...result } } });

  it('is nothing new while it looks', () => {
    expect(told(record('verification', 'Running', { step: 'check' }))).toEqual({
      is: ['True', 'ReadBack'],
      verification: undefined,
    });
    expect(told(record('verification', 'Running'), { was: verified('False', 'LevelNotReached') }).is).toEqual(
      ['False', 'LevelNotReached'],
    );
  });

  it('is that the data is bad, at once', () => {
    const { is, verification } = told(turnedBack('step check: StoredObjectDiffers: its SHA-256 is another'));
    expect(is).toEqual(['False', 'StoredObjectDiffers']);
    expect(verification).toMatchObject({ result: 'Failed', level: 'Drill' });
  });

  it('takes nothing away when it could not be told', () => {
    const outage = turnedBack('step judge: DeadlineExceeded: it did not end in time');
    expect(told(outage).is).toEqual(['True', 'ReadBack']);
    expect(told(outage).verification).toMatchObject({ result: 'Skipped' });
    const never = verified('False', 'LevelNotReached');
    expect(told(outage, { was: never }).is).toEqual(['False', 'DeadlineExceeded']);
    expect(
      told(turnedBack('somebody asked for it', { reason: 'CancelRequested' }), { was: never }).is,
    ).toEqual(['False', 'LevelNotReached']);
  });

  it('is verified when all was checked that is asked for, and not before', () => {
    const was = verified('False', 'StoredObjectDiffers');
    expect(told(judged({ level: 'Stored', result: 'Passed' }), { was }).is).toEqual([
      'False',
      'LevelNotReached',
    ]);
    expect(told(judged({ level: 'HashKV', result: 'Passed' }), { was }).is).toEqual(['True', 'ReadBack']);
    const drill = judged({ level: 'Drill', result: 'Passed', rtoSeconds: 3, restoredRevision: 9 });
    expect(told(drill, { was, level: 'Drill' })).toMatchObject({
      is: ['True', 'Restored'],
      verification: { rtoSeconds: 3, restoredRevision: 9, durationSeconds: 30 },
    });
  });
});
