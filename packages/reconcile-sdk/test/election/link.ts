import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

/** What a link does with bytes. */
export type LinkMode =
  | { kind: 'pass' }
  /** Connections are reset, and new ones too. */
  | { kind: 'cut' }
  /** What comes is swallowed, and new connections get no answer; those from before stay dead. */
  | { kind: 'black-hole' }
  /** Each piece is delivered this much later, also when its sender is gone by then. */
  | { kind: 'delay'; ms: number }
  /** As a switch that buffers: what clients send is kept, and delivered when the link passes again. */
  | { kind: 'hold' };

export interface Link {
  /** `https://HOST:PORT` */
  readonly server: string;
  set(mode: LinkMode): void;
  close(): Promise<void>;
}

/** A TCP proxy before one API server. */
export async function openLink(server: string): Promise<Link> {
  const { hostname, port } = new URL(server);
  let mode: LinkMode = { kind: 'pass' };
  const pairs = new Set<{ ends: Socket[]; flush: () => void; isDead: boolean }>();

  const listener = createServer({ allowHalfOpen: true }, (client) => {
    if (mode.kind === 'cut') return void client.resetAndDestroy();
    const upstream = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const ways = [oneWay(client, upstream), oneWay(upstream, client)];
    const pair = {
      ends: [client, upstream],
      isDead: mode.kind === 'black-hole',
      flush: () => ways.forEach((flush) => flush()),
    };
    pairs.add(pair);
    let open = 2;
    for (const end of pair.ends) {
      end.setNoDelay(true);
      end.on('error', () => undefined);
      end.once('close', () => {
        if (--open === 0) pairs.delete(pair);
      });
    }
    function oneWay(from: Socket, to: Socket): () => void {
      const kept: (Buffer | 'end')[] = [];
      let lastAt = 0;
      const deliver = (piece: Buffer | 'end'): void => {
        if (to.destroyed) return;
        if (piece === 'end') to.end();
        else to.write(piece);
      };
      const pass = (piece: Buffer | 'end'): void => {
        if (pair.isDead) return;
        if (mode.kind === 'hold' && from === client) return void kept.push(piece);
        // Pieces never overtake each other.
        const now = performance.now();
        lastAt = Math.max(lastAt, now + (mode.kind === 'delay' ? mode.ms : 0));
        if (lastAt > now) setTimeout(deliver, lastAt - now, piece);
        else deliver(piece);
      };
      from.on('data', pass);
      // A sender that is gone does not take back what it sent.
      from.once('close', () => pass('end'));
      from.once('end', () => pass('end'));
      return () => kept.splice(0).forEach(deliver);
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, hostname, resolve));

  return {
    server: `https://${hostname}:${(listener.address() as AddressInfo).port}`,
    set(next) {
      mode = next;
      for (const pair of pairs) {
        if (next.kind === 'cut') pair.ends.forEach((end) => end.resetAndDestroy());
        if (next.kind === 'black-hole') pair.isDead = true;
        if (next.kind === 'pass') pair.flush();
      }
    },
    async close() {
      for (const pair of pairs) pair.ends.forEach((end) => end.destroy());
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
