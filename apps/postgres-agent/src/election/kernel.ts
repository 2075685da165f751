import { type Quorum } from '@stateful/postgres-api';
import { absorb } from './absorb.ts';
import { ballot } from './ballot.ts';
import {
  type Effect,
  type Input,
  type Kernel,
  type LocalFacts,
  type Self,
  type Settings,
  type Step,
  type Wish,
} from './kernel-types.ts';
import { type LeaseProposal, type LeaseView } from './lease-view.ts';
import { formatLsn } from './position.ts';
import { nextRecord, ruleToFollow } from './quorum.ts';

const nothingKnown: LocalFacts = { data: 'unknown', fresh: false, heldEpoch: 0, server: 'down' };

export function createKernel(self: Self, settings: Settings, now: number): Kernel {
  return {
    self,
    settings,
    lease: undefined,
    remembered: undefined,
    renewedSeenAt: now,
    candidacySeenAt: now,
    takeovers: 0,
    excluded: [],
    stale: true,
    readAt: -Infinity,
    leaseBusy: false,
    holding: undefined,
    local: nothingKnown,
    wanted: undefined,
    ordered: { rule: undefined, order: 0 },
    promised: undefined,
    promiseBusy: false,
    promiseAt: -Infinity,
    promises: undefined,
    listBusy: false,
    listedAt: -Infinity,
    stopping: false,
    notServingSince: undefined,
    givingUp: false,
    giveUps: 0,
    refuseUntil: -Infinity,
  };
}

/**
 * The election of one member: (state, input) -> (state, requests). At most one request on the Lease, one promise
 * and one listing are under way at a time; everything else is decided anew from what is known, so that a lost or
 * repeated input only costs time.
 */
export function step(kernel: Kernel, input: Input): Step {
  let next = absorb(kernel, input);
  const effects: Effect[] = [];
  const send = (effect: Effect | undefined) => {
    if (!effect) return;
    effects.push(effect);
    if (effect.kind === 'read-lease' || effect.kind === 'write-lease') {
      next = { ...next, leaseBusy: true, ...(effect.kind === 'read-lease' ? { readAt: input.now } : {}) };
    }
    if (effect.kind === 'publish-promise') next = { ...next, promiseBusy: true, promiseAt: input.now };
    if (effect.kind === 'list-promises') next = { ...next, listBusy: true, listedAt: input.now };
    if (effect.kind === 'write-lease') next = { ...next, excluded: passedOver(next, effect) };
  };
  send(promiseToPublish(next, input.now));
  send(promisesToList(next, input.now));
  if (!next.leaseBusy) send(writeFor(next, input.now) ?? readFor(next, input.now));
  return { kernel: next, effects };
}

/** What Postgres should be now. */
export function wish(kernel: Kernel): Wish {
  const { lease, local, self, holding } = kernel;
  if (kernel.stopping) return { role: 'down', how: holding || local.server !== 'primary' ? 'fast' : 'kill' };
  if (lease === undefined) return { role: 'idle' };
  const held = lease === 'absent' ? kernel.remembered : lease;
  if (holding && held) {
    if (kernel.givingUp) return { role: 'down', how: 'kill' };
    return {
      role: 'primary',
      epoch: holding.epoch,
      timeline: held.state.timeline,
      rule: kernel.ordered.rule ?? ruleToFollow(held.state.quorum, kernel.wanted),
      order: kernel.ordered.order,
    };
  }
  if (lease === 'absent') return self.ordinal === 0 ? { role: 'bootstrap' } : { role: 'idle' };
  if (local.server === 'primary') return { role: 'down', how: 'kill' };
  if (lease.state.candidacy) return { role: 'hold', candidacy: lease.state.candidacy.id };
  if (lease.holder === self.name || lease.holder === undefined) return { role: 'idle' };
  return {
    role: 'follow',
    epoch: lease.epoch,
    primary: lease.holder,
    address: lease.state.address,
    systemIdentifier: lease.state.systemIdentifier,
    timeline: lease.state.timeline,
  };
}

/** Postgres must be dead after this moment unless the Lease was renewed. */
export const fenceAt = (kernel: Kernel): number | undefined =>
  kernel.holding && kernel.holding.renewedAt + kernel.settings.fenceMs;

/** Nothing is left to do before the process may end. */
export const stopped = (kernel: Kernel) =>
  kernel.stopping && !kernel.holding && !kernel.leaseBusy && kernel.local.server === 'down';

/** Whoever was candidate and did nothing is not named again as long as there is a quorum without it. */
function passedOver(kernel: Kernel, effect: Effect & { kind: 'write-lease' }): readonly string[] {
  const former = effect.on?.state.candidacy;
  const next = effect.proposal.state.candidacy;
  const takeover = former && next?.id === former.id && next.candidate === kernel.self.name;
  if (!takeover || former.candidate === kernel.self.name) return kernel.excluded;
  return [...new Set([...kernel.excluded, former.candidate])];
}

