import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Log, silent } from '../machine/log.ts';
import { freePort, startServer } from '../machine/server.ts';
import { motoPython } from './moto.ts';

export type RunningEc2 = {
  /** Answers as EC2 and as STS. */
  readonly endpoint: string;
  readonly region: string;
  /** It asks for a signature and does not check it. */
  readonly accessKey: string;
  readonly secretKey: string;
  readonly createVolume: () => Promise<string>;
  /** One request of EC2's Query API, past every proxy; answers XML, and throws what is an error. */
  readonly ask: (action: string, parameters?: Readonly<Record<string, string>>) => Promise<string>;
  readonly stop: () => Promise<void>;
};

const region = 'us-east-1';
const accessKey = 'AKIATEST';
const readyWithinMs = 60_000;

/** An EC2 server on this machine, with nothing in it. It ends with this process, even when that is killed. */
export async function startEc2({ log = silent }: { log?: Log } = {}): Promise<RunningEc2> {
  const python = await motoPython(log);
  const dir = await mkdtemp(join(tmpdir(), 'stateful-ec2-'));
  const port = await freePort('127.0.0.1');
  const endpoint = `http://127.0.0.1:${port}`;
  const end = await startServer({
    title: `the EC2 server at ${endpoint}`,
    argv: [python, '-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
    env: { PATH: process.env['PATH'] ?? '', HOME: dir },
    logFile: join(dir, 'ec2.log'),
    readyWithinMs,
    isReady: () =>
      fetch(`${endpoint}/moto-api/data.json`, { signal: AbortSignal.timeout(2_000) }).then(
        async (answer) => (await answer.text()) !== '' && answer.ok,
        () => false,
      ),
  });
  const ask: RunningEc2['ask'] = async (action, parameters = {}) => {
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: { authorization: unsigned },
      body: new URLSearchParams({ Action: action, Version: '2016-11-15', ...parameters }),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${action}: ${text}`);
    return text;
  };
  return {
    endpoint,
    region,
    accessKey,
    secretKey: 'test',
    ask,
    async createVolume() {
      const text = await ask('CreateVolume', { Size: '1', AvailabilityZone: `${region}a` });
      return /<volumeId>([^<]+)</.exec(text)?.[1] ?? '';
    },
    async stop() {
      await end();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Which service and account are meant stands in the scope; the rest is not looked at. */
const unsigned = `AWS4-HMAC-SHA256 Credential=${accessKey}/20260101/${region}/ec2/aws4_request, SignedHeaders=host, Signature=0`;
