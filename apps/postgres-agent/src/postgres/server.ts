import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AgentConfig, type Quorum } from '@stateful/postgres-api';
import { OperatorError, describeError, type Clock, type Logger } from '@stateful/reconcile-sdk';
import { type LocalFacts, type Wish } from '../election/kernel-types.ts';
import { parseLsn, type Position } from '../election/position.ts';
import { acksNeeded } from '../election/quorum.ts';
import { type MemberSettings } from '../member/settings.ts';
import { bootstrap } from './bootstrap.ts';
import { clone, quarantine, rewind } from './clone.ts';
import { runCommand } from './command.ts';
import {
  conninfo,
  hostAccess,
  renderConfig,
  slotOf,
  synchronousStandbyNames,
  type Stance,
} from './config.ts';
import { parseControlData, type ControlData } from './control-data.ts';
import { type Credentials } from './credentials.ts';
import { historyFile, newestTimeline, parseHistory } from './history.ts';
import { type Layout } from './layout.ts';
import { type Marks } from './marks.ts';
import { createPostmaster } from './postmaster.ts';
import { askPrimary, isSlotLost } from './primary-history.ts';
import {
  currentTimeline,
  dropSlots,
  insertPosition,
  keepSlots,
  standbys,
  type StandbyState,
} from './primary-queries.ts';
import { withSession, type SessionOptions } from './session.ts';
import { reordered, settle, type Following } from './following.ts';
import { putIntoEffect, takeEffect } from './synchronous.ts';

export interface ServerOptions {
  readonly settings: MemberSettings;
  readonly layout: Layout;
  readonly credentials: Credentials;
  readonly marks: Marks;
  readonly config: () => AgentConfig;
  /** The rule that the Lease records last: standbys have it in effect too, long before they are promoted. */
  readonly recordedRule: () => Quorum | undefined;
  readonly slotWalKeepMegabytes: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called when something changed that the election should know. */
  readonly onChange: () => void;
}

/** The Postgres side of a member: works towards one wish at a time and says what is so. */
export interface PostgresServer {
  facts(): LocalFacts;
  /** Standbys that the primary has seen lately; empty on a standby. */
  standbys(): readonly StandbyState[];
  isStreaming(): boolean;
  /** False while a primary waits for standbys to have what it recovered. */
  admitsClients(): boolean;
  /** The Lease names this data: it is no longer for this member alone to publish. */
  published(): Promise<void>;
  /** One piece of work towards the wish. `isStill` tells whether it is still wanted. */
  towards(wish: Wish, isStill: () => boolean): Promise<void>;
  /** The ConfigMap changed: what a reload can take effects now. */
  reconfigure(): Promise<void>;
}

/** Data that was rewound must be consistent after this long, or the primary is copied. */
const catchUpMs = 120_000;
/** A standby that does not stream for this long is looked at: its history, its slot. */
const notStreamingMs = 15_000;
/** After so many looks that found nothing wrong it still does not stream: the WAL it needs is gone. It is copied anew. */
const maxFruitlessLooks = 4;

