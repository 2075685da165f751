import { describe, expect, it } from '@jest/globals';
import { createManualClock } from '../../clock/index.ts';
import { type ExecPlugin } from '../cluster-config.ts';
import { parseExecCredential, type ExecCredential } from './exec-plugin.ts';
import { createExecSource } from './exec-source.ts';

const plugin: ExecPlugin = {
  apiVersion: 'client.authentication.k8s.io/v1',
  command: 'plugin',
  args: [],
  environment: {},
};

/** A source whose plugin gives tokens 1, 2, 3 … that live for a time, when a test lets it. */
function world(lifeMs: number | undefined) {
  const clock = createManualClock();
  const runs: { finish(): void; fail(error: Error): void }[] = [];
  const source = createExecSource(plugin, clock, () => {
    const { promise, resolve, reject } = Promise.withResolvers<ExecCredential>();
    const number = runs.length + 1;
    runs.push({
      finish: () =>
        resolve({
          token: String(number),
          ...(lifeMs === undefined ? {} : { expiresAt: clock.now() + lifeMs }),
        }),
      fail: reject,
    });
    return promise;
  });
  return { clock, runs, source };
}

describe('an exec source', () => {
  it('runs once for all who wait, and keeps what has no end', async () => {
    const { clock, runs, source } = world(undefined);
    const all = Promise.all([source.read(), source.read(), source.read()]);
    runs[0]?.finish();
    expect((await all).map(({ token }) => token)).toEqual(['1', '1', '1']);
    await clock.advance(1e9);
    await source.read();
    expect(runs).toHaveLength(1);
  });

  it('renews a minute early, in the background, once', async () => {
    const { clock, runs, source } = world(600_000);
    const first = source.read();
    runs[0]?.finish();
    await first;
    await clock.advance(539_000);
    await source.read();
    expect(runs).toHaveLength(1);
    await clock.advance(2_000);
    expect([await source.read(), await source.read()].map(({ token }) => token)).toEqual(['1', '1']);
    expect(runs).toHaveLength(2);
    runs[1]?.finish();
    await clock.advance(0);
    expect((await source.read()).token).toBe('2');
  });

  it('waits when what it holds has ended', async () => {
    const { clock, runs, source } = world(600_000);
    const first = source.read();
    runs[0]?.finish();
    await first;
    await clock.advance(600_000);
    const second = source.read();
    runs[1]?.finish();
    expect((await second).token).toBe('2');
  });

  it('goes on with what is still good when the renewal fails, and does not try for each call', async () => {
    const { clock, runs, source } = world(600_000);
    const first = source.read();
    runs[0]?.finish();
    await first;
    await clock.advance(550_000);
    await source.read();
    runs[1]?.fail(new Error('login first'));
    await clock.advance(0);
    expect((await source.read()).token).toBe('1');
    expect(runs).toHaveLength(2);
    await clock.advance(5_000);
    expect((await source.read()).token).toBe('1');
    expect(runs).toHaveLength(3);
    runs[2]?.fail(new Error('login first'));
    await clock.advance(50_000);
    const last = source.read();
    runs[3]?.fail(new Error('still'));
    await expect(last).rejects.toThrow('still');
    await expect(source.read()).rejects.toThrow('still');
    expect(runs).toHaveLength(4);
  });

  it('renews once what many were refused with', async () => {
    const { runs, source } = world(undefined);
    const first = source.read();
    runs[0]?.finish();
    const refused = await first;
    const renewals = [source.renew(refused), source.renew(refused)];
    runs[1]?.finish();
    expect((await Promise.all(renewals)).map(({ token }) => token)).toEqual(['2', '2']);
    // One whose refusal comes late.
    expect((await source.renew(refused)).token).toBe('2');
    expect(runs).toHaveLength(2);
  });
});

describe('parseExecCredential', () => {
  const text = (status: object, rest: object = {}) =>
    JSON.stringify({ apiVersion: plugin.apiVersion, kind: 'ExecCredential', status, ...rest });

  it('takes tokens, certificates and their end', () => {
    expect(
      parseExecCredential(
        text({
          token: 't',
          clientCertificateData: 'c',
          clientKeyData: 'k',
          expirationTimestamp: '2026-11-24T12:00:00Z',
        }),
        plugin,
      ),
    ).toEqual({
      token: 't',
      clientCertificate: { cert: 'c', key: 'k' },
      expiresAt: Date.UTC(2026, 10, 24, 12),
    });
  });

  it.each([
    ['s3cret', 'did not print JSON'],
    ['null', 'did not print an ExecCredential'],
    [text({ token: 's3cret' }, { kind: 'Secret' }), 'did not print an ExecCredential'],
    [text({ token: 's3cret' }, { apiVersion: 'v0' }), 'answered in v0'],
    [text({}), 'gave neither'],
    [text({ clientCertificateData: 's3cret' }), 'not both'],
    [text({ token: 's3cret', expirationTimestamp: 's3cret?' }), 'not a time'],
  ])('refuses %s without repeating it', (output, message) => {
    const refuse = (): unknown => parseExecCredential(output, plugin);
    expect(refuse).toThrow(message);
    expect(refuse).not.toThrow('s3cret');
  });
});
