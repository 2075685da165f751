import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Quorum } from '@stateful/postgres-api';
import { OperatorError } from '@stateful/reconcile-sdk';
import { type Wish } from '../election/kernel-types.ts';
import { acksNeeded } from '../election/quorum.ts';
import { synchronousStandbyNames } from './config.ts';
import { reordered, settle } from './following.ts';
import { historyFile, newestTimeline, parseHistory } from './history.ts';
import { type Instance, type IsStill, type ServerOptions } from './instance.ts';
import { currentTimeline, insertPosition, keepSlots, standbys } from './primary-queries.ts';
import { withSession } from './session.ts';
import { putIntoEffect } from './synchronous.ts';

type WishPrimary = Wish & { role: 'primary' };

/** An instance as primary: it starts as one or is promoted, and then leads. */
export interface Primary {
  /** Becomes primary where it is not, and otherwise does a primary's regular work. */
  be(wish: WishPrimary, isStill: IsStill): Promise<void>;
}

export function createPrimary(instance: Instance, options: ServerOptions): Primary {
  const { settings, layout, clock, log } = options;
  const { state, local, postmaster } = instance;
  const { readControl, configure, admit, start, startStandby, setSource, ensureRule } = instance;
  const self = settings.pod;
  const walFiles = (): string[] => {
    const folder = join(layout.data, 'pg_wal');
    return existsSync(folder) ? readdirSync(folder) : [];
  };

  async function bePrimary(wish: WishPrimary, isStill: IsStill): Promise<void> {
    if (state.role === 'primary') return lead(wish);
    if (!state.control)
      throw new OperatorError('bad-configuration', 'this instance should be primary and has no data');
    if (state.role === 'down') {
      state.control = (await readControl()) ?? state.control;
      const wasPrimary =
        !/archive recovery|shut down in recovery/.test(state.control.state) &&
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

  async function promoted(isStill: IsStill): Promise<void> {
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

  async function becamePrimary(wish: WishPrimary): Promise<void> {
    state.timeline = await withSession(local, currentTimeline);
    const history = join(layout.data, 'pg_wal', historyFile(state.timeline));
    state.timelineStart =
      state.timeline === 1 || !existsSync(history)
        ? 0n
        : parseHistory(readFileSync(history, 'utf8')).at(-1)?.lsn;
    state.role = 'primary';
    state.held = undefined;
    state.following = {
      order: wish.order,
      rule: wish.rule,
      settled: acksNeeded(wish.rule, self) === 0,
      from: await withSession(local, insertPosition),
    };
    log.info({ epoch: wish.epoch, timeline: state.timeline }, 'Postgres is primary');
    options.onChange();
    // A rewind of others begins at a checkpoint of this timeline; nobody waits for it here.
    void withSession(local, (session) => session.query('checkpoint')).catch(() => undefined);
    await lead(wish);
  }

  /** A primary's regular work: slots, the rule, and what the standbys have. */
  async function lead(wish: WishPrimary): Promise<void> {
    const members = Array.from(
      { length: options.config().replicas },
      (_, ordinal) => `${settings.cluster}-${ordinal}`,
    );
    state.seen = await withSession(local, async (session) => {
      await keepSlots(session, members, self);
      return standbys(session);
    });
    if (!state.following) return;
    state.following =
      reordered(state.following, wish.rule, wish.order) ??
      (await putIntoEffect(wish.rule, wish.order, {
        self,
        ...local,
        clock,
        fromNone: !state.effective,
        async configure(rule: Quorum) {
          state.effective = undefined;
          await configure({ source: undefined, rule });
          postmaster.reload();
        },
      }));
    state.effective = synchronousStandbyNames(state.following.rule, self);
    state.following = settle(state.following, state.seen, self);
    if (state.following.settled) await admit('open');
  }

  return { be: bePrimary };
}