export async function createServer(options: ServerOptions): Promise<PostgresServer> {
  const { settings, layout, marks, clock, log } = options;
  const self = settings.pod;
  const local: SessionOptions = { host: layout.run, port: settings.port };
  let control = await readControl();
  let role: 'down' | 'standby' | 'primary' = 'down';
  let stance: Stance = { source: undefined, rule: undefined };
  let held: LocalFacts['held'];
  let following: Following | undefined;
  let seen: readonly StandbyState[] = [];
  let timeline: number | undefined;
  let timelineStart: bigint | undefined;
  let streams = false;
  let streamedAt = clock.monotonic();
  let isForeign = false;
  let fruitless = 0;
  let clients: 'open' | 'closed' = 'open';
  /** The synchronous_standby_names that are certain to be in effect in every process. */
  let effective: string | undefined;

  const postmaster = createPostmaster({
    layout,
    port: settings.port,
    clock,
    log,
    onExit() {
      forget();
      options.onChange();
    },
  });

  function forget(): void {
    role = 'down';
    held = undefined;
    following = undefined;
    seen = [];
    streams = false;
    effective = undefined;
  }

  async function start(isStill: () => boolean): Promise<void> {
    await postmaster.start(isStill);
    effective = synchronousStandbyNames(stance.rule, self);
  }

  /** Before a standby may become primary, its processes must know whom to wait for. */
  async function ensureRule(rule: Quorum): Promise<void> {
    const wanted = synchronousStandbyNames(rule, self);
    if (effective === wanted) return;
    await configure({ ...stance, rule });
    postmaster.reload();
    await takeEffect(wanted, { ...local, clock, fromNone: !effective }, () => Promise.resolve());
    effective = wanted;
  }

  async function admit(wanted: 'open' | 'closed'): Promise<void> {
    if (clients === wanted) return;
    await writeFile(layout.hba, hostAccess(wanted), { mode: 0o600 });
    clients = wanted;
    postmaster.reload();
  }

  async function setSource(source: string | undefined): Promise<void> {
    if (stance.source === source) return;
    await configure({ ...stance, source });
    postmaster.reload();
  }

  async function readControl(): Promise<ControlData | undefined> {
    if (!existsSync(join(layout.data, 'PG_VERSION'))) return undefined;
    return parseControlData(await runCommand('pg_controldata', ['--pgdata', layout.data]));
  }

  const walFiles = (): string[] => {
    const folder = join(layout.data, 'pg_wal');
    return existsSync(folder) ? readdirSync(folder) : [];
  };

  async function configure(
    next: Stance,
    more: { listens?: boolean; recovery?: { targetTime?: string } } = {},
  ): Promise<void> {
    stance = next;
    const { parameters, backup } = options.config();
    const text = renderConfig({
      layout,
      pod: self,
      cluster: settings.cluster,
      port: settings.port,
      parameters,
      stance,
      hasArchive: backup !== null,
      slotWalKeepMegabytes: options.slotWalKeepMegabytes,
      listens: more.listens ?? true,
      ...(more.recovery ? { recovery: more.recovery } : {}),
    });
    await writeFile(layout.config, text, { mode: 0o600 });
  }

  async function startStandby(isStill: () => boolean): Promise<void> {
    await configure({ source: undefined, rule: options.recordedRule() });
    await writeFile(join(layout.data, 'standby.signal'), '');
    await rm(join(layout.data, 'recovery.signal'), { force: true });
    await admit('open');
    await start(isStill);
    role = 'standby';
    await withSession(local, dropSlots);
    log.info('Postgres runs as a standby');
  }

  async function stop(how: 'fast' | 'kill'): Promise<void> {
    await postmaster.stop(how);
    forget();
    control = await readControl();
  }

  /** Stops and copies or rewinds under a signal that aborts when something else is wanted. */
  async function whileStill(
    isStill: () => boolean,
    run: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const abort = new AbortController();
    let timer = clock.setTimer(250, check);
    function check(): void {
      if (!isStill()) return abort.abort();
      timer = clock.setTimer(250, check);
    }
    try {
      await run(abort.signal);
    } finally {
      timer.cancel();
    }
  }

  async function beginBootstrap(isStill: () => boolean): Promise<void> {
    if (control) return;
    await whileStill(isStill, (signal) =>
      bootstrap({
        layout,
        port: settings.port,
        config: options.config(),
        credentials: options.credentials,
        objectStoreDir: settings.objectStoreDir,
        postmaster,
        clock,
        log,
        configure: (recovery) =>
          configure(
            { source: undefined, rule: undefined },
            { listens: false, ...(recovery ? { recovery } : {}) },
          ),
        goOn: isStill,
        signal,
      }),
    ).catch(async (error: unknown) => {
      // What is half made is nobody's data yet: it is begun anew.
      await postmaster.stop('kill');
      await rm(layout.data, { recursive: true, force: true });
      throw error;
    });
    await marks.set('fresh');
    control = await readControl();
    forget();
  }

  async function bePrimary(wish: Wish & { role: 'primary' }, isStill: () => boolean): Promise<void> {
    if (role === 'primary') return lead(wish);
    if (!control)
      throw new OperatorError('bad-configuration', 'this instance should be primary and has no data');
    if (role === 'down') {
      control = (await readControl()) ?? control;
      const wasPrimary =
        !/archive recovery|shut down in recovery/.test(control.state) &&
        !existsSync(join(layout.data, 'standby.signal'));
      if (wasPrimary) {
        if (!isStill()) return;
        await configure({ source: undefined, rule: wish.rule });
        await rm(join(layout.data, 'recovery.signal'), { force: true });
        await admit(acksNeeded(wish.rule, self) > 0 ? 'closed' : 'open');
        await start(isStill);
        return becamePrimary(wish);
      }
      await startStandby(isStill);
    }
    if (!isStill()) return;
    await setSource(undefined);
    await ensureRule(wish.rule);
    await reserveTimelines(wish.timeline);
    await admit(acksNeeded(wish.rule, self) > 0 ? 'closed' : 'open');
    // The files and sessions above took time: the Lease may be another's by now.
    if (!isStill()) return;
    log.info({ epoch: wish.epoch, timeline: wish.timeline }, 'promoting');
    const [row] = await withSession(local, (session) =>
      session.query<{ done: boolean }>('select pg_promote(false) as done'),
    );
    if (!row?.done) throw new OperatorError('unavailable', 'Postgres refused to be promoted');
    await promoted(isStill);
    await becamePrimary(wish);
  }

  async function promoted(isStill: () => boolean): Promise<void> {
    for (;;) {
      const [row] = await withSession(local, (session) =>
        session.query<{ recovering: boolean }>('select pg_is_in_recovery() as recovering'),
      );
      if (row?.recovering === false) return;
      if (!isStill()) throw new OperatorError('aborted', 'something else is wanted than the promotion');
      await clock.sleep(20);
    }
  }

  /**
   * A timeline is reserved by the claim of an epoch. Postgres takes the next number for which it knows no history;
   * so those that were reserved by others and perhaps never used get an empty one.
   */
  async function reserveTimelines(wanted: number): Promise<void> {
    for (let number = newestTimeline(walFiles()) + 1; number < wanted; number++) {
      const file = historyFile(number);
      const path = join(layout.data, 'pg_wal', file);
      if (existsSync(path)) continue;
      await writeFile(path, '# reserved, never used\n', { mode: 0o600 });
      await writeFile(join(layout.data, 'pg_wal', 'archive_status', `${file}.ready`), '', { mode: 0o600 });
    }
  }

  async function becamePrimary(wish: Wish & { role: 'primary' }): Promise<void> {
    timeline = await withSession(local, currentTimeline);
    const history = join(layout.data, 'pg_wal', historyFile(timeline));
    timelineStart =
      timeline === 1 || !existsSync(history) ? 0n : parseHistory(readFileSync(history, 'utf8')).at(-1)?.lsn;
    role = 'primary';
    held = undefined;
    following = {
      order: wish.order,
      rule: wish.rule,
      settled: acksNeeded(wish.rule, self) === 0,
      from: await withSession(local, insertPosition),
    };
    log.info({ epoch: wish.epoch, timeline }, 'Postgres is primary');
    options.onChange();
    // A rewind of others begins at a checkpoint of this timeline; nobody waits for it here.
    void withSession(local, (session) => session.query('checkpoint')).catch(() => undefined);
    await lead(wish);
  }

  /** A primary's regular work: slots, the rule, and what the standbys have. */
  async function lead(wish: Wish & { role: 'primary' }): Promise<void> {
    const members = Array.from(
      { length: options.config().replicas },
      (_, ordinal) => `${settings.cluster}-${ordinal}`,
    );
    seen = await withSession(local, async (session) => {
      await keepSlots(session, members, self);
      return standbys(session);
    });
    if (!following) return;
    following =
      reordered(following, wish.rule, wish.order) ??
      (await putIntoEffect(wish.rule, wish.order, {
        self,
        ...local,
        clock,
        fromNone: !effective,
        async configure(rule: Quorum) {
          effective = undefined;
          await configure({ source: undefined, rule });
          postmaster.reload();
        },
      }));
    effective = synchronousStandbyNames(following.rule, self);
    following = settle(following, seen, self);
    if (following.settled) await admit('open');
  }

  async function hold(wish: Wish & { role: 'hold' }, isStill: () => boolean): Promise<void> {
    if (!control || marks.has('broken') || isForeign || role === 'primary') return;
    if (held?.candidacy === wish.candidacy) return;
    held = undefined;
    await admit('open');
    if (role === 'down') await startStandby(isStill);
    await setSource(undefined);
    const where = await settledPosition(isStill);
    if (where && isStill()) held = { candidacy: wish.candidacy, position: where };
    streams = false;
  }

  /**
   * The end of this standby's WAL, once it is certain that no more comes: the new configuration is in effect, no
   * receiver is seen twice in a row, and the startup process has replayed all there is and waits.
   */
  async function settledPosition(isStill: () => boolean): Promise<Position | undefined> {
    let quiet = 0;
    while (isStill() && role === 'standby') {
      const [row] = await withSession(local, (session) =>
        session.query<{ source: string; receivers: number; waits: number }>(
          `select current_setting('primary_conninfo') as source,
             (select count(*)::int from pg_stat_activity where backend_type = 'walreceiver') as receivers,
             (select count(*)::int from pg_stat_activity where backend_type = 'startup'
                and wait_event in ('RecoveryWalStream', 'RecoveryRetrieveRetryInterval')) as waits`,
        ),
      );
      const isQuiet = row?.source === '' && row.receivers === 0 && row.waits === 1;
      quiet = isQuiet ? quiet + 1 : 0;
      if (quiet >= 2) return position();
      await clock.sleep(40);
    }
    return undefined;
  }

  /**
   * Timeline and end of what this standby has, as Postgres itself tells other standbys: the timeline of what was
   * replayed, not of the newest file. A segment of a new timeline begins with WAL of the old one, so a file alone
   * would make an instance that lags pass for one that has followed the new primary.
   */
  async function position(): Promise<Position> {
    const [row] = await withSession({ ...local, replication: true }, (session) =>
      session.query<{ timeline: number; xlogpos: string }>('IDENTIFY_SYSTEM'),
    );
    if (!row) throw new OperatorError('bad-response', 'Postgres does not tell its position');
    return { timeline: Number(row.timeline), lsn: parseLsn(row.xlogpos) };
  }

  async function follow(wish: Wish & { role: 'follow' }, isStill: () => boolean): Promise<void> {
    held = undefined;
    await admit('open');
    const primary: SessionOptions = {
      host: wish.address,
      port: settings.port,
      user: 'replicator',
      password: options.credentials.replicationPassword,
      tls: true,
    };
    if (control && control.systemIdentifier !== wish.systemIdentifier) {
      if (!isForeign) {
        log.error(
          { ours: control.systemIdentifier, cluster: wish.systemIdentifier },
          'the volume holds the data of another database; it is left as it is. Remove it, or the volume, to have this instance made anew',
        );
      }
      isForeign = true;
      return;
    }
    isForeign = false;
    if (control && marks.has('rewound')) return catchUp(wish, isStill);
    if (!control || marks.has('broken')) return copy(wish, isStill);
    if (role === 'down') await startStandby(isStill);
    if (stance.source === wish.address) {
      await checkStream();
      const rule = options.recordedRule();
      if (streams && rule) await ensureRule(rule);
      if (streams || clock.monotonic() - streamedAt < notStreamingMs) return;
      streamedAt = clock.monotonic();
    }
    const identity = await askPrimary(primary);
    if (
      identity.systemIdentifier !== wish.systemIdentifier ||
      identity.timeline < wish.timeline ||
      !isStill()
    )
      return;
    await setSource(undefined);
    const where = await settledPosition(isStill);
    if (!where || !isStill()) return;
    if (!identity.has(where)) return bringIntoLine(wish, isStill);
    if (++fruitless > maxFruitlessLooks || (await isSlotLost(primary, slotOf(self)))) {
      fruitless = 0;
      log.warn('the primary no longer has the WAL that this instance needs');
      await stop('fast');
      await marks.set('broken');
      return;
    }
    await setSource(wish.address);
    streamedAt = clock.monotonic();
    log.info({ primary: wish.primary }, 'following');
  }

  async function checkStream(): Promise<void> {
    const [row] = await withSession(local, (session) =>
      session.query<{ count: number }>(
        `select count(*)::int as count from pg_stat_wal_receiver where status = 'streaming'`,
      ),
    );
    streams = (row?.count ?? 0) > 0;
    if (!streams) return;
    streamedAt = clock.monotonic();
    fruitless = 0;
  }

  /** This instance has WAL that the primary's history has not: it goes back to where they part. */
  async function bringIntoLine(wish: Wish & { role: 'follow' }, isStill: () => boolean): Promise<void> {
    log.warn(
      { primary: wish.primary },
      'this instance has WAL that is not part of the history; it is rewound',
    );
    await stop('fast');
    await marks.set('broken');
    try {
      await whileStill(isStill, (signal) =>
        rewind(
          layout,
          conninfo({ layout, pod: self, port: settings.port }, wish.address, {
            applicationName: 'pg_rewind',
            database: 'postgres',
          }),
          signal,
          log,
        ),
      );
    } catch (error) {
      // Its data may be half of each now; the next look copies the primary and keeps this aside.
      log.warn({ error: describeError(error) }, 'the rewind failed');
      return;
    }
    await marks.set('rewound');
  }

  /**
   * Data that was rewound is whole only with the WAL that its source had by then: it has to stream at once, and
   * counts as broken until it has come so far.
   */
  async function catchUp(wish: Wish & { role: 'follow' }, isStill: () => boolean): Promise<void> {
    const deadline = clock.monotonic() + catchUpMs;
    await configure({ source: wish.address, rule: options.recordedRule() });
    await writeFile(join(layout.data, 'standby.signal'), '');
    try {
      await start(() => isStill() && clock.monotonic() < deadline);
    } catch (error) {
      // Not when something else is wanted: then it goes on later.
      if (isStill()) await marks.clear('rewound');
      await stop('kill');
      throw error;
    }
    role = 'standby';
    await marks.clear('broken');
    await marks.clear('rewound');
    control = await readControl();
    streamedAt = clock.monotonic();
    log.info({ primary: wish.primary }, 'rewound, and following');
  }

  async function copy(wish: Wish & { role: 'follow' }, isStill: () => boolean): Promise<void> {
    if (control && marks.has('broken')) {
      log.warn('the data is kept aside and the primary is copied');
      await stop('kill');
      await quarantine(layout);
      control = undefined;
    }
    await whileStill(isStill, (signal) =>
      clone(
        layout,
        conninfo({ layout, pod: self, port: settings.port }, wish.address, {
          applicationName: 'pg_basebackup',
        }),
        signal,
        log,
      ),
    );
    await writeFile(join(layout.data, 'standby.signal'), '');
    await marks.clear('broken');
    await marks.clear('fresh');
    control = await readControl();
  }

  return {
    standbys: () => seen,
    isStreaming: () => streams,
    admitsClients: () => clients === 'open',
    facts: () => ({
      data: marks.has('broken') || isForeign ? 'broken' : control ? 'valid' : 'none',
      ...(control ? { systemIdentifier: control.systemIdentifier } : {}),
      fresh: marks.has('fresh'),
      heldEpoch: marks.heldEpoch(),
      server: role,
      ...(role === 'primary' && timeline !== undefined
        ? { timeline }
        : control && role === 'down'
          ? { timeline: control.timeline }
          : {}),
      ...(role === 'primary' && timelineStart !== undefined ? { timelineStart } : {}),
      ...(held ? { held } : {}),
      ...(following
        ? { sync: { order: following.order, rule: following.rule, settled: following.settled } }
        : {}),
    }),
    published: () => marks.clear('fresh'),
    async towards(wish, isStill) {
      switch (wish.role) {
        case 'idle':
          return;
        case 'down':
          if (postmaster.isRunning()) await stop(wish.how);
          return;
        case 'bootstrap':
          return beginBootstrap(isStill);
        case 'primary':
          return bePrimary(wish, isStill);
        case 'hold':
          return hold(wish, isStill);
        case 'follow':
          if (role === 'primary') return;
          return follow(wish, isStill);
      }
    },
    async reconfigure() {
      if (!postmaster.isRunning() || role === 'down') return;
      await configure(stance);
      postmaster.reload();
    },
  };
}
