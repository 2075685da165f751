import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type PostgresClusterSpecInput } from './postgres-cluster-v1alpha1.ts';
import { validateSpec } from './validate.ts';

const versions = ['17.12.0', '17.13.0'];
const good: PostgresClusterSpecInput = { replicas: 3, version: '17.12.0' };
const store = { endpoint: 'https://s3.example.com', bucket: 'backups', credentialsSecret: 's3' };

function fieldsOf(
  change: Record<string, unknown>,
  context: Partial<Parameters<typeof validateSpec>[1]> = {},
): string[] {
  return validateSpec({ ...good, ...change }, { versions, ...context }).errors.map((error) => error.field);
}

describe('validateSpec', () => {
  it('accepts the smallest cluster and fills in defaults', () => {
    expect(validateSpec(good, { versions })).toEqual({
      errors: [],
      spec: { replicas: 3, version: '17.12.0', storage: { size: '1Gi' }, retentionDays: 7 },
    });
  });

  it.each([
    [
      'all that the docs show',
      {
        backupSchedule: '02:30',
        retentionDays: 14,
        backupStore: store,
        storage: { size: '20Gi', class: 'fast' },
      },
    ],
    ['midnight', { backupSchedule: '00:00', backupStore: store }],
    ['the last minute', { backupSchedule: '23:59', backupStore: store }],
    ['settings', { parameters: { work_mem: '64MB', 'pg_stat_statements.max': '1000' } }],
    ['a restore', { backupStore: store, restoreFrom: { cluster: 'old' } }],
  ])('accepts %s', (_, change) => {
    expect(fieldsOf(change)).toEqual([]);
  });

  it.each([
    ['no instance', { replicas: 0 }, 'spec.replicas'],
    ['half an instance', { replicas: 1.5 }, 'spec.replicas'],
    ['a version of one number', { version: '16' }, 'spec.version'],
    ['a version without an image', { version: '99.1.0' }, 'spec.version'],
    ['an hour 25', { backupSchedule: '25:61', backupStore: store }, 'spec.backupSchedule'],
    ['a schedule without a store', { backupSchedule: '02:30' }, 'spec.backupSchedule'],
    [
      'a plain-text store',
      { backupStore: { ...store, endpoint: 'http://s3.example.com' } },
      'spec.backupStore.endpoint',
    ],
    ['a restore from nowhere', { backupStore: store, restoreFrom: {} }, 'spec.restoreFrom'],
    ['Required with two', { replicas: 2, synchronous: 'Required' }, 'spec.synchronous'],
    ['a managed setting', { parameters: { archive_command: 'true' } }, 'spec.parameters.archive_command'],
    [
      'a setting with a second line',
      { parameters: { work_mem: "64MB'\nfsync = off" } },
      'spec.parameters.work_mem',
    ],
    [
      'a setting with a forged name',
      { parameters: { 'work_mem = 1\nfsync': 'off' } },
      'spec.parameters.work_mem = 1\nfsync',
    ],
  ])('refuses %s and names the field', (_, change, field) => {
    expect(fieldsOf(change)).toEqual([field]);
  });

  it('refuses a smaller volume, allows an equal and a larger one', () => {
    expect(fieldsOf({ storage: { size: '9Gi' } }, { storageSizeNow: '10Gi' })).toEqual(['spec.storage.size']);
    expect(fieldsOf({ storage: { size: '10240Mi' } }, { storageSizeNow: '10Gi' })).toEqual([]);
    expect(fieldsOf({ storage: { size: '11Gi' } }, { storageSizeNow: '10Gi' })).toEqual([]);
  });

  it('refuses another major version on a cluster that exists', () => {
    const versionNow = '17.12.0';
    expect(fieldsOf({ version: '18.1.0' }, { versionNow, versions: [...versions, '18.1.0'] })).toEqual([
      'spec.version',
    ]);
    expect(fieldsOf({ version: '17.13.0' }, { versionNow })).toEqual([]);
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.anything(), (input) => {
        const result = validateSpec(input, { versions });
        expect(result.errors.length > 0 || result.spec !== undefined).toBe(true);
      }),
    );
  });
});
