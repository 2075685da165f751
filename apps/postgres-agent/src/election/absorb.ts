import { type Input, type Kernel } from './kernel-types.ts';
import { type LeaseView } from './lease-view.ts';
import { ruleToFollow, sameRule } from './quorum.ts';

/** Takes one input into the state; decides nothing that others could see. */
export function absorb(kernel: Kernel, input: Input): Kernel {
  const taken = take(kernel, input);
  return order(watchServing(dropExpired(taken, input.now), input.now));
}

function take(kernel: Kernel, input: Input): Kernel {
  switch (input.kind) {
    case 'tick':
      return kernel;
    case 'lease-read':
      return see({ ...kernel, leaseBusy: false, stale: false }, input.lease, input.now);
    case 'lease-read-failed':
      return { ...kernel, leaseBusy: false, stale: true };
    case 'lease-written':
      return wrote({ ...kernel, leaseBusy: false, stale: false }, input.lease, input.sentAt, input.now);
    case 'lease-write-failed':
      return { ...kernel, leaseBusy: false, stale: true, readAt: -Infinity };
    case 'lease-hint':
      // A holder learns of others by the refusal of its renewal; it need not read after each write of its own.
      return kernel.holding
        ? kernel
        : { ...kernel, readAt: Math.min(kernel.readAt, input.now - kernel.settings.pollMs) };
    case 'local':
      return { ...kernel, local: input.facts };
    case 'wanted':
      return { ...kernel, wanted: input.rule };
    case 'promise-published':
      return { ...kernel, promiseBusy: false, promised: input.candidacy };
    case 'promise-failed':
      return { ...kernel, promiseBusy: false };
    case 'promises-listed':
      return { ...kernel, listBusy: false, promises: input.promises };
    case 'promises-failed':
      return { ...kernel, listBusy: false };
    case 'stop':
      return { ...kernel, stopping: true };
  }
}

/** The version must not go back, whatever a proxy or a second API server answers. */
function older(view: LeaseView, than: Kernel['lease']): boolean {
  if (than === undefined || than === 'absent') return false;
  return (
    /^\d+$/.test(view.version) && /^\d+$/.test(than.version) && BigInt(view.version) < BigInt(than.version)
  );
}

function see(kernel: Kernel, lease: LeaseView | 'absent', now: number): Kernel {
  const before = kernel.lease;
  if (lease === 'absent') return { ...kernel, lease };
  if (older(lease, before)) return { ...kernel, stale: true };
  const known = before === undefined || before === 'absent' ? undefined : before;
  const renewed =
    known?.renewal !== lease.renewal || known.holder !== lease.holder || known.epoch !== lease.epoch;
  const candidacy = lease.state.candidacy;
  const sameCandidacy = candidacy !== undefined && known?.state.candidacy?.id === candidacy.id;
  const sameCandidate = sameCandidacy && known?.state.candidacy?.candidate === candidacy.candidate;
  const lost = kernel.holding && (lease.holder !== kernel.self.name || lease.epoch !== kernel.holding.epoch);
  return {
    ...kernel,
    lease,
    remembered: lease,
    ...(renewed ? { renewedSeenAt: now } : {}),
    ...(sameCandidate ? {} : { candidacySeenAt: now, promises: undefined }),
    ...(sameCandidacy
      ? sameCandidate
        ? {}
        : { takeovers: kernel.takeovers + 1 }
      : { takeovers: 0, excluded: [], promised: undefined, promises: undefined }),
    ...(lost ? { holding: undefined } : {}),
  };
}

function wrote(kernel: Kernel, lease: LeaseView, sentAt: number, now: number): Kernel {
  const seen = see(kernel, lease, now);
  if (lease.holder !== kernel.self.name) {
    const released = kernel.holding !== undefined && lease.holder === undefined;
    const patience = kernel.settings.durationMs * 3;
    return released && kernel.givingUp
      ? {
          ...seen,
          holding: undefined,
          givingUp: false,
          giveUps: kernel.giveUps + 1,
          refuseUntil: now + patience,
        }
      : { ...seen, holding: released ? undefined : seen.holding };
  }
  // Other writes of a candidate keep the holder's name, which may be this member's own: those do not renew.
  const renewed = lease.state.candidacy === undefined && lease.state.podUid === kernel.self.podUid;
  if (!renewed) return seen;
  // What was wanted before it held the Lease came from another view of who streams.
  const wanted = kernel.holding ? seen.wanted : undefined;
  return { ...seen, wanted, holding: { epoch: lease.epoch, renewedAt: sentAt } };
}

function dropExpired(kernel: Kernel, now: number): Kernel {
  const { holding } = kernel;
  if (!holding || now < holding.renewedAt + kernel.settings.fenceMs) return kernel;
  return {
    ...kernel,
    holding: undefined,
    stale: true,
    readAt: Math.min(kernel.readAt, now - kernel.settings.retryMs),
  };
}

/** A holder that does not get its server up makes room, unless it is the only member there is. */
function watchServing(kernel: Kernel, now: number): Kernel {
  if (!kernel.holding || kernel.stopping) return { ...kernel, notServingSince: undefined, givingUp: false };
  if (kernel.local.server === 'primary') {
    return { ...kernel, notServingSince: undefined, givingUp: false, giveUps: 0 };
  }
  const since = kernel.notServingSince ?? now;
  const alone =
    kernel.lease === undefined ||
    kernel.lease === 'absent' ||
    kernel.lease.state.quorum.every((rule) => rule.members.every((name) => name === kernel.self.name));
  const patience = kernel.settings.giveUpMs * 2 ** kernel.giveUps;
  return {
    ...kernel,
    notServingSince: since,
    givingUp: kernel.givingUp || (!alone && now >= since + patience),
  };
}

/** Each change of the rule that the server is to follow is an order of its own, also a change back. */
function order(kernel: Kernel): Kernel {
  const held = kernel.lease === 'absent' ? kernel.remembered : kernel.lease;
  const rule = kernel.holding && held ? ruleToFollow(held.state.quorum, kernel.wanted) : undefined;
  const before = kernel.ordered;
  const same = rule === undefined ? before.rule === undefined : before.rule && sameRule(before.rule, rule);
  return same ? kernel : { ...kernel, ordered: { rule, order: before.order + 1 } };
}
