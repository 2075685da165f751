import { type Clock } from '../clock/index.ts';
import { OperatorError } from '../errors/index.ts';
import { type Answer } from './answer-body.ts';
import { type CallLimit } from './call-limit.ts';
import { type ConnectionPool } from './connection-pool.ts';
import { filesMaxAgeMs, type Credentials } from './credentials/credentials.ts';
import { type PoolKeeper } from './pool-keeper.ts';
import { createWatchBody } from './watch-body.ts';

/** The watches that are open. */
export interface OpenStreams {
  /** Counts an answer among them until it ends; it ends by itself when its pool is replaced. */
  add(answer: Answer, pool: ConnectionPool, limit: CallLimit, what: string): AsyncIterable<Buffer>;
  size(): number;
}

/** For a watch on replaced credentials to get to the end of a line. */
const drainMs = 10_000;

export function createOpenStreams(clock: Clock, pools: PoolKeeper, credentials: Credentials): OpenStreams {
  let size = 0;
  let look: { cancel(): void } | undefined;

  /** Calls find out by themselves; a process that only watches must look whether credentials were replaced. */
  function lookLater(): void {
    look = clock.setTimer(filesMaxAgeMs, () => {
      credentials.current().then(
        ({ tls }) => void pools.poolFor(tls),
        // Nothing new to be had: the next call says why.
        () => undefined,
      );
      lookLater();
    });
  }

  return {
    size: () => size,
    add(answer, pool, limit, what) {
      const body = createWatchBody(answer, limit, what);
      let drain: { cancel(): void } | undefined;
      const forget = pools.onReplaced(pool, () => {
        drain = clock.setTimer(drainMs, () =>
          limit.abort(new OperatorError('network', `${what}: its credentials were replaced`)),
        );
        body.end();
      });
      if (size++ === 0 && credentials.rotates) lookLater();
      answer.onOver(() => {
        if (--size === 0) look?.cancel();
        drain?.cancel();
        forget();
        limit.release();
      });
      return body.chunks;
    },
  };
}