function promiseToPublish(kernel: Kernel, now: number): Effect | undefined {
  const { lease, local, self } = kernel;
  if (lease === undefined || lease === 'absent' || kernel.holding || kernel.promiseBusy) return undefined;
  const candidacy = lease.state.candidacy;
  if (!candidacy || kernel.promised === candidacy.id || local.held?.candidacy !== candidacy.id)
    return undefined;
  if (!sound(kernel, lease) || now < kernel.promiseAt + kernel.settings.retryMs) return undefined;
  return {
    kind: 'publish-promise',
    promise: {
      name: self.name,
      podUid: self.podUid,
      candidacy: candidacy.id,
      epoch: candidacy.epoch,
      timeline: local.held.position.timeline,
      lsn: local.held.position.lsn,
    },
  };
}

function promisesToList(kernel: Kernel, now: number): Effect | undefined {
  if (kernel.listBusy || !counting(kernel)) return undefined;
  return now >= kernel.listedAt + kernel.settings.retryMs ? { kind: 'list-promises' } : undefined;
}

/** This member is the candidate and has itself promised. */
function counting(kernel: Kernel): boolean {
  const { lease, self } = kernel;
  if (lease === undefined || lease === 'absent' || kernel.holding || kernel.stopping) return false;
  const candidacy = lease.state.candidacy;
  return (
    candidacy?.candidate === self.name &&
    candidacy.podUid === self.podUid &&
    kernel.promised === candidacy.id &&
    sound(kernel, lease)
  );
}

/** The data is whole and of this cluster. */
const sound = (kernel: Kernel, lease: LeaseView) =>
  kernel.local.data === 'valid' && kernel.local.systemIdentifier === lease.state.systemIdentifier;

function readFor(kernel: Kernel, now: number): Effect | undefined {
  const { settings, lease } = kernel;
  // Nothing that is read could change how it ends.
  if (kernel.stopping && !kernel.holding) return undefined;
  const pause = kernel.stale
    ? settings.retryMs
    : lease !== undefined && lease !== 'absent' && lease.state.candidacy
      ? settings.retryMs
      : kernel.holding
        ? Infinity
        : settings.pollMs;
  // The first look, and one after a hint, need no pause: `readAt` was set back by what made it stale.
  return now >= kernel.readAt + pause ? { kind: 'read-lease' } : undefined;
}

function writeFor(kernel: Kernel, now: number): Effect | undefined {
  const { lease } = kernel;
  if (kernel.stale || lease === undefined) return undefined;
  if (lease === 'absent') return kernel.holding ? recreate(kernel) : create(kernel);
  if (kernel.holding) return holderWrite(kernel, lease, now);
  if (kernel.stopping || now < kernel.refuseUntil) return undefined;
  return resume(kernel, lease, now) ?? candidateWrite(kernel, lease, now);
}

function create(kernel: Kernel): Effect | undefined {
  const { local, self, wanted } = kernel;
  const fresh = local.fresh && local.data === 'valid' && self.ordinal === 0;
  if (!fresh || !wanted || local.systemIdentifier === undefined || local.timeline === undefined)
    return undefined;
  if (kernel.stopping) return undefined;
  return {
    kind: 'write-lease',
    on: undefined,
    markEpoch: 1,
    proposal: {
      holder: self.name,
      epoch: 1,
      renew: true,
      state: {
        systemIdentifier: local.systemIdentifier,
        primary: self.name,
        address: self.address,
        podUid: self.podUid,
        timeline: local.timeline,
        timelineStartLsn: '0/0',
        quorum: [wanted],
      },
    },
  };
}

/** Someone deleted the Lease under a living holder: nobody else can have taken over without one. */
function recreate(kernel: Kernel): Effect | undefined {
  const { remembered, stopping } = kernel;
  if (!remembered || stopping) return undefined;
  const { candidacy: _candidacy, ...state } = remembered.state;
  return {
    kind: 'write-lease',
    on: undefined,
    proposal: { holder: remembered.holder, epoch: remembered.epoch, renew: true, state },
  };
}

function holderWrite(kernel: Kernel, lease: LeaseView, now: number): Effect | undefined {
  const { holding, local, settings, self } = kernel;
  if (!holding) return undefined;
  const { candidacy, ...state } = lease.state;
  if ((kernel.stopping || kernel.givingUp) && local.server === 'down') {
    return write(lease, { holder: undefined, epoch: lease.epoch, renew: false, state });
  }
  const serving = local.server === 'primary' && local.timeline !== undefined;
  const quorum =
    serving && !kernel.stopping
      ? nextRecord(state.quorum, kernel.wanted, local.sync, kernel.ordered.order)
      : undefined;
  const start = local.timelineStart === undefined ? undefined : formatLsn(local.timelineStart);
  const began =
    serving && start !== undefined && local.timeline >= state.timeline && start !== state.timelineStartLsn;
  const moved = state.address !== self.address || state.podUid !== self.podUid;
  const due = now >= holding.renewedAt + settings.renewMs;
  if (!due && !candidacy && !quorum && !began && !moved) return undefined;
  return write(lease, {
    holder: self.name,
    epoch: lease.epoch,
    renew: true,
    state: {
      ...state,
      address: self.address,
      podUid: self.podUid,
      ...(began ? { timeline: local.timeline, timelineStartLsn: start } : {}),
      ...(quorum ? { quorum } : {}),
    },
  });
}

