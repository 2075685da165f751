import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
// Not node:http: importing that also loads the client behind its WebSocket, 5 MB.
import { Agent, request as startRequest } from 'node:https';
import { type Socket } from 'node:net';
import { type Clock } from '../clock/index.ts';
import { openConnection, type Endpoint } from './open-connection.ts';

/** One request on one connection. */
export interface Exchange {
  method: string;
  path: string;
  headers: OutgoingHttpHeaders;
  body: string | undefined;
  /** Called with a connection in hand, before the first byte leaves; what it throws is the exchange's failure. */
  beforeSend: () => void;
  /** A byte may have left. */
  onSent: () => void;
  /** Ends the exchange, the answer's body included, whenever it comes; its reason is the failure. */
  signal: AbortSignal;
}

/** Connections to one API server under one set of TLS credentials. */
export interface ConnectionPool {
  /** Resolves with the answer's head. */
  send(exchange: Exchange): Promise<IncomingMessage>;
  /** No more requests come: idle connections end now, the others when they get idle. */
  retire(): void;
  destroy(): void;
  /** Connections that are open now, and that were ever opened. */
  counts(): { open: number; opened: number };
}

/** Below the 90 s after which the API server itself closes what is idle, so that we never write into its close. */
const idleMs = 60_000;

/**
 * Node's own agent keeps the connections; opening them is ours. A request gets a connection that is ready, and the
 * newest idle one first, so that the others age and go. How many there are is bounded by who calls. `onLookup`: the
 * look-up of a host's name took so many seconds.
 */
export function createConnectionPool(
  endpoint: Endpoint,
  clock: Clock,
  onLookup?: (seconds: number) => void,
): ConnectionPool {
  const open = new Set<Socket>();
  const rawOf = new WeakMap<Socket, Socket>();
  let opened = 0;
  const agent = new Agent({ keepAlive: true, keepAliveMsecs: 15_000, timeout: idleMs, scheduling: 'lifo' });
  agent.createConnection = (_options, callback) => {
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
        if (connection) {
          opened++;
          rawOf.set(connection.socket, connection.raw);
        }
        // The types want a socket beside the error too.
        callback?.(error, connection?.socket as Socket);
      },
    );
    return undefined;
  };

  function dropIdle(): void {
    for (const sockets of Object.values(agent.freeSockets)) sockets?.forEach((socket) => socket.destroy());
  }

  function send(exchange: Exchange): Promise<IncomingMessage> {
    const { signal } = exchange;
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      let isSent = false;
      const outgoing = startRequest({
        agent,
        host: endpoint.host,
        port: endpoint.port,
        method: exchange.method,
        path: exchange.path,
        headers: exchange.headers,
        setHost: false,
      });
      let isAnswered = false;
      const stop = (reason: Error): void => {
        // Bytes of a write that the kernel still holds must not leave later: a reset discards them.
        if (isSent && exchange.method !== 'GET' && outgoing.socket)
          rawOf.get(outgoing.socket)?.resetAndDestroy();
        // Silence of one connection is most often silence of all: the next call shall not meet the next dead one.
        if (isSent && !isAnswered && (reason as { code?: unknown }).code === 'timeout') dropIdle();
        outgoing.destroy(reason);
        // Without a connection yet, nothing would be emitted.
        reject(reason);
      };
      const onAbort = (): void => stop(signal.reason as Error);
      signal.addEventListener('abort', onAbort, { once: true });
      outgoing.once('close', () => signal.removeEventListener('abort', onAbort));
      outgoing.on('error', reject);
      outgoing.once('response', (response) => {
        isAnswered = true;
        resolve(response);
      });
      outgoing.once('socket', (socket) => {
        // The agent's limit is for idle connections; a quiet watch is not one.
        socket.setTimeout(0);
        if (outgoing.destroyed) return;
        try {
          exchange.beforeSend();
        } catch (cause) {
          return stop(cause as Error);
        }
        isSent = true;
        exchange.onSent();
        outgoing.end(exchange.body);
      });
    });
  }

  return {
    send,
    retire() {
      agent.maxFreeSockets = 0;
      dropIdle();
    },
    destroy() {
      agent.destroy();
      for (const raw of open) raw.destroy();
    },
    counts: () => ({ open: open.size, opened }),
  };
}
