import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { type Log, silent } from '../machine/log.ts';
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
  // Absolute paths: the server changes its working directory. Credentials by environment: others can see arguments.
  const bound = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL', '--'] : [];
  const [file = binary, ...args] = [
    ...bound,
    'sh',
    '-c',
    'exec "$0" posix "$1" >"$2" 2>&1',
    binary,
    join(dir, 'data'),
    logFile,
  ];
  const child = spawn(file, args, {
    stdio: 'ignore',
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
  });
  let ended = false;
  const gone = new Promise<void>((settle) => {
    for (const event of ['exit', 'error']) {
      child.once(event, () => {
        ended = true;
        settle();
      });
    }
  });
  const stop = async (): Promise<void> => {
    if (!ended) child.kill('SIGKILL');
    await gone;
  };
  const deadline = performance.now() + readyWithinMs;
  while (!(await answers({ address, port, caPem: tls.caPem }))) {
    if (ended || performance.now() > deadline) {
      await stop();
      const said = await readFile(logFile, 'utf8').catch(() => '');
      throw new Error(
        `the S3 server at ${address}:${port} did not become ready; it said:\n${said.slice(-2000)}`,
      );
    }
    await Promise.race([gone, new Promise((settle) => setTimeout(settle, 50))]);
  }
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

function freePort(address: string): Promise<number> {
  return new Promise((settle, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, address, () => {
      const bound = server.address();
      server.close(() => settle(typeof bound === 'object' && bound !== null ? bound.port : 0));
    });
  });
}
