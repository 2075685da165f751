import { describe, expect, it } from '@jest/globals';
import { createKernel, fenceAt, step, stopped, wish } from './kernel.ts';
import { type Effect, type Input, type Kernel, type LocalFacts, type Settings } from './kernel-types.ts';
import { type LeaseView } from './lease-view.ts';

const settings: Settings = {
  ...{ durationMs: 10_000, renewMs: 2_000, fenceMs: 6_000, pollMs: 1_000, retryMs: 200 },
  ...{ takeoverMs: 5_000, settleMs: 3_000, giveUpMs: 10_000 },
};
const lease = (more: Partial<LeaseView> = {}, state: Partial<LeaseView['state']> = {}): LeaseView => ({
  version: '10',
  holder: 'pg-0',
  epoch: 2,
  renewal: 'a',
  state: {
    ...{ systemIdentifier: 'S', primary: 'pg-0', address: '10.0.0.1', podUid: 'uid-0' },
    ...{ timeline: 2, timelineStartLsn: '0/0', quorum: [{ members: ['pg-0', 'pg-1', 'pg-2'], acks: 1 }] },
    ...state,
  },
  ...more,
});
const standby: LocalFacts = {
  ...{ data: 'valid', systemIdentifier: 'S', fresh: false, heldEpoch: 0, server: 'standby' },
};

/** A member and its time, fed by hand. */
function member(ordinal: number, local: LocalFacts) {
  const self = { name: `pg-${ordinal}`, ordinal, podUid: `uid-${ordinal}`, address: `10.0.0.${ordinal + 1}` };
  let kernel: Kernel = createKernel(self, settings, 0);
  const effects: Effect[] = [];
  const give = (now: number, input: Record<string, unknown>): Effect[] => {
    const result = step(kernel, { ...input, now } as Input);
    kernel = result.kernel;
    effects.push(...result.effects);
    return [...result.effects];
  };
  give(0, { kind: 'local', facts: local });
  const writes = (given: readonly Effect[]) => given.filter(({ kind }) => kind === 'write-lease');
  return {
    writes,
    give,
    kernel: () => kernel,
    wish: () => wish(kernel),
    fenceAt: () => fenceAt(kernel),
  };
}
const candidacy = { id: '10', candidate: 'pg-1', podUid: 'uid-1', epoch: 3 };

