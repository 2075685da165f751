import { labels, type FailoverState, type Quorum } from '@stateful/postgres-api';
import { resources, type Clock, type Random, type Timer } from '@stateful/reconcile-sdk';
import { type AgentApi, type LeaseView } from './agent-api.ts';
import { isAhead, lsnOf, type Disk } from './disk.ts';

/** How long the agents take, in milliseconds. */
export interface AgentTimes {
  initMs: number;
  cloneMs: number;
  followMs: number;
  promoteMs: number;
  electMs: number;
  stopMs: number;
  /** Until everyone obeys a new quorum rule. */
  settleMs: number;
  leaseMs: number;
  backupMs: number;
}

export const usualAgentTimes: AgentTimes = {
  initMs: 3_000,
  cloneMs: 5_000,
  followMs: 500,
  promoteMs: 300,
  electMs: 500,
  stopMs: 300,
  settleMs: 500,
  leaseMs: 10_000,
  backupMs: 30_000,
};

/** One instance that runs. */
export interface Member {
  readonly name: string;
  readonly podUid: string;
  readonly address: string;
  readonly disk: Disk;
  /** What its Postgres is. */
  server: 'down' | 'standby' | 'primary';
  /** Of whom it streams, and in which epoch. */
  following: number | undefined;
  /** Busy with something that ends then: nothing else is begun. */
  busyUntil: number;
  stopping: boolean;
  labelled: string | undefined;
  ready(isReady: boolean): void;
  exit(code: number): void;
}

export interface EnsembleOptions {
  readonly cluster: string;
  readonly api: AgentApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly times: AgentTimes;
  readonly onViolation: (what: string) => void;
}

/** The agents of one cluster. What they say in the API is what real ones say; how they come to it is shortened. */
export interface Ensemble {
  readonly members: ReadonlyMap<string, Member>;
  /** An instance has started. */
  join(member: Member): void;
  /** It was killed: from one moment to the next it is no more. */
  leave(member: Member): void;
  /** It was asked to stop. */
  terminate(member: Member): void;
  /** Something in the API has changed. */
  wake(): void;
  stop(): void;
}

