import { connect as connectTo, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands for a Service in front of servers on 127.0.0.1. */
export interface Balancer {
  readonly port: number;
  /** How many connections each port was given, in order of their first one. */
  counts: () => number[];
  /** From now on gives new connections to these ports. */
  route: (ports: readonly number[]) => void;
  stop: () => Promise<void>;
}

/** What a Service does: gives every connection to the next one in turn. */
export async function startBalancer(first: readonly number[]): Promise<Balancer> {
  const counts = new Map<number, number>();
  let ports = first;
  let turn = 0;
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    const port = ports[turn++ % ports.length]!;
    counts.set(port, (counts.get(port) ?? 0) + 1);
    const onward = connectTo(port, '127.0.0.1');
    socket.pipe(onward).pipe(socket);
    socket.on('error', () => onward.destroy());
    onward.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    counts: () => [...counts.values()],
    route: (others) => (ports = others),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        open.forEach((socket) => socket.destroy());
      }),
  };
}
