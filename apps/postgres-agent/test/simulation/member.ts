import { type Quorum } from '@stateful/postgres-api';
import { createKernel, fenceAt, step, stopped, wish } from '../../src/election/kernel.ts';
import {
  type Effect,
  type Input,
  type Kernel,
  type LocalFacts,
  type Self,
  type Wish,
} from '../../src/election/kernel-types.ts';
import { acksNeeded, othersOf, sameRule, wantedRule } from '../../src/election/quorum.ts';
import { nameOf, type Entry, type World } from './world.ts';

/** One pod: the real kernel, and a Postgres reduced to a log, a source and acknowledgements. */
export interface Member {
  readonly name: string;
  readonly log: Entry[];
  /** Of the end of the log. */
  readonly timeline: number;
  readonly server: LocalFacts['server'];
  readonly kernel: Kernel | undefined;
  readonly following: string | undefined;
  crashPod(): void;
  crashServer(): void;
  /** The agent's main loop stands still; its fence does not. */
  stall(): void;
  stop(): void;
  acknowledge(from: string, incarnation: number, length: number): void;
  readonly incarnation: number;
}

export type DistributiveInput = Input extends infer T ? (T extends unknown ? Omit<T, 'now'> : never) : never;

let entries = 0;

export function createMember(world: World, ordinal: number): Member {
  const { schedule, random, settings } = world;
  const name = nameOf(ordinal);
  const rate = random.between(0.86, 1.14);
  const mono = () => schedule.now() * rate;
  // Durable.
  let log: Entry[] = [];
  let heldEpoch = ordinal === 0 ? 1 : 0;
  let broken = false;
  let uid = 1;
  // Lost with the pod.
  let kernel: Kernel | undefined;
  let generation = 0;
  let server: LocalFacts['server'] = 'down';
  let following: string | undefined;
  let held: LocalFacts['held'];
  let epoch = 0;
  let timeline = 1;
  let timelineStart: bigint | undefined;
  let rules: Quorum[] = [];
  let sync: LocalFacts['sync'];
  let syncFrom = 0;
  let flushed = new Map<string, number>();
  let pending: { entry: Entry; length: number }[] = [];

  const self = (): Self => ({ name, ordinal, podUid: `${name}/${uid}`, address: name });
  const inPod = (run: () => void) => {
    const mine = generation;
    return () => {
      if (mine === generation && kernel) run();
    };
  };
  const after = (delay: number, run: () => void) => schedule.at(delay, inPod(run));
  const endTimeline = () => log[log.length - 1]?.timeline ?? 1;

  let stalledUntil = 0;
  let backlog: DistributiveInput[] = [];

  function input(value: DistributiveInput) {
    if (!kernel) return;
    if (schedule.now() < stalledUntil) return void backlog.push(value);
    const waiting = backlog;
    backlog = [];
    for (const late of [...waiting, value]) take(late);
  }

  function take(value: DistributiveInput) {
    if (!kernel) return;
    const result = step(kernel, { ...value, now: mono() });
    kernel = result.kernel;
    for (const effect of result.effects) perform(effect);
  }

  /** A request and its answer, each late or lost; what the server did stands either way. */
  function request(apply: () => DistributiveInput, failure: DistributiveInput) {
    let answered = false;
    const answer = (value: DistributiveInput) =>
      inPod(() => {
        if (answered) return;
        answered = true;
        input(value);
      });
    const delay = () =>
      random.chance(0.03) && world.faults ? random.between(500, 4_000) : random.between(1, 40);
    const lost = () => !world.reachesApi(name) || (world.faults && random.chance(0.02));
    after(2_000 / rate, answer(failure));
    schedule.at(delay(), () => {
      if (lost()) return;
      const result = apply();
      const done = answer(result);
      schedule.at(delay(), () => {
        if (!lost()) done();
      });
    });
  }

  function perform(effect: Effect) {
    switch (effect.kind) {
      case 'read-lease':
        return request(() => ({ kind: 'lease-read', lease: world.lease }), { kind: 'lease-read-failed' });
      case 'write-lease': {
        if (effect.markEpoch !== undefined) heldEpoch = effect.markEpoch;
        const sentAt = mono();
        return request(
          () => {
            if (effect.on?.version !== world.lease.version) return { kind: 'lease-write-failed' };
            const { renew, ...proposal } = effect.proposal;
            const version = String(Number(world.lease.version) + 1);
            if (proposal.epoch > world.lease.epoch) {
              world.counts.failovers++;
              world.claimed(world.lease.state);
            }
            if (proposal.state.quorum.length !== world.lease.state.quorum.length) world.counts.rules++;
            world.lease = { ...proposal, version, renewal: renew ? version : world.lease.renewal };
            for (const other of world.members.values()) schedule.at(random.between(5, 60), () => hint(other));
            return { kind: 'lease-written', lease: world.lease, sentAt };
          },
          { kind: 'lease-write-failed' },
        );
      }
      case 'publish-promise': {
        const mine = generation;
        return request(
          () => {
            if (effect.promise.podUid !== `${name}/${uid}`) return { kind: 'promise-failed' };
            world.promises.set(name, effect.promise);
            world.trace(
              () =>
                `promise ${name} ${effect.promise.candidacy} ${effect.promise.timeline}/${effect.promise.lsn}`,
            );
            if (mine === generation) world.promised(effect.promise);
            return { kind: 'promise-published', candidacy: effect.promise.candidacy };
          },
          { kind: 'promise-failed' },
        );
      }
      case 'list-promises':
        return request(
          () => {
            const promises = [...world.promises.values()];
            const candidacy = world.lease.state.candidacy;
            const missing = [...world.members.keys()].filter(
              (other) => !promises.some((p) => p.name === other && p.candidacy === candidacy?.id),
            );
            const forged = missing.map((other) => ({
              name: other,
              podUid: '',
              candidacy: candidacy?.id ?? '',
              epoch: candidacy?.epoch ?? 0,
              timeline: 0,
              lsn: 0n,
            }));
            return {
              kind: 'promises-listed',
              promises: world.sabotage.includes('quorum-not-counted')
                ? [...promises.filter((p) => p.candidacy === candidacy?.id), ...forged]
                : promises,
            };
          },
          { kind: 'promises-failed' },
        );
    }
  }

  const hint = (other: Member) => {
    if (world.reachesApi(other.name)) (other as Member & { hinted(): void }).hinted();
  };

  function report() {
    input({
      kind: 'local',
      facts: {
        data: broken ? 'broken' : 'valid',
        systemIdentifier: 'S',
        fresh: false,
        heldEpoch,
        server,
        ...(server === 'primary'
          ? { timeline, ...(timelineStart === undefined ? {} : { timelineStart }) }
          : {}),
        ...(held ? { held } : {}),
        ...(sync ? { sync } : {}),
      },
    });
  }

  function setServer(next: LocalFacts['server']) {
    if (server !== next) {
      flushed = new Map();
      pending = [];
      rules = [];
      sync = undefined;
      incarnation++;
    }
    world.trace(() => `server ${name} ${server} -> ${next} log ${endTimeline()}/${log.length}`);
    server = next;
    if (next !== 'standby') {
      following = undefined;
      held = undefined;
    }
  }
  let incarnation = 0;

  /** One thing at a time towards the wish, as the real Postgres side works; it may be an old wish by the end. */
  function work() {
    if (!kernel) return;
    if (schedule.now() < stalledUntil) return after(stalledUntil - schedule.now(), work);
    const want = wish(kernel);
    const took = act(want);
    after(took, () => {
      finish(want);
      report();
      after(random.between(5, 50), work);
    });
  }

  function act(want: Wish): number {
    if (want.role === 'down') return server === 'down' ? 1 : random.between(5, 200);
    if (want.role === 'primary') {
      if (server === 'primary') return random.between(1, 50);
      return random.between(50, world.faults && random.chance(0.05) ? 8_000 : 600);
    }
    return random.between(5, 300);
  }

  function finish(want: Wish) {
    // What was wished before a stall may no longer hold: the clock is asked first.
    input({ kind: 'tick' });
    if (!kernel || schedule.now() < stalledUntil) return;
    const now = wish(kernel);
    switch (want.role) {
      case 'down':
        return now.role === 'down' ? setServer('down') : undefined;
      case 'bootstrap':
        return;
      case 'idle':
        return;
      case 'primary':
        if (now.role !== 'primary' || now.epoch !== want.epoch) return;
        return server === 'primary' ? applyRule(want.rule, want.order) : becomePrimary(want);
      case 'hold': {
        if (server === 'primary') return;
        if (server === 'down') setServer('standby');
        if (held?.candidacy === want.candidacy) return;
        if (!world.sabotage.includes('promises-while-streaming')) following = undefined;
        held = { candidacy: want.candidacy, position: { timeline: endTimeline(), lsn: BigInt(log.length) } };
        return;
      }
      case 'follow': {
        if (server === 'primary' || now.role !== 'follow' || now.epoch !== want.epoch) return;
        held = undefined;
        const source = world.members.get(want.primary)!;
        const healthy = source.server === 'primary' && world.reaches(name, want.primary);
        if (server === 'down') setServer('standby');
        if (healthy && source.timeline >= want.timeline && (broken || !isPrefix(log, source.log))) {
          // A rewind: for a while the data is neither the old nor the new.
          following = undefined;
          if (broken) {
            log = [...source.log];
            broken = false;
          } else broken = true;
          return;
        }
        if (!broken) following = want.primary;
        return;
      }
    }
  }

  function becomePrimary(want: Wish & { role: 'primary' }) {
    const promotes = server !== 'primary' && endTimeline() < want.timeline;
    setServer('primary');
    epoch = want.epoch;
    if (promotes) {
      const next = world.sabotage.includes('timelines-reused') ? endTimeline() + 1 : want.timeline;
      timelineStart = BigInt(log.length);
      log.push({ timeline: next, id: ++entries });
    }
    timeline = endTimeline();
    world.promoted(member, epoch);
    applyRule(want.rule, want.order);
  }

  function applyRule(rule: Quorum, order: number) {
    const current = rules[rules.length - 1];
    if (!current || !sameRule(current, rule)) {
      // Until every process has read it, either may release a commit.
      rules = current ? [current, rule] : [rule];
      sync = undefined;
      const target = rule;
      after(random.between(10, 500), () => {
        if (rules[rules.length - 1] !== target) return;
        rules = [target];
        syncFrom = log.length;
        world.trace(() => `rule ${name} ${JSON.stringify(target)}`);
        sync = { order, rule: target, settled: world.sabotage.includes('rule-dropped-early') };
      });
      return;
    }
    // The same rule under a new order: nothing else was put into effect in between, or it would be the current one.
    if (sync && sync.order !== order) sync = { ...sync, order };
    if (sync && !sync.settled) {
      const have = othersOf(sync.rule, name).filter((other) => (flushed.get(other) ?? 0) >= syncFrom).length;
      if (have >= acksNeeded(sync.rule, name)) sync = { ...sync, settled: true };
    }
  }

  function stream() {
    const source = following === undefined ? undefined : world.members.get(following);
    if (source && server === 'standby' && source.server === 'primary' && world.reaches(name, source.name)) {
      if (isPrefix(log, source.log) && !broken) {
        log.push(...source.log.slice(log.length, log.length + Math.ceil(random.between(0, 6))));
        const length = log.length;
        const target = source.incarnation;
        schedule.at(random.chance(0.05) ? random.between(20, 1_500) : random.between(1, 30), () => {
          if (world.reaches(name, source.name)) source.acknowledge(name, target, length);
        });
      }
    }
    schedule.at(random.between(10, random.chance(0.05) ? 1_500 : 60), stream);
  }

  function client() {
    if (server === 'primary' && random.chance(0.9)) {
      const entry = { timeline, id: ++entries };
      log.push(entry);
      pending.push({ entry, length: log.length });
      release();
    }
    schedule.at(random.between(20, 200), client);
  }

  function release() {
    const done = (length: number) =>
      rules.some(
        (rule) =>
          othersOf(rule, name).filter((other) => (flushed.get(other) ?? 0) >= length).length >=
          acksNeeded(rule, name),
      );
    while (pending.length > 0 && rules.length > 0 && done(pending[0]!.length)) {
      const { entry } = pending.shift()!;
      const weakest = rules.reduce((a, b) => (b.acks < a.acks ? b : a));
      world.acknowledged(member, entry, epoch, weakest);
    }
  }

  function tick() {
    input({ kind: 'tick' });
    if (kernel) {
      const deadline = fenceAt(kernel);
      const due = deadline === undefined || mono() >= deadline;
      if (server === 'primary' && due && !world.sabotage.includes('no-fence')) setServer('down');
      if (kernel.holding && server === 'primary') {
        const recorded = world.lease.state.quorum[world.lease.state.quorum.length - 1]!;
        const streaming = [...world.members.values()]
          .filter((m) => m.following === name && world.reaches(name, m.name))
          .map((m) => m.name);
        const members = Array.from({ length: world.replicas }, (_, index) => nameOf(index));
        input({
          kind: 'wanted',
          rule: wantedRule({ durability: world.durability, members, primary: name, recorded, streaming }),
        });
      }
      if (stopped(kernel)) crash(random.between(500, 8_000), true);
    }
    after(random.between(50, 150), tick);
  }

  function crash(downFor: number, newPod: boolean) {
    generation++;
    kernel = undefined;
    stalledUntil = 0;
    backlog = [];
    setServer('down');
    schedule.at(downFor, () => {
      if (kernel) return;
      if (newPod) {
        uid++;
        world.promises.delete(name);
      }
      boot();
    });
  }

  function boot() {
    generation++;
    kernel = createKernel(self(), settings, mono());
    report();
    after(1, tick);
    after(random.between(1, 500), work);
  }

  const member: Member & { hinted(): void } = {
    name,
    get log() {
      return log;
    },
    get timeline() {
      return endTimeline();
    },
    get server() {
      return server;
    },
    get kernel() {
      return kernel;
    },
    get following() {
      return following;
    },
    get incarnation() {
      return incarnation;
    },
    hinted: () => input({ kind: 'lease-hint' }),
    crashPod: () => kernel && crash(random.between(300, 15_000), random.chance(0.5)),
    stall: () => {
      stalledUntil = schedule.now() + random.between(3_000, 40_000);
    },
    crashServer: () => {
      setServer('down');
      report();
    },
    stop: () => input({ kind: 'stop' }),
    acknowledge(from, target, length) {
      if (server !== 'primary' || target !== incarnation) return;
      flushed.set(from, Math.max(flushed.get(from) ?? 0, length));
      release();
      if (sync && !sync.settled) applyRule(sync.rule, sync.order);
    },
  };
  boot();
  schedule.at(random.between(1, 100), stream);
  schedule.at(random.between(1, 100), client);
  return member;
}

function isPrefix(short: readonly Entry[], long: readonly Entry[]): boolean {
  const last = short[short.length - 1];
  return last === undefined || long[short.length - 1]?.id === last.id;
}
