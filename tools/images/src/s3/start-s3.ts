import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join, resolve } from 'node:path';
import { type Log, silent } from '../machine/log.ts';
import { freePort, startServer } from '../machine/server.ts';
import { createTestCertificate, type TestCertificate } from './certificates.ts';
import { versitygwBinary } from './versitygw.ts';

export type S3Options = {
  /** Folder of this server alone: objects under data/, certificate, log. */
  readonly dir: string;
  /** Made for localhost and 127.0.0.1 when not given. */
  readonly tls?: TestCertificate;
  /** A free one when not given. */
  readonly port?: number;
  readonly address?: string;
  readonly buckets?: readonly string[];
  readonly accessKey?: string;
  readonly secretKey?: string;
  readonly log?: Log;
};

export type RunningS3 = {
  readonly endpoint: string;
  readonly port: number;
  readonly region: string;
  readonly caPem: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly stop: () => Promise<void>;
};

export const s3Region = 'us-east-1';
const readyWithinMs = 20_000;

/** An S3 server with TLS on this machine. It ends with this process, even when that is killed. */
export async function startS3(options: S3Options): Promise<RunningS3> {
  const binary = await versitygwBinary(options.log ?? silent, 'host');
  const dir = resolve(options.dir);
  const address = options.address ?? '127.0.0.1';
  const tls = options.tls ?? (await createTestCertificate(['localhost', address]));
  const port = options.port ?? (await freePort(address));
  const accessKey = options.accessKey ?? 'test-access-key';
  const secretKey = options.secretKey ?? randomBytes(24).toString('base64url');
  // A bucket is a folder below the root.
  for (const bucket of options.buckets ?? ['backups'])
    await mkdir(join(dir, 'data', bucket), { recursive: true });
  const [certFile, keyFile, logFile] = [join(dir, 'tls.crt'), join(dir, 'tls.key'), join(dir, 's3.log')];
  await writeFile(certFile, tls.certPem);
  await rm(keyFile, { force: true });
  await writeFile(keyFile, tls.keyPem, { mode: 0o600 });
  const stop = await startServer({
    title: `the S3 server at ${address}:${port}`,
    // Absolute paths: the server changes its working directory. Credentials by environment: others can see arguments.
    argv: [binary, 'posix', join(dir, 'data')],
    env: {
      PATH: process.env['PATH'] ?? '',
      VGW_PORT: `${address}:${port}`,
      VGW_CERT: certFile,
      VGW_KEY: keyFile,
      VGW_HEALTH: '/healthz',
      VGW_REGION: s3Region,
      ROOT_ACCESS_KEY: accessKey,
      ROOT_SECRET_KEY: secretKey,
    },
    logFile,
    readyWithinMs,
    isReady: () => answers({ address, port, caPem: tls.caPem }),
  });
  const host = address === '127.0.0.1' ? 'localhost' : address;
  return {
    endpoint: `https://${host}:${port}`,
    port,
    region: s3Region,
    caPem: tls.caPem,
    accessKey,
    secretKey,
    stop,
  };
}

type Target = { readonly address: string; readonly port: number; readonly caPem: string };

/** Whether the health check says 200. Whose certificate it is does not matter here, that it is from our CA does. */
function answers({ address, port, caPem }: Target): Promise<boolean> {
  return new Promise((settle) => {
    const probe = request(
      {
        host: address,
        port,
        path: '/healthz',
        ca: caPem,
        checkServerIdentity: () => undefined,
        agent: false,
        timeout: 1_000,
      },
      (response) => {
        response.resume();
        settle(response.statusCode === 200);
      },
    );
    probe.once('timeout', () => probe.destroy());
    probe.once('error', () => settle(false));
    probe.end();
  });
}
