import { type Socket } from 'node:net';
import { type Clock } from '../clock/index.ts';
import { type Answer } from './answer-body.ts';
import { type CallLimit } from './call-limit.ts';
import { createHttpConnection, type HttpConnection } from './http-connection.ts';
import { openConnection, type Endpoint } from './open-connection.ts';

/** One request on one connection. */
export interface Exchange {
  method: string;
  /** Head and body, as they travel. */
  text: string;
  /** Called with a connection in hand, before the first byte leaves; what it throws is the exchange's failure. */
  beforeSend: () => void;
  /** A byte may have left. */
  onSent: () => void;
  /** Ends the exchange, the answer's body included, whenever it comes; its reason is the failure. */
  limit: Pick<CallLimit, 'reason' | 'onAbort'>;
}

/** Connections to one API server under one set of TLS credentials. */
export interface ConnectionPool {
  /** Resolves with the answer's head. */
  send(exchange: Exchange): Promise<Answer>;
  /** No more requests come: idle connections end now, the others when they get idle. */
  retire(): void;
  destroy(): void;
  /** Connections that are open now, and that were ever opened. */
  counts(): { open: number; opened: number };
}

/** Below the 90 s after which the API server itself closes what is idle, so that we never write into its close. */
const idleMs = 60_000;

/**
 * A request gets a connection that is ready, and the newest idle one first, so that the others age and go. How many
 * there are is bounded by who calls. `onLookup`: the look-up of a host's name took so many seconds.
 */
export function createConnectionPool(
  endpoint: Endpoint,
  clock: Clock,
  onLookup?: (seconds: number) => void,
): ConnectionPool {
  const open = new Set<Socket>();
  const idle: HttpConnection[] = [];
  let opened = 0;
  let isRetired = false;

  function keep(connection: HttpConnection): void {
    if (isRetired) return connection.end(new Error('its credentials were replaced'), false);
    idle.push(connection);
    connection.rest(idleMs);
  }
  function forget(connection: HttpConnection): void {
    const at = idle.lastIndexOf(connection);
    if (at >= 0) idle.splice(at, 1);
  }
  function dropIdle(why: string): void {
    for (const connection of idle.splice(0)) connection.end(new Error(why), false);
  }

  function connect(done: (error: Error | null, connection?: HttpConnection) => void): void {
    openConnection(
      endpoint,
      {
        clock,
        onRaw(raw) {
          open.add(raw);
          const began = clock.monotonic();
          raw.once('lookup', () => onLookup?.((clock.monotonic() - began) / 1000));
          raw.once('close', () => open.delete(raw));
        },
      },
      (error, connection) => {
        if (!connection) return done(error);
        opened++;
        done(null, createHttpConnection(connection, { onRest: keep, onClosed: forget }));
      },
    );
  }

  function send({ method, text, beforeSend, onSent, limit }: Exchange): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (limit.reason) throw limit.reason;
      let used: HttpConnection | undefined;
      let isAnswered = false;
      let isOver = false;
      const over = (): void => {
        isOver = true;
        letGo();
      };
      const letGo = limit.onAbort((reason) => {
        // Silence of one connection is most often silence of all: the next call shall not meet the next dead one.
        if (used && !isAnswered && reason.code === 'timeout') dropIdle('another one is dead');
        isOver = true;
        // Bytes of a write that the kernel still holds must not leave later: a reset discards them.
        used?.end(reason, method !== 'GET');
        reject(reason);
      });
      const use = (connection: HttpConnection): void => {
        if (isOver) return keep(connection);
        try {
          beforeSend();
        } catch (error) {
          over();
          if (!connection.isClosed()) keep(connection);
          return reject(error instanceof Error ? error : new Error(String(error)));
        }
        used = connection;
        onSent();
        connection.send(text, {
          answered(answer) {
            isAnswered = true;
            resolve(answer);
          },
          failed: reject,
          over,
        });
      };
      const ready = idle.pop();
      if (ready) return use(ready);
      connect((error, connection) => {
        if (connection) return use(connection);
        over();
        reject(error!);
      });
    });
  }

  return {
    send,
    retire() {
      isRetired = true;
      dropIdle('its credentials were replaced');
    },
    destroy() {
      isRetired = true;
      for (const raw of open) raw.destroy();
    },
    counts: () => ({ open: open.size, opened }),
  };
}
