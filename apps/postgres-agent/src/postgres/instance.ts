import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AgentConfig, type Quorum } from '@stateful/postgres-api';
import { OperatorError, type Clock, type Logger } from '@stateful/reconcile-sdk';
import { type LocalFacts } from '../election/kernel-types.ts';
import { parseLsn, type Position } from '../election/position.ts';
import { type MemberSettings } from '../member/settings.ts';
import { runCommand } from './command.ts';
import { hostAccess, renderConfig, synchronousStandbyNames, type Stance } from './config.ts';
import { parseControlData, type ControlData } from './control-data.ts';
import { type Credentials } from './credentials.ts';
import { type Following } from './following.ts';
import { type Layout } from './layout.ts';
import { type Marks } from './marks.ts';
import { createPostmaster, type Postmaster } from './postmaster.ts';
import { dropSlots, type StandbyState } from './primary-queries.ts';
import { withSession, type SessionOptions } from './session.ts';
import { takeEffect } from './synchronous.ts';

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

/** What is so of the Postgres on this volume; only {@link Instance} and the roles that stand on it write it. */
export interface InstanceState {
  /** What pg_controldata says; undefined while there is no data. */
  control: ControlData | undefined;
  role: 'down' | 'standby' | 'primary';
  stance: Stance;
  /** A standby that has stopped receiving, for a candidacy. */
  held: LocalFacts['held'];
  /** Of a primary: the standbys' order and rule, and whether they have what it recovered. */
  following: Following | undefined;
  seen: readonly StandbyState[];
  timeline: number | undefined;
  timelineStart: bigint | undefined;
  streams: boolean;
  /** Monotonic milliseconds. */
  streamedAt: number;
  /** The volume holds another database. */
  isForeign: boolean;
  clients: 'open' | 'closed';
  /** The synchronous_standby_names that are certain to be in effect in every process. */
  effective: string | undefined;
}

/** Asks whether what is being done is still wanted. */
export type IsStill = () => boolean;

/** The one Postgres of this pod: its files, its process, and what it takes to run it in either role. */
export interface Instance {
  readonly state: InstanceState;
  readonly postmaster: Postmaster;
  /** Sessions as the superuser, over the socket. */
  readonly local: SessionOptions;
  readControl(): Promise<ControlData | undefined>;
  /** Writes the configuration; the running Postgres learns of it by a reload. */
  configure(next: Stance, more?: { listens?: boolean; recovery?: { targetTime?: string } }): Promise<void>;
  start(isStill: IsStill): Promise<void>;
  startStandby(isStill: IsStill): Promise<void>;
  stop(how: 'fast' | 'kill'): Promise<void>;
  /** Nothing runs: what was known of the process is forgotten. */
  forget(): void;
  ensureRule(rule: Quorum): Promise<void>;
  /** Lets clients in, or keeps them out. */
  admit(wanted: 'open' | 'closed'): Promise<void>;
  /** Whom a standby streams from. */
  setSource(source: string | undefined): Promise<void>;
  whileStill(isStill: IsStill, run: (signal: AbortSignal) => Promise<void>): Promise<void>;
  settledPosition(isStill: IsStill): Promise<Position | undefined>;
}

export async function createInstance(options: ServerOptions): Promise<Instance> {
  const { settings, layout, clock, log } = options;
  const self = settings.pod;
  const local: SessionOptions = { host: layout.run, port: settings.port };
  const state: InstanceState = {
    control: await readControl(),
    role: 'down',
    stance: { source: undefined, rule: undefined },
    held: undefined,
    following: undefined,
    seen: [],
    timeline: undefined,
    timelineStart: undefined,
    streams: false,
    streamedAt: clock.monotonic(),
    isForeign: false,
    clients: 'open',
    effective: undefined,
  };
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
    state.role = 'down';
    state.held = undefined;
    state.following = undefined;
    state.seen = [];
    state.streams = false;
    state.effective = undefined;
  }

  async function start(isStill: IsStill): Promise<void> {
    await postmaster.start(isStill);
    state.effective = synchronousStandbyNames(state.stance.rule, self);
  }

  /** Before a standby may become primary, its processes must know whom to wait for. */
  async function ensureRule(rule: Quorum): Promise<void> {
    const wanted = synchronousStandbyNames(rule, self);
    if (state.effective === wanted) return;
    await configure({ ...state.stance, rule });
    postmaster.reload();
    await takeEffect(wanted, { ...local, clock, fromNone: !state.effective }, () => Promise.resolve());
    state.effective = wanted;
  }

  async function admit(wanted: 'open' | 'closed'): Promise<void> {
    if (state.clients === wanted) return;
    await writeFile(layout.hba, hostAccess(wanted), { mode: 0o600 });
    state.clients = wanted;
    postmaster.reload();
  }

  async function setSource(source: string | undefined): Promise<void> {
    if (state.stance.source === source) return;
    await configure({ ...state.stance, source });
    postmaster.reload();
  }

  async function readControl(): Promise<ControlData | undefined> {
    if (!existsSync(join(layout.data, 'PG_VERSION'))) return undefined;
    return parseControlData(await runCommand('pg_controldata', ['--pgdata', layout.data]));
  }

  async function configure(
    next: Stance,
    more: { listens?: boolean; recovery?: { targetTime?: string } } = {},
  ): Promise<void> {
    state.stance = next;
    const { parameters, backup } = options.config();
    const text = renderConfig({
      layout,
      pod: self,
      cluster: settings.cluster,
      port: settings.port,
      parameters,
      stance: state.stance,
      hasArchive: backup !== null,
      slotWalKeepMegabytes: options.slotWalKeepMegabytes,
      listens: more.listens ?? true,
      ...(more.recovery ? { recovery: more.recovery } : {}),
    });
    await writeFile(layout.config, text, { mode: 0o600 });
  }

  async function startStandby(isStill: IsStill): Promise<void> {
    await configure({ source: undefined, rule: options.recordedRule() });
    await writeFile(join(layout.data, 'standby.signal'), '');
    await rm(join(layout.data, 'recovery.signal'), { force: true });
    await admit('open');
    await start(isStill);
    state.role = 'standby';
    await withSession(local, dropSlots);
    log.info('Postgres runs as a standby');
  }

  async function stop(how: 'fast' | 'kill'): Promise<void> {
    await postmaster.stop(how);
    forget();
    state.control = await readControl();
  }

  /** Stops and copies or rewinds under a signal that aborts when something else is wanted. */
  async function whileStill(isStill: IsStill, run: (signal: AbortSignal) => Promise<void>): Promise<void> {
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

  /**
   * The end of this standby's WAL, once it is certain that no more comes: the new configuration is in effect, no
   * receiver is seen twice in a row, and the startup process has replayed all there is and waits.
   */
  async function settledPosition(isStill: IsStill): Promise<Position | undefined> {
    let quiet = 0;
    while (isStill() && state.role === 'standby') {
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

  return {
    state,
    postmaster,
    local,
    readControl,
    configure,
    start,
    startStandby,
    stop,
    forget,
    ensureRule,
    admit,
    setSource,
    whileStill,
    settledPosition,
  };
}
