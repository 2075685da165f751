import { rm } from 'node:fs/promises';
import { type LocalFacts, type Wish } from '../election/kernel-types.ts';
import { bootstrap } from './bootstrap.ts';
import { createInstance, type IsStill, type ServerOptions } from './instance.ts';
import { createPrimary } from './primary.ts';
import { type StandbyState } from './primary-queries.ts';
import { createStandby } from './standby.ts';

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
  towards(wish: Wish, isStill: IsStill): Promise<void>;
  /** The ConfigMap changed: what a reload can take effects now. */
  reconfigure(): Promise<void>;
}

export async function createServer(options: ServerOptions): Promise<PostgresServer> {
  const { settings, layout, marks, clock, log } = options;
  const instance = await createInstance(options);
  const { state, postmaster } = instance;
  const primary = createPrimary(instance, options);
  const standby = createStandby(instance, options);

  async function beginBootstrap(isStill: IsStill): Promise<void> {
    if (state.control) return;
    await instance
      .whileStill(isStill, (signal) =>
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
            instance.configure(
              { source: undefined, rule: undefined },
              { listens: false, ...(recovery ? { recovery } : {}) },
            ),
          goOn: isStill,
          signal,
        }),
      )
      .catch(async (error: unknown) => {
        // What is half made is nobody's data yet: it is begun anew.
        await postmaster.stop('kill');
        await rm(layout.data, { recursive: true, force: true });
        throw error;
      });
    await marks.set('fresh');
    state.control = await instance.readControl();
    instance.forget();
  }

  return {
    standbys: () => state.seen,
    isStreaming: () => state.streams,
    admitsClients: () => state.clients === 'open',
    facts: () => ({
      data: marks.has('broken') || state.isForeign ? 'broken' : state.control ? 'valid' : 'none',
      ...(state.control ? { systemIdentifier: state.control.systemIdentifier } : {}),
      fresh: marks.has('fresh'),
      heldEpoch: marks.heldEpoch(),
      server: state.role,
      ...(state.role === 'primary' && state.timeline !== undefined
        ? { timeline: state.timeline }
        : state.control && state.role === 'down'
          ? { timeline: state.control.timeline }
          : {}),
      ...(state.role === 'primary' && state.timelineStart !== undefined
        ? { timelineStart: state.timelineStart }
        : {}),
      ...(state.held ? { held: state.held } : {}),
      ...(state.following
        ? {
            sync: {
              order: state.following.order,
              rule: state.following.rule,
              settled: state.following.settled,
            },
          }
        : {}),
    }),
    published: () => marks.clear('fresh'),
    async towards(wish, isStill) {
      switch (wish.role) {
        case 'idle':
          return;
        case 'down':
          if (postmaster.isRunning()) await instance.stop(wish.how);
          return;
        case 'bootstrap':
          return beginBootstrap(isStill);
        case 'primary':
          return primary.be(wish, isStill);
        case 'hold':
          return standby.hold(wish, isStill);
        case 'follow':
          if (state.role === 'primary') return;
          return standby.follow(wish, isStill);
      }
    },
    async reconfigure() {
      if (!postmaster.isRunning() || state.role === 'down') return;
      await instance.configure(state.stance);
      postmaster.reload();
    },
  };
}
