import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import { type Clock, type Timer } from '../clock/index.ts';
import { openTunnel } from './proxy-tunnel.ts';

export interface Endpoint {
  host: string;
  port: number;
  /** Absent: plain HTTP, as `kubectl proxy` serves it. */
  tls?: { context: SecureContext; serverName?: string; insecureSkipVerify: boolean };
  proxy?: URL;
}

/** A connection that is ready for bytes. `raw` is the TCP connection beneath; both are the same without TLS. */
export interface Connection {
  socket: Socket;
  raw: Socket;
}

const connectTimeoutMs = 5_000;
/** The kernel asks an idle peer whether it lives, so that a dead one does not look like a quiet one for ever. */
const tcpKeepAliveMs = 15_000;

/**
 * Opens TCP, the proxy's tunnel and TLS one after another, and gives a socket only when the last is done, so that
 * whoever gets it can still decide not to send. `onRaw` sees the TCP connection from its beginning.
 */
export function openConnection(
  endpoint: Endpoint,
  { clock, onRaw }: { clock: Clock; onRaw: (raw: Socket) => void },
  done: (error: Error | null, connection?: Connection) => void,
): void {
  const { host, port, tls, proxy } = endpoint;
  const first = proxy ? { host: hostOf(proxy), port: Number(proxy.port || 80) } : { host, port };
  const raw = connect({ ...first, noDelay: true, keepAlive: true, keepAliveInitialDelay: tcpKeepAliveMs });
  onRaw(raw);
  const timer: Timer = clock.setTimer(connectTimeoutMs, () =>
    raw.destroy(
      new Error(`no connection to ${first.host}:${first.port} within ${connectTimeoutMs / 1000} s`),
    ),
  );
  const finish = (error: Error | null, socket?: Socket): void => {
    timer.cancel();
    raw.off('error', fail);
    raw.off('close', closed);
    // From here on whoever uses the connection hears of errors; one that comes after all of that concerns nobody.
    raw.on('error', () => undefined);
    if (error) {
      raw.destroy();
      done(error);
    } else done(null, { socket: socket ?? raw, raw });
  };
  const fail = (error: Error): void => finish(error);
  const closed = (): void => finish(new Error(`${first.host}:${first.port} closed the connection`));
  raw.once('error', fail);
  raw.once('close', closed);

  const secure = (): void => {
    if (!tls) return finish(null);
    const wrapped = connectTls({
      socket: raw,
      host,
      secureContext: tls.context,
      rejectUnauthorized: !tls.insecureSkipVerify,
      ALPNProtocols: ['http/1.1'],
      // A server name extension may not hold an address.
      ...(tls.serverName ? { servername: tls.serverName } : isIP(host) ? {} : { servername: host }),
    });
    const failTls = (error: Error): void => {
      wrapped.on('error', () => undefined);
      finish(error);
    };
    wrapped.once('error', failTls);
    wrapped.once('secureConnect', () => {
      wrapped.off('error', failTls);
      finish(null, wrapped);
    });
  };
  raw.once('connect', () => {
    if (proxy) openTunnel(raw, proxy, `${isIP(host) === 6 ? `[${host}]` : host}:${port}`, secure, fail);
    else secure();
  });
}

/** The host of a URL as `connect` takes it: an IPv6 address without its brackets. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');
