import { type Socket } from 'node:net';

const end = '\r\n\r\n';
const maxHeadBytes = 16_384;

/** Asks an HTTP proxy for a tunnel (`CONNECT HOST:PORT`) on a connection to it. Calls one of the two, once. */
export function openTunnel(
  socket: Socket,
  proxy: URL,
  target: string,
  opened: () => void,
  failed: (error: Error) => void,
): void {
  let head = '';
  const onData = (chunk: Buffer): void => {
    head += chunk.toString('latin1');
    const at = head.indexOf(end);
    if (at < 0 && head.length < maxHeadBytes) return;
    socket.off('data', onData);
    socket.pause();
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
    // The server speaks only after us, so nothing of it can have come along with the proxy's answer.
    if (status?.startsWith('2') && at + end.length === head.length) opened();
    else failed(new Error(`the proxy ${proxy.host} gave no tunnel to ${target}: HTTP ${status ?? 'error'}`));
  };
  socket.on('data', onData);
  const authorization = proxy.username
    ? `Proxy-Authorization: Basic ${Buffer.from(`${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`).toString('base64')}\r\n`
    : '';
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${authorization}\r\n`);
}
