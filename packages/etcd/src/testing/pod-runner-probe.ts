import { connect } from 'node:net';
import { type ContainerSpec } from './pod-runner-container.ts';

// Not imported: nobody else who loads this package's testing pays for it.
const { request } = process.getBuiltinModule('node:http');

type Probe = NonNullable<ContainerSpec['readinessProbe']>;

/** Asks a probe's question once. Ports must be numbers; TLS is not spoken, only connected to. */
export function isReady({ httpGet, tcpSocket }: Probe, address: string): Promise<boolean> {
  const port = Number(httpGet?.port ?? tcpSocket?.port);
  return new Promise((resolve) => {
    if (httpGet && httpGet.scheme !== 'HTTPS') {
      const asked = request({ host: address, port, path: httpGet.path ?? '/', timeout: 1_000 }, (answer) => {
        answer.resume();
        resolve((answer.statusCode ?? 500) < 400);
      });
      asked.once('error', () => resolve(false));
      asked.once('timeout', () => asked.destroy());
      asked.end();
      return;
    }
    if (!httpGet && !tcpSocket) return resolve(true);
    const socket = connect({ host: address, port, timeout: 1_000 }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
    socket.once('timeout', () => socket.destroy(new Error('no answer')));
  });
}
