import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server that takes time: each byte arrives so many milliseconds later, in both directions, and none waits for another. */
export interface DelayProxy {
  readonly endpoint: string;
  delayMs: number;
  stop(): Promise<void>;
}

export async function startDelayProxy(target: string): Promise<DelayProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (bytes) => setTimeout(() => to.write(bytes), proxy.delayMs));
    from.on('close', () => setTimeout(() => to.destroy(), proxy.delayMs));
    from.on('error', () => undefined);
  };
  const server = createServer((socket) => {
    const onward = connect(Number(port), hostname);
    pass(socket, onward);
    pass(onward, socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: DelayProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    delayMs: 0,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
  return proxy;
}
