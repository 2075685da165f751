import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { type Clock } from '../src/clock/index.ts';

/** A way in which networks fail. `existing` ones hit connections that are open, `arriving` ones those to come. */
export type Fault =
  /** Bytes vanish while both ends take the connection for alive, until one of them gives up. */
  | { kind: 'black-hole'; direction: 'to-server' | 'to-client' | 'both'; share: number }
  /** Connections are accepted, and nothing ever comes back. */
  | { kind: 'deaf'; ms: number }
  | { kind: 'reset'; share: number }
  /** Half of the next bytes arrive, and then the connection is gone. */
  | { kind: 'cut'; share: number }
  /** Everything stands still for a while and then goes on, in order. */
  | { kind: 'hold'; ms: number; share: number }
  | { kind: 'delay'; ms: number; latencyMs: number }
  | { kind: 'refuse'; ms: number };

export interface FaultProxy {
  readonly port: number;
  /** Begins a fault; those with a duration end by themselves. `pick` in [0, 1) chooses who is hit. */
  inject(fault: Fault, pick: () => number): void;
  /** Ends what would still go wrong for new connections. Those that are broken stay so, as in life. */
  calm(): void;
  /** Connections that the client has open. */
  openConnections(): number;
  close(): Promise<void>;
}

interface Pipe {
  readonly from: Socket;
  readonly to: Socket;
  mode: 'pass' | 'swallow' | 'cut';
  /** Chunks wait in line for as long as bytes are held or late. */
  ready: Promise<void>;
}

interface Connection {
  readonly client: Socket;
  readonly pipes: { readonly 'to-server': Pipe; readonly 'to-client': Pipe };
}

/** Stands between a client and a server as a bad network would. It sees bytes only: what travels is encrypted. */
export async function startFaultProxy(
  target: { host: string; port: number },
  clock: Clock,
): Promise<FaultProxy> {
  const connections = new Set<Connection>();
  let deafUntil = 0;
  let lateUntil = 0;
  let latencyMs = 0;
  let refuseTimer: { cancel(): void } | undefined;

  const server: Server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ ...target, noDelay: true });
    const pipe = (from: Socket, to: Socket): Pipe => ({
      from,
      to,
      mode: clock.monotonic() < deafUntil ? 'swallow' : 'pass',
      ready: Promise.resolve(),
    });
    const connection: Connection = {
      client,
      pipes: { 'to-server': pipe(client, upstream), 'to-client': pipe(upstream, client) },
    };
    connections.add(connection);
    for (const each of Object.values(connection.pipes)) carry(each, connection);
  });

  function end(connection: Connection, reset: boolean): void {
    if (!connections.delete(connection)) return;
    for (const { from } of Object.values(connection.pipes)) {
      if (reset) from.resetAndDestroy();
      else from.destroy();
    }
  }

  function carry(pipe: Pipe, connection: Connection): void {
    pipe.from.on('data', (chunk: Buffer) => {
      if (pipe.mode === 'swallow') return;
      if (clock.monotonic() < lateUntil) {
        pipe.ready = Promise.all([pipe.ready, clock.sleep(latencyMs)]).then(() => undefined);
      }
      pipe.from.pause();
      // One at a time: bytes that are late or held keep their order, and the sender feels the pressure.
      void pipe.ready.then(() => {
        if (pipe.mode === 'cut') {
          pipe.to.write(chunk.subarray(0, Math.ceil(chunk.length / 2)), () => end(connection, true));
        } else if (pipe.mode === 'pass' && !pipe.to.destroyed) {
          if (pipe.to.write(chunk)) pipe.from.resume();
          else pipe.to.once('drain', () => pipe.from.resume());
        } else {
          pipe.from.resume();
        }
      });
    });
    // The end of one side is not told through a black hole either.
    pipe.from.on('close', () => {
      if (pipe.mode === 'swallow' && pipe.from !== connection.client) return;
      void pipe.ready.then(() => end(connection, false));
    });
    pipe.from.on('error', () => end(connection, true));
  }

  const hit = (share: number, pick: () => number): Connection[] =>
    [...connections].filter(() => pick() < share);

  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, target.host, () => {
        server.off('error', reject);
        resolve();
      });
    });

  function admit(): void {
    refuseTimer?.cancel();
    refuseTimer = undefined;
    if (!server.listening) void listen(port);
  }

  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    inject(fault, pick) {
      switch (fault.kind) {
        case 'black-hole':
          for (const { pipes } of hit(fault.share, pick)) {
            if (fault.direction !== 'to-client') pipes['to-server'].mode = 'swallow';
            if (fault.direction !== 'to-server') pipes['to-client'].mode = 'swallow';
          }
          break;
        case 'deaf':
          deafUntil = clock.monotonic() + fault.ms;
          break;
        case 'reset':
          for (const connection of hit(fault.share, pick)) end(connection, true);
          break;
        case 'cut':
          for (const { pipes } of hit(fault.share, pick)) pipes['to-client'].mode = 'cut';
          break;
        case 'hold': {
          const held = clock.sleep(fault.ms);
          for (const { pipes } of hit(fault.share, pick)) {
            for (const pipe of Object.values(pipes)) pipe.ready = pipe.ready.then(() => held);
          }
          break;
        }
        case 'delay':
          lateUntil = clock.monotonic() + fault.ms;
          latencyMs = fault.latencyMs;
          break;
        case 'refuse':
          if (!server.listening) break;
          server.close();
          refuseTimer = clock.setTimer(fault.ms, admit);
          break;
      }
    },
    calm() {
      deafUntil = 0;
      lateUntil = 0;
      admit();
    },
    openConnections: () => connections.size,
    async close() {
      refuseTimer?.cancel();
      for (const connection of connections) end(connection, false);
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}