export function createEnsemble({
  cluster,
  api,
  clock,
  random,
  times,
  onViolation,
}: EnsembleOptions): Ensemble {
  const members = new Map<string, Member>();
  let timer: Timer | undefined;
  let timerAt = Infinity;
  /** Since when the holder of the Lease is silent. */
  let silentSince: number | undefined;
  let electing: { id: string; until: number } | undefined;
  let settling: { rule: string; until: number } | undefined;
  let published = 0;
  let isStopped = false;

  function again(at: number): void {
    if (isStopped || at >= timerAt) return;
    timer?.cancel();
    timerAt = at;
    timer = clock.setTimer(Math.max(1, at - clock.now()), () => {
      timerAt = Infinity;
      timer = undefined;
      look();
    });
  }
  const soon = (): void => again(clock.now() + 5);

  /** One look at everything; each write leads to another. */
  function look(): void {
    const now = clock.now();
    for (const member of members.values()) if (member.stopping) halt(member, now);
    const lease = api.lease();
    if (!lease) return absent(now);
    const holder = lease.holder === undefined ? undefined : members.get(lease.holder);
    const holds =
      holder !== undefined &&
      !holder.stopping &&
      holder.disk.heldEpoch === lease.epoch &&
      (holder.podUid === lease.state.podUid || silentLongEnough(now));
    if (holder && holds && !lease.state.candidacy) {
      silentSince = undefined;
      electing = undefined;
      lead(holder, lease, now);
    } else elect(lease, now);
    for (const member of members.values()) if (!member.stopping) follow(member, lease, now);
  }

  /** No Lease: the first instance makes the cluster, or a living primary puts back what was taken. */
  function absent(now: number): void {
    const primary = [...members.values()].find(({ server }) => server === 'primary');
    const config = api.config();
    if (!config) return;
    if (primary && !primary.stopping) {
      const rule = { members: names(config.replicas), acks: Math.floor(config.replicas / 2) };
      if (
        api.writeLease(undefined, {
          holder: primary.name,
          epoch: primary.disk.heldEpoch,
          state: stateOf(primary, [rule]),
        })
      )
        soon();
      return;
    }
    const first = members.get(`${cluster}-0`);
    if (!first || first.stopping || first.disk.systemIdentifier !== undefined) return;
    if (first.busyUntil === 0) first.busyUntil = now + times.initMs;
    if (now < first.busyUntil) return again(first.busyUntil);
    first.busyUntil = 0;
    Object.assign(first.disk, { systemIdentifier: identifier(), timeline: 1, position: now, heldEpoch: 1 });
    const rule = ruleFor(config.replicas, config.synchronous, first);
    if (api.writeLease(undefined, { holder: first.name, epoch: 1, state: stateOf(first, [rule]) })) {
      first.server = 'primary';
      soon();
    } else delete first.disk.systemIdentifier;
  }

  const identifier = (): string =>
    String(7_000_000_000_000_000_000n + BigInt(Math.floor(random.next() * 2 ** 48)));
  const names = (count: number): string[] =>
    Array.from({ length: count }, (_, index) => `${cluster}-${index}`);
  const silentLongEnough = (now: number): boolean =>
    silentSince !== undefined && now >= silentSince + times.leaseMs;

  const stateOf = (primary: Member, quorum: Quorum[]): FailoverState => ({
    systemIdentifier: primary.disk.systemIdentifier ?? '',
    primary: primary.name,
    address: primary.address,
    podUid: primary.podUid,
    timeline: primary.disk.timeline,
    timelineStartLsn: lsnOf(primary.disk),
    quorum,
  });

  /** Who must have a commit; a growing cluster keeps its rule until enough of the others stream. */
  function ruleFor(replicas: number, synchronous: string, primary: Member, recorded?: Quorum): Quorum {
    const wanted = [...new Set([...names(replicas), primary.name])];
    const streaming = wanted.filter((name) => members.get(name)?.following !== undefined).length;
    const full = Math.floor(wanted.length / 2);
    if (synchronous === 'off') return { members: wanted, acks: 0 };
    if (synchronous === 'preferred') return { members: wanted, acks: Math.min(full, streaming) };
    const grows =
      recorded && (full > recorded.acks || wanted.some((name) => !recorded.members.includes(name)));
    return grows && streaming < full
      ? recorded
      : { members: wanted, acks: recorded ? full : Math.min(full, streaming) };
  }

  /** What the holder does: serves, tells who it is, and keeps the quorum as the operator wants it. */
  function lead(member: Member, lease: LeaseView, now: number): void {
    if (member.server !== 'primary') {
      if (member.busyUntil === 0) member.busyUntil = now + times.promoteMs;
      if (now < member.busyUntil) return again(member.busyUntil);
      member.busyUntil = 0;
      const other = [...members.values()].find(({ server }) => server === 'primary');
      if (other) onViolation(`${member.name} becomes primary while ${other.name} is`);
      member.server = 'primary';
      member.following = undefined;
    }
    member.disk.position = now;
    if (lease.state.podUid !== member.podUid || lease.state.address !== member.address) {
      const state = { ...lease.state, podUid: member.podUid, address: member.address };
      if (api.writeLease(lease, { ...lease, state })) soon();
      return;
    }
    member.ready(true);
    tell(member, 'primary');
    if (
      published !== lease.epoch &&
      api.publish({ name: member.name, uid: member.podUid, address: member.address }, lease.epoch)
    )
      published = lease.epoch;
    keepQuorum(member, lease, now);
  }

  function keepQuorum(member: Member, lease: LeaseView, now: number): void {
    const config = api.config();
    const newest = lease.state.quorum.at(-1);
    if (!config || !newest) return;
    const wanted = ruleFor(config.replicas, config.synchronous, member, newest);
    const write = (quorum: Quorum[]): void => {
      if (api.writeLease(lease, { ...lease, state: { ...lease.state, quorum } })) soon();
    };
    if (lease.state.quorum.length === 1) {
      if (!sameRule(wanted, newest)) write([newest, wanted]);
      return;
    }
    const rule = JSON.stringify(newest);
    if (settling?.rule !== rule) settling = { rule, until: now + times.settleMs };
    if (now < settling.until) return again(settling.until);
    settling = undefined;
    write([newest]);
  }

  /** The holder is away: it comes back in time, or the others find one who has everything. */
  function elect(lease: LeaseView, now: number): void {
    const former = members.get(lease.state.primary);
    const { candidacy, ...state } = lease.state;
    if (lease.holder !== undefined && !candidacy) {
      const holder = members.get(lease.holder);
      if (!holder || holder.podUid !== lease.state.podUid || holder.stopping) silentSince ??= now;
      if (silentSince === undefined) return;
      if (!silentLongEnough(now)) return again(silentSince + times.leaseMs);
    }
    // It has all that it ever acknowledged, and nobody has begun a new epoch.
    if (former && !former.stopping && former.disk.heldEpoch === lease.epoch) {
      const taken = { ...state, podUid: former.podUid, address: former.address };
      if (api.writeLease(lease, { holder: former.name, epoch: lease.epoch, state: taken })) {
        silentSince = undefined;
        soon();
      }
      return;
    }
    const able = [...members.values()].filter(
      (member) => !member.stopping && member.disk.systemIdentifier === state.systemIdentifier,
    );
    const voters = able.filter(({ name }) => state.quorum.every((rule) => rule.members.includes(name)));
    const best = voters.reduce<Member | undefined>(
      (ahead, member) => (ahead && !isAhead(member.disk, ahead.disk) ? ahead : member),
      undefined,
    );
    if (!best) return;
    const stay = { holder: lease.holder, epoch: lease.epoch };
    if (!candidacy) {
      const stands = { id: lease.version, candidate: best.name, podUid: best.podUid, epoch: lease.epoch + 1 };
      if (api.writeLease(lease, { ...stay, state: { ...state, candidacy: stands } })) soon();
      return;
    }
    if (electing?.id !== candidacy.id) electing = { id: candidacy.id, until: now + times.electMs };
    if (now < electing.until) return again(electing.until);
    const short = state.quorum.find(
      (rule) =>
        able.filter(({ name }) => rule.members.includes(name)).length < rule.members.length - rule.acks,
    );
    if (short) {
      const have = able.filter(({ name }) => short.members.includes(name)).length;
      const blocked = `have ${have} of ${short.members.length - short.acks} promises`;
      if (candidacy.blocked !== blocked)
        api.writeLease(lease, { ...stay, state: { ...state, candidacy: { ...candidacy, blocked } } });
      return;
    }
    const timeline = lease.state.timeline + 1;
    const start = lsnOf(best.disk);
    const claimed = {
      ...state,
      primary: best.name,
      address: best.address,
      podUid: best.podUid,
      timeline,
      timelineStartLsn: start,
    };
    best.disk.heldEpoch = lease.epoch + 1;
    if (api.writeLease(lease, { holder: best.name, epoch: lease.epoch + 1, state: claimed })) {
      best.disk.timeline = timeline;
      best.following = undefined;
      for (const member of members.values()) member.following = undefined;
      soon();
    }
  }

  /** A member that does not hold the Lease copies from the one that does. */
  function follow(member: Member, lease: LeaseView, now: number): void {
    if (member.name === lease.holder && member.disk.heldEpoch === lease.epoch) return;
    const primary =
      lease.holder === undefined || lease.state.candidacy ? undefined : members.get(lease.holder);
    if (member.server === 'primary') {
      member.server = 'standby';
      member.ready(false);
    }
    if (primary?.server !== 'primary') {
      if (member.following !== undefined || member.labelled === undefined) member.ready(false);
      freeze(member, now);
      return;
    }
    if (member.following === lease.epoch) {
      member.disk.position = now;
      return;
    }
    const isNew = member.disk.systemIdentifier !== lease.state.systemIdentifier;
    if (member.busyUntil === 0) member.busyUntil = now + (isNew ? times.cloneMs : times.followMs);
    if (now < member.busyUntil) return again(member.busyUntil);
    member.busyUntil = 0;
    member.server = 'standby';
    member.following = lease.epoch;
    Object.assign(member.disk, {
      systemIdentifier: lease.state.systemIdentifier,
      timeline: lease.state.timeline,
      position: now,
      heldEpoch: 0,
    });
    member.ready(true);
    tell(member, 'replica');
    soon();
  }

  /** What streamed to this moment is what it has. */
  function freeze(member: Member, now: number): void {
    if (member.following !== undefined) member.disk.position = now;
    member.following = undefined;
    member.busyUntil = 0;
  }

  function tell(member: Member, role: string): void {
    if (member.labelled === role) return;
    if (api.annotate(resources.pods, member.name, member.podUid, { labels: { [labels.role]: role } }))
      member.labelled = role;
  }

  /** SIGTERM: a primary gives the Lease back when its Postgres has stopped, then the process ends. */
  function halt(member: Member, now: number): void {
    if (member.server !== 'down') {
      const lease = api.lease();
      if (member.server === 'primary' && lease?.holder === member.name) {
        const { candidacy: _candidacy, ...state } = lease.state;
        api.writeLease(lease, { holder: undefined, epoch: lease.epoch, state });
      }
      freeze(member, now);
      member.server = 'down';
      member.ready(false);
      member.busyUntil = now + times.stopMs;
    }
    if (now < member.busyUntil) return again(member.busyUntil);
    members.delete(member.name);
    member.exit(0);
    soon();
  }

  return {
    members,
    join(member) {
      members.set(member.name, member);
      soon();
    },
    leave(member) {
      if (members.get(member.name) !== member) return;
      freeze(member, clock.now());
      if (member.server === 'primary') {
        silentSince = clock.now();
        for (const other of members.values()) freeze(other, clock.now());
      }
      members.delete(member.name);
      soon();
    },
    terminate(member) {
      member.stopping = true;
      member.busyUntil = 0;
      if (member.server === 'down') member.busyUntil = clock.now();
      soon();
    },
    wake: soon,
    stop() {
      isStopped = true;
      timer?.cancel();
    },
  };
}

const sameRule = (a: Quorum, b: Quorum): boolean =>
  a.acks === b.acks &&
  a.members.length === b.members.length &&
  a.members.every((name) => b.members.includes(name));
