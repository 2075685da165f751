import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningS3, startS3 } from './start-s3.ts';

/** The first time the server is built. */
const buildMs = 1_200_000;

const status = (url: string, ca: string): Promise<number> =>
  new Promise((resolve, reject) => {
    get(url, { ca, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).once('error', reject);
  });

describe('startS3', () => {
  let dir = '';
  let s3: RunningS3;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'stateful-s3-'));
    s3 = await startS3({ dir, buckets: ['one'] });
  }, buildMs);
  afterAll(async () => {
    await s3?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it('serves TLS under its name, and nothing to strangers', async () => {
    expect(new URL(s3.endpoint).hostname).toBe('localhost');
    expect(await status(`${s3.endpoint}/healthz`, s3.caPem)).toBe(200);
    expect(await status(`${s3.endpoint}/one/key`, s3.caPem)).toBe(403);
    expect(existsSync(join(dir, 'data', 'one'))).toBe(true);
  });

  it('says what the server said when it does not start', async () => {
    const second = startS3({ dir: join(dir, 'second'), port: s3.port, accessKey: '' });
    await expect(second).rejects.toThrow(/did not become ready; it said:\n.+/s);
  });
});