/**
 * The last holder takes up its own epoch again: its data has every commit it acknowledged, and the write succeeds
 * only if nobody else has begun a new epoch. A pod that was replaced waits until its predecessor must be dead.
 */
function resume(kernel: Kernel, lease: LeaseView, now: number): Effect | undefined {
  const { self, local } = kernel;
  if (lease.state.primary !== self.name || local.heldEpoch !== lease.epoch || !sound(kernel, lease))
    return undefined;
  const samePod = lease.state.podUid === self.podUid;
  if (lease.holder !== undefined && !samePod && !expired(kernel, now)) return undefined;
  const { candidacy: _candidacy, ...state } = lease.state;
  return write(lease, {
    holder: self.name,
    epoch: lease.epoch,
    renew: true,
    state: { ...state, address: self.address, podUid: self.podUid },
  });
}

const expired = (kernel: Kernel, now: number) => now >= kernel.renewedSeenAt + kernel.settings.durationMs;

function candidateWrite(kernel: Kernel, lease: LeaseView, now: number): Effect | undefined {
  const { self, local, settings } = kernel;
  if (!sound(kernel, lease) || local.server !== 'standby') return undefined;
  if (!lease.state.quorum.some((rule: Quorum) => rule.members.includes(self.name))) return undefined;
  const { candidacy } = lease.state;
  const stand = (id: string) =>
    write(lease, {
      holder: lease.holder,
      epoch: lease.epoch,
      renew: false,
      state: {
        ...lease.state,
        candidacy: { id, candidate: self.name, podUid: self.podUid, epoch: lease.epoch + 1 },
      },
    });
  if (!candidacy) {
    return lease.holder === undefined || expired(kernel, now) ? stand(lease.version) : undefined;
  }
  const mine = candidacy.candidate === self.name && candidacy.podUid === self.podUid;
  if (!mine) {
    const patience = Math.min(60_000, settings.takeoverMs * 2 ** kernel.takeovers) * (1 + self.ordinal / 10);
    return now >= kernel.candidacySeenAt + patience ? stand(candidacy.id) : undefined;
  }
  return counting(kernel) && kernel.promises ? decide(kernel, lease, now) : undefined;
}

function decide(kernel: Kernel, lease: LeaseView, now: number): Effect | undefined {
  const { self } = kernel;
  const { candidacy, ...state } = lease.state;
  if (!candidacy || !kernel.promises) return undefined;
  const count = (excluded: readonly string[]) =>
    ballot({
      state: lease.state,
      candidacy: candidacy.id,
      epoch: candidacy.epoch,
      promises: kernel.promises ?? [],
      excluded,
      self: self.name,
      settled: now >= kernel.candidacySeenAt + kernel.settings.settleMs,
    });
  const without = count(kernel.excluded);
  const result = without.kind === 'short' && kernel.excluded.length > 0 ? count([]) : without;
  const stay = { holder: lease.holder, epoch: lease.epoch, renew: false };
  if (result.kind === 'short') {
    // Said only when it has lasted: a promise needs a moment.
    const lasting = now >= kernel.candidacySeenAt + kernel.settings.settleMs;
    if (!lasting || candidacy.blocked === result.blocked) return undefined;
    return write(lease, {
      ...stay,
      state: { ...state, candidacy: { ...candidacy, blocked: result.blocked } },
    });
  }
  const { best } = result;
  if (best.name !== self.name) {
    const { blocked: _blocked, ...named } = candidacy;
    return write(lease, {
      ...stay,
      state: { ...state, candidacy: { ...named, candidate: best.name, podUid: best.podUid } },
    });
  }
  const timeline = Math.max(state.timeline, best.timeline) + 1;
  return {
    ...write(lease, {
      holder: self.name,
      epoch: candidacy.epoch,
      renew: true,
      state: {
        ...state,
        primary: self.name,
        address: self.address,
        podUid: self.podUid,
        timeline,
        timelineStartLsn: formatLsn(best.lsn),
      },
    }),
    markEpoch: candidacy.epoch,
  };
}

const write = (on: LeaseView, proposal: LeaseProposal): Effect & { kind: 'write-lease' } => ({
  kind: 'write-lease',
  on,
  proposal,
});
