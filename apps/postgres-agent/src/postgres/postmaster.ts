import { spawn, type ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError, describeError, type Clock, type Logger } from '@stateful/reconcile-sdk';
import { type Layout } from './layout.ts';
import { killArchiving, killPostgres, postgresProcesses } from './processes.ts';
import { withSession } from './session.ts';

export interface Postmaster {
  isRunning(): boolean;
  /** Starts it and waits until it takes connections; gives up when `goOn` says so or the server ends. */
  start(goOn: () => boolean): Promise<void>;
  /** `fast`: sessions end, a checkpoint is written and sent to the standbys. `kill`: nothing of it lives on. */
  stop(how: 'fast' | 'kill'): Promise<void>;
  /** Takes the configuration anew. */
  reload(): void;
}

export interface PostmasterOptions {
  readonly layout: Layout;
  readonly port: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called whenever the server has ended, for whatever reason. */
  readonly onExit: () => void;
}

const fastStopMs = 60_000;
/** A server that stops waits until its last WAL is archived. With a store that does not answer that costs a minute. */
const archiveMs = 4_000;

export function createPostmaster({ layout, port, clock, log, onExit }: PostmasterOptions): Postmaster {
  let child: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();

  async function accepts(): Promise<boolean> {
    try {
      await withSession({ host: layout.run, port }, (session) => session.query('select 1'));
      return true;
    } catch (error) {
      log.debug({ error: describeError(error) }, 'Postgres does not take connections yet');
      return false;
    }
  }

  return {
    isRunning: () => child !== undefined,
    async start(goOn) {
      // Backends of a server that died may still hold its memory; no new one can start beside them.
      if (postgresProcesses().length > 0) killPostgres();
      await rm(join(layout.data, 'postmaster.pid'), { force: true });
      if (!goOn()) throw new OperatorError('aborted', 'the start was given up: something else is wanted now');
      const started = spawn('postgres', ['-D', layout.data, '-c', `config_file=${layout.config}`], {
        // A process group of its own: a signal to the agent's group must not reach it.
        detached: true,
        stdio: ['ignore', 'inherit', 'inherit'],
        env: {
          PATH: '/usr/lib/postgresql/17/bin:/usr/local/bin:/usr/bin:/bin',
          LANG: 'C.UTF-8',
          PGDATA: layout.data,
        },
      });
      child = started;
      ended = new Promise((resolve) => {
        const end = (): void => {
          if (child === started) {
            child = undefined;
            onExit();
          }
          resolve();
        };
        started.once('exit', (code, signal) => {
          log.info({ code, signal }, 'Postgres has ended');
          end();
        });
        started.once('error', (error) => {
          log.error({ error: error.message }, 'Postgres cannot be started');
          end();
        });
      });
      while (!(await accepts())) {
        if (child !== started)
          throw new OperatorError('unavailable', 'Postgres ended while it was starting; its log says why');
        if (!goOn())
          throw new OperatorError('aborted', 'the start was given up: something else is wanted now');
        await clock.sleep(50);
      }
    },
    async stop(how) {
      const stopping = child;
      if (!stopping) {
        if (postgresProcesses().length > 0) killPostgres();
        return;
      }
      if (how === 'fast') stopping.kill('SIGINT');
      else killPostgres();
      const timer = clock.setTimer(fastStopMs, () => {
        log.warn('Postgres did not stop in time and is killed');
        killPostgres();
      });
      let archiving = clock.setTimer(archiveMs, endArchiving);
      function endArchiving(): void {
        killArchiving();
        archiving = clock.setTimer(250, endArchiving);
      }
      await ended;
      timer.cancel();
      archiving.cancel();
      if (postgresProcesses().length > 0) killPostgres();
    },
    reload: () => void child?.kill('SIGHUP'),
  };
}