describe('a standby', () => {
  it('decides nothing before it has read the Lease', () => {
    const one = member(1, standby);
    expect(one.wish()).toEqual({ role: 'idle' });
  });

  it('follows a holder, and stands when the Lease was not renewed for its duration by its own clock', () => {
    const one = member(1, standby);
    one.give(5, { kind: 'lease-read', lease: lease() });
    expect(one.wish()).toMatchObject({ role: 'follow', primary: 'pg-0', epoch: 2 });
    one.give(9_000, { kind: 'lease-read', lease: lease({ version: '11', renewal: 'b' }) });
    const again = { kind: 'lease-read', lease: lease({ version: '11', renewal: 'b' }) };
    expect(one.writes(one.give(18_990, again))).toEqual([]);
    const [effect] = one.give(19_000, again);
    expect(effect).toMatchObject({
      kind: 'write-lease',
      proposal: { holder: 'pg-0', epoch: 2, state: { candidacy: { id: '11', candidate: 'pg-1', epoch: 3 } } },
    });
  });

  it('stands at once when the Lease was released', () => {
    const one = member(1, standby);
    const [effect] = one.give(5, { kind: 'lease-read', lease: lease({ holder: undefined }) });
    expect(effect).toMatchObject({ kind: 'write-lease', proposal: { state: { candidacy: { id: '10' } } } });
  });

  it.each([
    ['other data', { ...standby, systemIdentifier: 'T' }],
    ['broken data', { ...standby, data: 'broken' as const }],
    ['no server', { ...standby, server: 'down' as const }],
  ])('with %s does not stand', (_, local) => {
    const one = member(1, local);
    const effects = one.give(5, { kind: 'lease-read', lease: lease({ holder: undefined }) });
    expect(effects.filter(({ kind }) => kind === 'write-lease')).toEqual([]);
  });

  it('promises only when it is proven to hold for this very candidacy, and then holds until that is gone', () => {
    const one = member(2, standby);
    one.give(5, { kind: 'lease-read', lease: lease({}, { candidacy }) });
    expect(one.wish()).toEqual({ role: 'hold', candidacy: '10' });
    const held = (id: string) => ({
      ...standby,
      held: { candidacy: id, position: { timeline: 2, lsn: 7n } },
    });
    expect(one.give(10, { kind: 'local', facts: held('9') })).toEqual([]);
    expect(one.give(20, { kind: 'local', facts: held('10') })).toEqual([
      {
        kind: 'publish-promise',
        promise: { name: 'pg-2', podUid: 'uid-2', candidacy: '10', epoch: 3, timeline: 2, lsn: 7n },
      },
    ]);
    one.give(30, { kind: 'promise-published', candidacy: '10' });
    expect(one.give(300, { kind: 'tick' }).filter(({ kind }) => kind === 'publish-promise')).toEqual([]);
    // An answer that is older than what was seen must not set it free.
    one.give(400, { kind: 'lease-read', lease: lease({ version: '9' }) });
    expect(one.wish()).toEqual({ role: 'hold', candidacy: '10' });
    one.give(900, { kind: 'lease-read', lease: lease({ version: '11', renewal: 'b' }) });
    expect(one.wish()).toMatchObject({ role: 'follow' });
  });

  it('as candidate claims with a quorum: the epoch is marked, the timeline reserved, the candidacy gone', () => {
    const one = member(1, standby);
    one.give(5, { kind: 'lease-read', lease: lease({}, { candidacy }) });
    const position = { timeline: 2, lsn: 7n };
    one.give(10, { kind: 'local', facts: { ...standby, held: { candidacy: '10', position } } });
    expect(one.give(20, { kind: 'promise-published', candidacy: '10' })).toContainEqual({
      kind: 'list-promises',
    });
    const promises = ['pg-1', 'pg-2'].map((name) => ({
      name,
      podUid: '',
      candidacy: '10',
      epoch: 3,
      ...position,
    }));
    one.give(25, { kind: 'promises-listed', promises: promises.slice(0, 1) });
    const effects = one.give(30, { kind: 'promises-listed', promises });
    const claim = effects.find(({ kind }) => kind === 'write-lease');
    expect(claim).toMatchObject({
      markEpoch: 3,
      proposal: { holder: 'pg-1', epoch: 3, state: { timeline: 3 } },
    });
    expect(claim?.kind === 'write-lease' && claim.proposal.state.candidacy).toBeUndefined();
    expect(one.wish()).toMatchObject({ role: 'hold' });
    const taken = lease(
      { version: '12', holder: 'pg-1', epoch: 3 },
      { primary: 'pg-1', podUid: 'uid-1', timeline: 3 },
    );
    one.give(60, { kind: 'lease-written', lease: taken, sentAt: 31 });
    expect(one.wish()).toMatchObject({ role: 'primary', epoch: 3, timeline: 3 });
    expect(one.fenceAt()).toBe(6_031);
  });

  it('hands over to a better one under the same candidacy', () => {
    const one = member(1, standby);
    one.give(5, { kind: 'lease-read', lease: lease({}, { candidacy }) });
    const position = { timeline: 2, lsn: 7n };
    one.give(10, { kind: 'local', facts: { ...standby, held: { candidacy: '10', position } } });
    one.give(20, { kind: 'promise-published', candidacy: '10' });
    const mine = { name: 'pg-1', podUid: 'uid-1', candidacy: '10', epoch: 3, ...position };
    const effects = one.give(30, {
      kind: 'promises-listed',
      promises: [mine, { ...mine, name: 'pg-2', podUid: 'uid-2', lsn: 9n }],
    });
    expect(effects).toContainEqual(
      expect.objectContaining({
        proposal: expect.objectContaining({
          holder: 'pg-0',
          epoch: 2,
          state: expect.objectContaining({ candidacy: { ...candidacy, candidate: 'pg-2', podUid: 'uid-2' } }),
        }),
      }),
    );
  });
});

