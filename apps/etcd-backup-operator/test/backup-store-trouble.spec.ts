import { describe, expect, it } from '@jest/globals';
import { resources } from '@stateful/reconcile-sdk';
import { condition, isOver, namespace } from './backup-world.ts';
import { useBackupWorld } from './use-backup-world.ts';

describe('a store that makes trouble', () => {
  const used = useBackupWorld();

  it('scenario 16: is asked again, and makes one object of each, when it refuses 30 % with SlowDown', async () => {
    const { world } = used;
    // The same for each run, and no request is refused for ever.
    let state = 20_251_124;
    const chance = (): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return state / 2 ** 32;
    };
    let [refused, asked] = [0, 0];
    world.proxy.rule = () => {
      asked++;
      if (chance() >= 0.3) return undefined;
      refused++;
      return { do: 'refuse', status: 503, code: 'SlowDown' };
    };
    used.start();
    const names = Array.from({ length: 6 }, (_, index) => `slow-${index}`);
    for (const name of names)
      await world.create(name, { retry: { maxAttempts: 20, baseSeconds: 1, capSeconds: 2 } });
    for (const name of names) {
      const backup = await world.until(name, isOver, 180_000);
      expect(condition(backup)).toMatchObject({ status: 'True', reason: 'Completed' });
      expect(await world.left(backup)).toEqual({ keys: ['manifest.json', 'snapshot.db'], uploads: 0 });
    }
    expect(refused / asked).toBeGreaterThan(0.2);
    console.info(`${refused} of ${asked} requests refused`);
  }, 300_000);

  it('scenario 16: does not begin an attempt earlier because its process is another one', async () => {
    const { world } = used;
    world.proxy.rule = ({ operation }) =>
      operation === 'UploadPart' ? { do: 'refuse', status: 403, code: 'AccessDenied' } : undefined;
    const first = used.start();
    await world.create('patient', { retry: { maxAttempts: 2, baseSeconds: 60, capSeconds: 60 } });
    const failed = await world.until(
      'patient',
      ({ status }) => status?.lastBackupRequest?.nextAttemptAt !== undefined,
      60_000,
    );
    const { nextAttemptAt, requestedAt } = failed.status?.lastBackupRequest ?? {};
    await first.stop();
    for (const identity of ['operator-2', 'operator-3']) {
      const next = used.start({ identity });
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      const { lastBackupRequest } = (await world.get('patient')).status ?? {};
      expect(lastBackupRequest).toMatchObject({ attempt: 1, nextAttemptAt, requestedAt });
      await next.stop();
    }
    expect(Date.parse(nextAttemptAt ?? '')).toBeGreaterThan(Date.now());
  }, 120_000);

  it('scenario 17: takes rotated credentials for the next attempt, and tells nobody of any', async () => {
    const { world } = used;
    const secrets = [world.s3.secretKey];
    let rotating: Promise<void> | undefined;
    world.proxy.rule = ({ operation, path }) => {
      if (operation !== 'UploadPart' || !path.endsWith('.db')) return undefined;
      // Parts that are on their way meet a store that knows their credentials no more.
      rotating ??= world.rotate();
      return { do: 'delay', ms: 4_000 };
    };
    const operator = used.start();
    const created = await world.create('rotated', {
      retry: { maxAttempts: 10, baseSeconds: 1, capSeconds: 1 },
    });
    await world.until(
      'rotated',
      ({ status }) => status?.operation?.lastError !== undefined || status?.operation?.phase === 'Failed',
      60_000,
    );
    await rotating;
    world.proxy.rule = undefined;
    secrets.push(world.s3.secretKey);
    expect(new Set(secrets).size).toBe(2);
    const waiting = await world.get('rotated');
    expect(condition(waiting)).toMatchObject({ status: 'Unknown' });
    await world.writeSecret();
    const backup = await world.until('rotated', isOver, 120_000);
    expect(condition(backup)).toMatchObject({ status: 'True', reason: 'Completed' });
    expect(backup.status?.lastBackupRequest?.attempt).toBeGreaterThan(1);

    const events = await world.user.list(resources.events, { namespace });
    const said = [
      ...operator.log,
      JSON.stringify(backup),
      JSON.stringify(waiting),
      JSON.stringify(events),
    ].join('\n');
    // The control: it does say what it is about.
    expect(said).toContain('rotated');
    expect(operator.log.length).toBeGreaterThan(0);
    expect(events.items.length).toBeGreaterThan(0);
    for (const secret of secrets) {
      expect(said).not.toContain(secret);
      expect(said).not.toContain(Buffer.from(secret).toString('base64'));
    }
    expect(created.metadata?.uid).toBe(backup.metadata?.uid);
  }, 240_000);
});
