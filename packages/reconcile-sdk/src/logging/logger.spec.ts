import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createManualClock } from '../clock/index.ts';
import { OperatorError } from '../errors/index.ts';
import { createLogger, redacted, secret, withoutSecrets, type LoggerOptions } from './index.ts';

function record(options: Partial<LoggerOptions> = {}) {
  const written: string[] = [];
  const clock = createManualClock();
  const log = createLogger({
    name: 'test',
    clock,
    ...options,
    destination: { write: (line) => void written.push(line) },
  });
  const lines = () => written.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { log, clock, lines, written, last: () => lines().at(-1)! };
}

const canary = 'hunter2-canary';

describe('secret', () => {
  it('opens by reveal alone', () => {
    const password = secret(canary);
    expect(password.reveal()).toBe(canary);
    const shown = [
      `${String(password)}`,
      // eslint-disable-next-line @typescript-eslint/restrict-plus-operands
      'a' + password,
      JSON.stringify({ password, list: [password] }),
      inspect(password),
      inspect({ deep: { password } }, { depth: 9, showHidden: true }),
      JSON.stringify(Object.entries(password)),
    ].join(' ');
    expect(shown).toContain(redacted);
    expect(shown).not.toContain(canary);
    expect(() => structuredClone(password)).toThrow();
  });
});

describe('logger', () => {
  it('writes lines as before: level, time, name, bindings', () => {
    const { log, last } = record();
    log.child({ controller: 'site', reconcileID: 'site-1' }).info({ object: 'a/b' }, 'reconciled');
    expect(last()).toEqual({
      level: 'info',
      time: '2030-01-01T00:00:00.000Z',
      name: 'test',
      controller: 'site',
      reconcileID: 'site-1',
      object: 'a/b',
      msg: 'reconciled',
    });
  });

  it('never writes a secret, wherever it stands', () => {
    const { log, written } = record({ level: 'trace' });
    const kubeSecret = {
      kind: 'Secret',
      metadata: { namespace: 'n', name: 's', annotations: { 'last-applied': canary } },
      data: { password: canary },
    };
    const item = { metadata: { name: 's' }, type: 'Opaque', data: { other: canary } };
    log.info({ wrapped: secret(canary), deep: [{ a: { b: { c: secret(canary) } } }] }, 'x');
    log.info({ object: kubeSecret, items: [item], map: new Map([['token', canary]]) }, 'x');
    log.info(kubeSecret, 'the object itself');
    log.info(
      { a: { b: { c: { d: { adminPassword: canary, 'api-key': canary, Authorization: canary } } } } },
      'x',
    );
    log.child({ connection: kubeSecret, password: canary, wrapped: secret(canary) }).warn('bindings');
    log.info('format %o %s %j', kubeSecret, secret(canary), { token: canary });
    log.error(Object.assign(new Error('failed'), { config: { headers: canary } }), 'x');
    log.error({ error: new Error(`connect postgres://admin:${canary}@db:5432/x`) }, 'x');
    log.error(new Error(`-----BEGIN EC PRIVATE KEY-----\n${canary}\n-----END EC PRIVATE KEY-----`));
    log.info({ bytes: Buffer.from(canary) }, 'x');
    expect(written.length).toBeGreaterThan(9);
    expect(written.join('\n')).not.toContain(canary);
    expect(written.join('\n')).not.toContain(Buffer.from(canary).toString('base64'));
    expect(JSON.parse(written[1]!)).toMatchObject({ object: { kind: 'Secret', namespace: 'n', name: 's' } });
  });

  it('does write what is no secret', () => {
    const { log, written } = record();
    log.info({ tokens: 3, secretName: 'pg-superuser', monkey: 'k', kind: 'Secret' }, 'x');
    expect(written[0]).toContain('"tokens":3,"secretName":"pg-superuser","monkey":"k","kind":"Secret"');
  });

  it('shows code, retry class and causes of our errors, and no stack', () => {
    const { log, last } = record();
    const cause = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    log.warn({ err: new OperatorError('network', 'get pods failed', { cause, httpStatus: 502 }) }, 'x');
    expect(last()['err']).toEqual({
      type: 'OperatorError',
      message: 'get pods failed',
      code: 'network',
      retryClass: 'retry',
      httpStatus: 502,
      causes: ['ECONNRESET: socket hang up'],
    });
  });

  it('shows the stack of what nobody expected, and every stack while debugging', () => {
    const { log, last } = record();
    log.error(new TypeError('x is undefined'));
    expect(last()).toMatchObject({
      msg: 'x is undefined',
      err: { stack: expect.stringContaining('logger.spec') },
    });
    log.level = 'debug';
    log.warn({ err: new OperatorError('network', 'x') }, 'x');
    expect(last()).toMatchObject({ err: { stack: expect.stringContaining('logger.spec') } });
  });

  it('changes its level at run time, for children made before too', () => {
    const { log, lines } = record();
    const child = log.child({ a: 1 }).child({ b: 2 });
    child.debug('no');
    child.level = 'debug';
    child.debug('yes');
    expect([log.level, child.isLevelEnabled('debug'), log.isLevelEnabled('trace')]).toEqual([
      'debug',
      true,
      false,
    ]);
    log.level = 'silent';
    child.error('no');
    expect(lines().map(({ msg }) => msg)).toEqual(['yes']);
    expect(() => (log.level = 'loud')).toThrow('no log level');
  });

  it('thins out debug lines by message and says how many it dropped', async () => {
    const { log, clock, lines } = record({ level: 'debug', sampling: { first: 2, intervalMs: 1_000 } });
    for (let i = 0; i < 10; i++) log.debug({ i }, 'often');
    log.debug({}, 'seldom');
    for (let i = 0; i < 5; i++) log.info({ i }, 'told');
    await clock.advance(1_000);
    log.debug({ i: 10 }, 'often');
    const often = lines().filter(({ msg }) => msg === 'often');
    expect(often.map(({ i, linesDropped }) => [i, linesDropped])).toEqual([
      [0, undefined],
      [1, undefined],
      [10, 8],
    ]);
    expect(lines().filter(({ msg }) => msg === 'told')).toHaveLength(5);
  });

  it('copies anything without failing or growing without bound', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true }),
        (value) => {
          expect(() => JSON.stringify(withoutSecrets(value))).not.toThrow();
        },
      ),
      { examples: [[new Set([new Map([[{ toString: 0 }, false]])])]] },
    );
    const loop: Record<string, unknown> = { many: Array.from({ length: 1_000 }, (_, i) => i) };
    loop['self'] = loop;
    const copied = withoutSecrets(loop) as { self: unknown; many: unknown[] };
    expect(copied.self).toBe('[circular]');
    expect(copied.many).toHaveLength(101);
  });
});
