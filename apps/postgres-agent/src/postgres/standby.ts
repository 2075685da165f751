import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError } from '@stateful/reconcile-sdk';
import { type Wish } from '../election/kernel-types.ts';
import { clone, quarantine, rewind } from './clone.ts';
import { conninfo, slotOf } from './config.ts';
import { type Instance, type IsStill, type ServerOptions } from './instance.ts';
import { askPrimary, isSlotLost } from './primary-history.ts';
import { withSession, type SessionOptions } from './session.ts';

/** Data that was rewound must be consistent after this long, or the primary is copied. */
const catchUpMs = 120_000;
/** A standby that does not stream for this long is looked at: its history, its slot. */
const notStreamingMs = 15_000;
/** After so many looks that found nothing wrong it still does not stream: the WAL it needs is gone. It is copied anew. */
const maxFruitlessLooks = 4;

type WishFollow = Wish & { role: 'follow' };

/** An instance as standby: it follows a primary, by whatever its data needs for that, or holds still for an election. */
export interface Standby {
  hold(wish: Wish & { role: 'hold' }, isStill: IsStill): Promise<void>;
  follow(wish: WishFollow, isStill: IsStill): Promise<void>;
}

export function createStandby(instance: Instance, options: ServerOptions): Standby {
  const { settings, layout, marks, clock, log } = options;
  const { state, local } = instance;
  const { readControl, configure, admit, start, startStandby, stop, setSource } = instance;
  const { ensureRule, whileStill, settledPosition } = instance;
  const self = settings.pod;
  let fruitless = 0;

  async function hold(wish: Wish & { role: 'hold' }, isStill: IsStill): Promise<void> {
    if (!state.control || marks.has('broken') || state.isForeign || state.role === 'primary') return;
    if (state.held?.candidacy === wish.candidacy) return;
    state.held = undefined;
    await admit('open');
    if (state.role === 'down') await startStandby(isStill);
    await setSource(undefined);
    const where = await settledPosition(isStill);
    if (where && isStill()) state.held = { candidacy: wish.candidacy, position: where };
    state.streams = false;
  }

  async function follow(wish: WishFollow, isStill: IsStill): Promise<void> {
    state.held = undefined;
    await admit('open');
    const primary: SessionOptions = {
      host: wish.address,
      port: settings.port,
      user: 'replicator',
      password: options.credentials.replicationPassword,
      tls: true,
    };
    if (state.control && state.control.systemIdentifier !== wish.systemIdentifier) {
      if (!state.isForeign) {
        log.error(
          { ours: state.control.systemIdentifier, cluster: wish.systemIdentifier },
          'the volume holds the data of another database; it is left as it is. Remove it, or the volume, to have this instance made anew',
        );
      }
      state.isForeign = true;
      return;
    }
    state.isForeign = false;
    if (state.control && marks.has('rewound')) return catchUp(wish, isStill);
    if (!state.control || marks.has('broken')) return copy(wish, isStill);
    if (state.role === 'down') await startStandby(isStill);
    if (state.stance.source === wish.address) {
      await checkStream();
      const rule = options.recordedRule();
      if (state.streams && rule) await ensureRule(rule);
      if (state.streams || clock.monotonic() - state.streamedAt < notStreamingMs) return;
      state.streamedAt = clock.monotonic();
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
    state.streamedAt = clock.monotonic();
    log.info({ primary: wish.primary }, 'following');
  }

  async function checkStream(): Promise<void> {
    const [row] = await withSession(local, (session) =>
      session.query<{ count: number }>(
        `select count(*)::int as count from pg_stat_wal_receiver where status = 'streaming'`,
      ),
    );
    state.streams = (row?.count ?? 0) > 0;
    if (!state.streams) return;
    state.streamedAt = clock.monotonic();
    fruitless = 0;
  }

  /** This instance has WAL that the primary's history has not: it goes back to where they part. */
  async function bringIntoLine(wish: WishFollow, isStill: IsStill): Promise<void> {
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
  async function catchUp(wish: WishFollow, isStill: IsStill): Promise<void> {
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
    state.role = 'standby';
    await marks.clear('broken');
    await marks.clear('rewound');
    state.control = await readControl();
    state.streamedAt = clock.monotonic();
    log.info({ primary: wish.primary }, 'rewound, and following');
  }

  async function copy(wish: WishFollow, isStill: IsStill): Promise<void> {
    if (state.control && marks.has('broken')) {
      log.warn('the data is kept aside and the primary is copied');
      await stop('kill');
      await quarantine(layout);
      state.control = undefined;
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
    state.control = await readControl();
  }

  return { hold, follow };
}
