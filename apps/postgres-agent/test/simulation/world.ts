import { type Quorum } from '@stateful/postgres-api';
import { type LeaseView, type MemberPromise } from '../../src/election/lease-view.ts';
import { type Settings } from '../../src/election/kernel-types.ts';
import { type Durability, majorityAcks } from '../../src/election/quorum.ts';
import { createMember, type Member } from './member.ts';
import { createSchedule, seededRandom, type Random, type Schedule } from './schedule.ts';

/** Rules that can be switched off, to see that the checks would notice. */
export type Sabotage =
  'promises-while-streaming' | 'quorum-not-counted' | 'timelines-reused' | 'rule-dropped-early' | 'no-fence';

export interface Entry {
  readonly timeline: number;
  readonly id: number;
}

export interface World {
  readonly schedule: Schedule;
  readonly random: Random;
  readonly settings: Settings;
  readonly sabotage: readonly Sabotage[];
  readonly durability: Durability;
  readonly members: Map<string, Member>;
  readonly violations: string[];
  readonly counts: { acked: number; promotions: number; failovers: number; resumes: number; rules: number };
  /** Undefined while no fault may happen. */
  faults: boolean;
  replicas: number;
  lease: LeaseView;
  readonly promises: Map<string, MemberPromise>;
  reachesApi(member: string): boolean;
  reaches(a: string, b: string): boolean;
  acknowledged(member: Member, entry: Entry, epoch: number, rule: Quorum): void;
  promoted(member: Member, epoch: number): void;
  claimed(before: LeaseView['state']): void;
  promised(promise: MemberPromise): void;
  fail(text: string): void;
  trace(text: () => string): void;
}

export const settings: Settings = {
  durationMs: 10_000,
  renewMs: 2_000,
  fenceMs: 6_000,
  pollMs: 1_000,
  retryMs: 200,
  takeoverMs: 5_000,
  settleMs: 3_000,
  giveUpMs: 10_000,
};

export const nameOf = (ordinal: number) => `pg-${ordinal}`;

