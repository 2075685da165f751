import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isOver } from '../backup-world.ts';
import { startProcessWorld, type ProcessWorld } from './process-world.ts';

const megabyte = 1_000_000;

/** A process that is told to end (SIGTERM) while a backup is under way, at a known place of its stream. */
describe('an operator that is told to end', () => {
  let world: ProcessWorld;
  beforeAll(async () => {
    world = await startProcessWorld('main', 24 * 1024 * 1024);
  }, 600_000);
  afterAll(() => world?.stop());

  /** Slow enough for the stream to last some seconds. */
  const slow = (name: string) =>
    world.create(name, {
      store: {
        s3: {
          bucket: 'backups',
          prefix: 'test',
          endpoint: world.proxy.endpoint,
          credentials: { secretRef: { name: 's3' } },
          partSizeMiB: 5,
          concurrency: 1,
          maxBytesPerSecond: 5 * megabyte,
        },
      },
    });
  const isCapturing = (name: string) =>
    world.until(
      name,
      ({ status }) => status?.operation?.step === 'capture' && status.operation.attempt === 1,
    );
  const sentParts = () => world.proxy.seen.filter(({ operation }) => operation === 'UploadPart').length;
  async function untilParts(count: number): Promise<void> {
    const from = sentParts();
    const end = performance.now() + 30_000;
    while (sentParts() - from < count) {
      if (performance.now() > end) throw new Error(`${sentParts() - from} parts came, not ${count}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  it('early in a stream ends at once, and the attempt does not count as failed', async () => {
    const first = world.startProcess({ args: ['--grace=20'] });
    await slow('early');
    await isCapturing('early');
    await untilParts(1);
    const began = performance.now();
    expect(await first.end('SIGTERM')).toBe(0);
    expect(performance.now() - began).toBeLessThan(3_000);
    const left = await world.get('early');
    expect(left.status?.operation).toMatchObject({ step: 'capture', phase: 'Running', key: '1' });
    expect(left.status?.lastBackupRequest?.error).toBeUndefined();
    const second = world.startProcess();
    const done = await world.until('early', isOver, 60_000);
    expect(done.status?.lastBackupRequest).toMatchObject({ attempt: 1, state: 'Settled' });
    expect(await world.left(done)).toEqual({ keys: ['manifest.json', 'snapshot.db'], uploads: 0 });
    await second.end('SIGTERM');
  }, 120_000);

  it('past four fifths of a stream finishes it, so that the next process does not begin anew', async () => {
    const first = world.startProcess({ args: ['--grace=20'] });
    await slow('late');
    await isCapturing('late');
    // 24 MiB are five parts of 5 MiB: more than four fifths are read when the fifth begins.
    await untilParts(5);
    const began = performance.now();
    expect(await first.end('SIGTERM')).toBe(0);
    expect(performance.now() - began).toBeLessThan(15_000);
    const left = await world.get('late');
    expect(left.status?.operation?.results?.['capture']).toBeDefined();
    const before = sentParts();
    const second = world.startProcess();
    const done = await world.until('late', isOver, 60_000);
    expect(done.status?.lastBackupRequest).toMatchObject({ attempt: 1, state: 'Settled' });
    expect(sentParts()).toBe(before);
    expect(await world.left(done)).toEqual({ keys: ['manifest.json', 'snapshot.db'], uploads: 0 });
    await second.end('SIGTERM');
  }, 120_000);

  it('without time to finish it ends in the middle all the same (the control)', async () => {
    const first = world.startProcess({ args: ['--grace=0'] });
    await slow('cut');
    await isCapturing('cut');
    await untilParts(5);
    expect(await first.end('SIGTERM')).toBe(0);
    expect((await world.get('cut')).status?.operation?.results?.['capture']).toBeUndefined();
    const second = world.startProcess();
    await world.until('cut', isOver, 60_000);
    await second.end('SIGTERM');
  }, 120_000);
});