describe('a holder', () => {
  const primary: LocalFacts = { ...standby, server: 'primary', heldEpoch: 2, timeline: 2, timelineStart: 0n };
  const holder = () => {
    const one = member(0, primary);
    one.give(5, { kind: 'lease-read', lease: lease() });
    one.give(20, { kind: 'lease-written', lease: lease({ version: '11', renewal: 'b' }), sentAt: 10 });
    return one;
  };

  it('takes up its own epoch again after a restart, and no other', () => {
    expect(holder().wish()).toMatchObject({ role: 'primary', epoch: 2 });
    const other = member(0, { ...primary, server: 'down', heldEpoch: 1 });
    other.give(5, { kind: 'lease-read', lease: lease() });
    expect(other.wish()).toEqual({ role: 'idle' });
  });

  it('in a pod that replaced its own waits until the predecessor must be dead', () => {
    const one = member(0, { ...primary, server: 'down' });
    const moved = lease({}, { podUid: 'uid-before' });
    expect(one.give(5, { kind: 'lease-read', lease: moved })).toEqual([]);
    expect(one.writes(one.give(9_000, { kind: 'lease-read', lease: moved }))).toEqual([]);
    expect(one.give(10_005, { kind: 'lease-read', lease: moved })).toMatchObject([
      { kind: 'write-lease', proposal: { epoch: 2 } },
    ]);
  });

  it('renews, counts from the sending, and must be dead when it could not', () => {
    const one = holder();
    expect(one.fenceAt()).toBe(6_010);
    expect(one.give(2_010, { kind: 'tick' })).toMatchObject([
      { kind: 'write-lease', proposal: { renew: true } },
    ]);
    one.give(3_800, { kind: 'lease-write-failed' });
    one.give(3_900, { kind: 'lease-read-failed' });
    expect(one.wish()).toMatchObject({ role: 'primary' });
    one.give(6_010, { kind: 'tick' });
    expect(one.wish()).toEqual({ role: 'down', how: 'kill' });
    expect(one.fenceAt()).toBeUndefined();
  });

  it('kills its Postgres at once when another holds the Lease', () => {
    const one = holder();
    one.give(2_010, { kind: 'tick' });
    one.give(2_020, { kind: 'lease-write-failed' });
    one.give(2_030, {
      kind: 'lease-read',
      lease: lease({ version: '12', holder: 'pg-1', epoch: 3 }, { primary: 'pg-1' }),
    });
    expect(one.wish()).toEqual({ role: 'down', how: 'kill' });
  });

  it('that is alive clears a candidacy by renewing', () => {
    const one = holder();
    one.give(2_010, { kind: 'tick' });
    one.give(2_020, { kind: 'lease-write-failed' });
    const [effect] = one.give(2_030, { kind: 'lease-read', lease: lease({ version: '12' }, { candidacy }) });
    expect(effect).toMatchObject({ kind: 'write-lease', on: { version: '12' }, proposal: { renew: true } });
    expect(effect?.kind === 'write-lease' && effect.proposal.state.candidacy).toBeUndefined();
  });

  it('makes a deleted Lease again with its own epoch', () => {
    const one = holder();
    one.give(2_010, { kind: 'tick' });
    one.give(2_020, { kind: 'lease-write-failed' });
    const [effect] = one.give(2_030, { kind: 'lease-read', lease: 'absent' });
    expect(effect).toMatchObject({
      kind: 'write-lease',
      on: undefined,
      proposal: { holder: 'pg-0', epoch: 2 },
    });
    expect(one.wish()).toMatchObject({ role: 'primary', epoch: 2 });
  });

  it('stops cleanly first, renews meanwhile, and releases the Lease when Postgres is down', () => {
    const one = holder();
    one.give(100, { kind: 'stop' });
    expect(one.wish()).toEqual({ role: 'down', how: 'fast' });
    expect(one.give(2_010, { kind: 'tick' })).toMatchObject([{ proposal: { holder: 'pg-0' } }]);
    one.give(2_050, { kind: 'lease-written', lease: lease({ version: '12', renewal: 'c' }), sentAt: 2_010 });
    const [effect] = one.give(2_500, { kind: 'local', facts: { ...primary, server: 'down' } });
    expect(effect).toMatchObject({ kind: 'write-lease', proposal: { holder: undefined, epoch: 2 } });
    one.give(2_600, {
      kind: 'lease-written',
      lease: lease({ version: '13', holder: undefined }),
      sentAt: 2_501,
    });
    expect(stopped(one.kernel())).toBe(true);
  });

  it('whose server does not come up makes room, and lets others try first', () => {
    const one = holder();
    one.give(100, { kind: 'local', facts: { ...primary, server: 'down' } });
    for (let now = 2_000; now <= 10_000; now += 2_000) {
      const written = lease({ version: String(now), renewal: String(now) });
      one.give(now, { kind: 'lease-written', lease: written, sentAt: now });
    }
    expect(one.wish()).toMatchObject({ role: 'primary' });
    expect(one.give(10_200, { kind: 'tick' })).toMatchObject([{ proposal: { holder: undefined } }]);
    one.give(10_300, {
      kind: 'lease-written',
      lease: lease({ version: '20000', holder: undefined }),
      sentAt: 10_200,
    });
    expect(one.give(12_000, { kind: 'tick' }).filter(({ kind }) => kind === 'write-lease')).toEqual([]);
  });
});

describe('the first instance', () => {
  const fresh: LocalFacts = { ...standby, server: 'down', fresh: true, heldEpoch: 0, timeline: 1 };

  it('makes a database where there is no Lease, and publishes it with one create', () => {
    const one = member(0, { data: 'none', fresh: false, heldEpoch: 0, server: 'down' });
    one.give(5, { kind: 'lease-read', lease: 'absent' });
    expect(one.wish()).toEqual({ role: 'bootstrap' });
    one.give(10, { kind: 'wanted', rule: { members: ['pg-0', 'pg-1', 'pg-2'], acks: 1 } });
    const [effect] = one.give(900, { kind: 'local', facts: fresh });
    expect(effect).toMatchObject({
      kind: 'write-lease',
      on: undefined,
      markEpoch: 1,
      proposal: { epoch: 1 },
    });
  });

  it('never publishes data that was in use before, and no other instance makes any', () => {
    const one = member(0, { ...fresh, fresh: false });
    one.give(1, { kind: 'wanted', rule: { members: ['pg-0'], acks: 0 } });
    expect(one.give(5, { kind: 'lease-read', lease: 'absent' })).toEqual([]);
    const other = member(1, { data: 'none', fresh: false, heldEpoch: 0, server: 'down' });
    other.give(5, { kind: 'lease-read', lease: 'absent' });
    expect(other.wish()).toEqual({ role: 'idle' });
  });
});
