import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { resources } from '@stateful/reconcile-sdk';
import { usageOf } from '../../bench/figures.ts';
import { condition, isOver, namespace } from '../backup-world.ts';
import { startProcessWorld, type ProcessWorld } from './process-world.ts';

const mebibyte = 1024 * 1024;
const storedBytes = 320 * mebibyte;

// `make etcd-bench` does this with 8 GiB, and with the clock in hand (scenario 12).
describe('a backup of much more than the operator may hold', () => {
  let world: ProcessWorld;
  beforeAll(async () => {
    world = await startProcessWorld('main', storedBytes);
  }, 1_200_000);
  afterAll(() => world?.stop());

  it('scenario 11: takes at most 300 MiB of memory, little of it for the backup, and nothing on a disk', async () => {
    await world.user.create(resources.secrets, {
      metadata: { namespace, name: 'ca' },
      data: { 'ca.crt': Buffer.from(world.s3.caPem).toString('base64') },
    });
    const operator = world.startProcess();
    try {
      await world.create('small', {
        cluster: { endpoints: ['http://127.0.0.1:1'] },
        retry: { maxAttempts: 1 },
      });
      await world.until('small', isOver);
      const before = usageOf(operator.pid)!;
      await world.create('large', {
        store: {
          s3: {
            bucket: 'backups',
            prefix: 'test',
            endpoint: world.s3.endpoint,
            caSecretRef: { name: 'ca' },
            credentials: { secretRef: { name: 's3' } },
          },
        },
      });
      const backup = await world.until('large', isOver, 240_000);
      expect(condition(backup)).toMatchObject({ status: 'True' });
      expect(backup.status?.artifact?.sizeBytes).toBeGreaterThan(storedBytes);
      const after = usageOf(operator.pid)!;
      expect(after.writtenBytes - before.writtenBytes).toBe(0);
      expect(after.peakResidentBytes / mebibyte).toBeLessThan(300);
      expect((after.peakResidentBytes - before.peakResidentBytes) / mebibyte).toBeLessThan(220);
    } finally {
      await operator.end();
    }
  }, 300_000);
});
