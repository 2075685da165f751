import { describe, expect, it } from '@jest/globals';
import { createManualClock } from '../clock/index.ts';
import { OperatorError } from '../errors/index.ts';
import { createBackPressure } from './back-pressure.ts';
import { type HttpRequest } from './http-request.ts';

const get = (what = 'get'): HttpRequest => ({
  method: 'GET',
  path: '/',
  timeoutMs: 60_000,
  idempotent: true,
  what,
});
const refused = (httpStatus: number, retryAfterMs?: number): OperatorError =>
  new OperatorError(httpStatus === 429 ? 'throttled' : 'unavailable', 'no', {
    httpStatus,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });

function scene(remainingMs = Infinity) {
  const clock = createManualClock();
  const pressure = createBackPressure(clock, { next: () => 0.5 });
  const gone: string[] = [];
  const enter = (request: HttpRequest): HttpRequest => {
    const limit = { reason: undefined, onAbort: () => () => undefined, remainingMs: () => remainingMs };
    const held = pressure.enter(limit, request);
    if (held) {
      void held.then(
        () => gone.push(request.what),
        (error: Error) => gone.push(`${request.what} fails: ${error.message}`),
      );
    } else gone.push(request.what);
    return request;
  };
  const refuse = (times: number, failure = refused(503), request = get()): void => {
    for (let time = 0; time < times; time++) pressure.tried(request, failure);
  };
  return { clock, pressure, gone, enter, refuse };
}

describe('back-pressure', () => {
  it('lets calls through while refusals are few, or an answer comes between them', () => {
    const { pressure, refuse, enter, gone } = scene();
    refuse(2);
    pressure.tried(get(), undefined);
    refuse(2);
    enter(get('a'));
    expect(gone).toEqual(['a']);
  });

  it('holds calls after three refusals, sends one ahead, and lets the others follow its answer', async () => {
    const { clock, pressure, refuse, enter, gone } = scene();
    refuse(3);
    const [scout] = ['scout', 'b', 'c'].map((what) => enter(get(what)));
    await clock.advance(500);
    expect(gone).toEqual([]);
    await clock.advance(500);
    expect(gone).toEqual(['scout']);
    pressure.tried(scout!, undefined);
    await clock.advance(0);
    expect(gone).toEqual(['scout', 'b', 'c']);
    enter(get('d'));
    expect(gone).toContain('d');
  });

  it('waits longer each time the one that went ahead is refused, up to about ten seconds', async () => {
    const { clock, pressure, refuse, enter } = scene();
    refuse(3);
    const times: number[] = [];
    for (let round = 0; round < 12; round++) {
      const limit = { reason: undefined, onAbort: () => () => undefined, remainingMs: () => Infinity };
      const request = get();
      let isThere = false;
      const began = clock.monotonic();
      void pressure.enter(limit, request)!.then(() => (isThere = true));
      while (!isThere) await clock.advance(50);
      times.push(clock.monotonic() - began);
      pressure.tried(request, refused(503));
    }
    enter(get());
    expect(times.slice(0, 4)).toEqual(times.slice(0, 4).toSorted((a, b) => a - b));
    expect(times.at(-1)).toBeGreaterThanOrEqual(5_000);
    expect(Math.max(...times)).toBeLessThanOrEqual(11_000);
  });

  it('keeps the wait that the server asks for, and tells calls that cannot wait so long', async () => {
    const { clock, refuse, enter, gone } = scene(8_000);
    refuse(3, refused(429, 10_000));
    enter(get('short'));
    await clock.advance(0);
    expect(gone).toEqual([
      'short fails: short: not asked, because the API server refuses all calls; the next try is in 11 s',
    ]);
    await clock.advance(3_000);
    enter(get('later'));
    await clock.advance(7_000);
    expect(gone).not.toContain('later');
    await clock.advance(1_000);
    expect(gone).toContain('later');
  });

  it('never holds what is urgent, nor for refusals that are about one object or a failing network', () => {
    const { pressure, refuse, enter, gone } = scene();
    refuse(5, refused(429), { ...get(), method: 'POST', isOwnRefusal: true });
    refuse(5, refused(500), { ...get(), method: 'PATCH' });
    refuse(5, new OperatorError('network', 'cut'));
    enter(get('a'));
    refuse(3);
    enter({ ...get('lease'), urgent: true });
    expect(gone).toEqual(['a', 'lease']);
    // The control: the three did count.
    expect(
      pressure.enter({ reason: undefined, onAbort: () => () => undefined, remainingMs: () => 1e9 }, get()),
    ).toBeDefined();
  });

  it('sends the next one ahead when the first gives up without an answer', async () => {
    const { clock, pressure, refuse, enter, gone } = scene();
    refuse(3);
    const first = enter(get('first'));
    enter(get('second'));
    await clock.advance(2_000);
    expect(gone).toEqual(['first']);
    pressure.tried(first, new OperatorError('aborted', 'given up'));
    await clock.advance(0);
    expect(gone).toEqual(['first', 'second']);
  });

  it('leaves no timer behind when the client ends', () => {
    const { clock, pressure, refuse, enter } = scene();
    refuse(3);
    enter(get());
    expect(clock.nextAt()).toBeDefined();
    pressure.close();
    expect(clock.nextAt()).toBeUndefined();
  });
});