export function createWorld(input: {
  seed: number;
  replicas: number;
  durability: Durability;
  sabotage?: readonly Sabotage[];
  /** Is told what happens, to read a failed seed. */
  trace?: (line: string) => void;
}): World {
  const random = seededRandom(input.seed);
  const schedule = createSchedule();
  const cutFromApi = new Set<string>();
  const cutPairs = new Set<string>();
  const pair = (a: string, b: string) => [a, b].sort().join('|');
  let acked: { entry: Entry; index: number; durable: boolean }[] = [];
  let gambled = false;
  const timelines = new Map<number, number>();
  const lastPromise = new Map<string, MemberPromise>();
  const all = Array.from({ length: input.replicas }, (_, ordinal) => nameOf(ordinal));
  const world: World = {
    schedule,
    random,
    settings,
    sabotage: input.sabotage ?? [],
    durability: input.durability,
    members: new Map(),
    violations: [],
    counts: { acked: 0, promotions: 0, failovers: 0, resumes: 0, rules: 0 },
    faults: true,
    replicas: input.replicas,
    promises: new Map(),
    lease: {
      version: '1',
      holder: nameOf(0),
      epoch: 1,
      renewal: '0',
      state: {
        systemIdentifier: 'S',
        primary: nameOf(0),
        address: nameOf(0),
        podUid: 'pg-0/1',
        timeline: 1,
        timelineStartLsn: '0/0',
        quorum: [{ members: all, acks: input.durability === 'off' ? 0 : majorityAcks(all.length) }],
      },
    },
    reachesApi: (member) => !cutFromApi.has(member),
    reaches: (a, b) => !cutPairs.has(pair(a, b)),
    trace: (text) => input.trace?.(`${Math.round(schedule.now())} ${text()}`),
    fail: (text) => {
      world.trace(() => `VIOLATION ${text}`);
      if (world.violations.length < 5) world.violations.push(`at ${Math.round(schedule.now())} ms: ${text}`);
    },
    acknowledged(member, entry, epoch, rule) {
      world.counts.acked++;
      const durable = rule.acks > 0;
      acked.push({ entry, index: member.log.findIndex((other) => other.id === entry.id), durable });
      if (world.lease.epoch > epoch) {
        const holder = world.members.get(world.lease.state.primary)!;
        const has = holder.log.some((other) => other.id === entry.id);
        if (!has && (durable || world.durability === 'off')) {
          world.fail(
            `${member.name} (epoch ${epoch}) acknowledged ${entry.id}, which epoch ${world.lease.epoch} lacks`,
          );
        }
      }
    },
    promoted(member, epoch) {
      world.counts.promotions++;
      const timeline = member.log.length > 0 ? member.timeline : 1;
      const other = timelines.get(timeline);
      if (other !== undefined && other !== epoch)
        world.fail(`timeline ${timeline} used by epochs ${other}, ${epoch}`);
      timelines.set(timeline, epoch);
      if (epoch !== world.lease.epoch) return;
      // Elected when commits were acknowledged by the primary alone: nothing before was protected.
      if (gambled) acked = acked.filter(({ entry, index }) => member.log[index]?.id === entry.id);
      gambled = false;
      for (const { entry, index, durable } of acked) {
        if (durable && member.log[index]?.id !== entry.id) {
          world.fail(`${member.name} became primary of epoch ${epoch} without acknowledged ${entry.id}`);
          break;
        }
      }
    },
    claimed(before) {
      if (before.quorum.some((rule) => rule.acks === 0)) gambled = true;
    },
    promised(promise) {
      const before = lastPromise.get(promise.name);
      const less =
        before &&
        (promise.timeline < before.timeline ||
          (promise.timeline === before.timeline && promise.lsn < before.lsn));
      if (less)
        world.fail(
          `${promise.name} promised ${promise.timeline}/${promise.lsn} after ${before.timeline}/${before.lsn}`,
        );
      lastPromise.set(promise.name, promise);
    },
  };
  for (let ordinal = 0; ordinal < input.replicas; ordinal++) {
    world.members.set(nameOf(ordinal), createMember(world, ordinal));
  }
  const heal = () => {
    cutFromApi.clear();
    cutPairs.clear();
  };
  const fault = () => {
    if (!world.faults) return heal();
    const names = [...world.members.keys()];
    const victim = random.chance(0.6) ? world.lease.state.primary : random.pick(names);
    const kind = random.next();
    world.trace(() => `fault ${kind.toFixed(2)} ${victim}`);
    if (kind < 0.1) world.members.get(victim)!.stall();
    else if (kind < 0.2) world.members.get(victim)!.crashPod();
    else if (kind < 0.35) world.members.get(victim)!.crashServer();
    else if (kind < 0.45) world.members.get(victim)!.stop();
    else if (kind < 0.6) cutFromApi.add(victim);
    else if (kind < 0.7) for (const name of names) if (name !== victim) cutPairs.add(pair(victim, name));
    if (kind >= 0.7 && kind < 0.78) {
      cutFromApi.add(victim);
      for (const name of names) if (name !== victim) cutPairs.add(pair(victim, name));
    } else if (kind >= 0.78 && kind < 0.84) cutPairs.add(pair(random.pick(names), random.pick(names)));
    else if (kind >= 0.84 && kind < 0.88)
      for (const name of names)
        if (random.chance(0.7)) world.members.get(name)!.crashPod();
        else if (kind >= 0.88) heal();
    if (random.chance(0.3)) schedule.at(random.between(500, 20_000), heal);
    schedule.at(random.chance(0.3) ? random.between(10, 300) : random.between(300, 15_000), fault);
  };
  schedule.at(random.between(2_000, 6_000), fault);
  return world;
}
