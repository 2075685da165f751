import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createManualClock, createSeededRandom } from '../../clock/index.ts';
import { type KubeClient } from '../../client/index.ts';
import { createLogger } from '../../logging/index.ts';
import { createFileSource } from './file-source.ts';
import { type Serving } from './holdings.ts';
import { issueAuthority, issueServing, type KeyPair } from './issue.ts';
import { createCertificateKeeper } from './keeper.ts';
import { defaultCertificatePolicy } from '../webhook-server.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'webhook-files-'));
});
afterEach(() => rm(dir, { recursive: true }));

const clock = createManualClock(Date.now());
const validity = { notBefore: clock.now() - 60_000, notAfter: clock.now() + 86_400_000 };
const authority = issueAuthority('files', validity);
const pair = (): KeyPair => issueServing(authority, ['op.system.svc'], validity);

/** As kubelet changes a mounted Secret: new files aside, then one link is swapped. */
async function mount({ certPem, keyPem }: KeyPair, version: string, ca?: string): Promise<void> {
  await mkdir(join(dir, version));
  await writeFile(join(dir, version, 'tls.crt'), certPem);
  await writeFile(join(dir, version, 'tls.key'), keyPem);
  if (ca !== undefined) await writeFile(join(dir, version, 'ca.crt'), ca);
  await symlink(version, join(dir, 'next'));
  await rename(join(dir, 'next'), join(dir, 'data'));
}

/** Real files are read between two steps of virtual time. */
async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500 && !isSo(); turn++) {
    await clock.advance(100);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(isSo()).toBe(true);
}

describe('certificate files', () => {
  it('are taken over when they change, and kept while they are damaged', async () => {
    const shown: Serving[] = [];
    const reads: boolean[] = [];
    const lines: string[] = [];
    const keeper = createCertificateKeeper({
      name: 'op',
      source: createFileSource({ dir: join(dir, 'data'), pollMs: 1_000 }),
      targets: [],
      hosts: [],
      client: {} as KubeClient,
      clock,
      random: createSeededRandom(1),
      log: createLogger({ name: 'op', destination: { write: (line) => void lines.push(line) } }),
      policy: defaultCertificatePolicy,
      onServing: (serving) => shown.push(serving),
      onRead: (ok) => reads.push(ok),
    });
    const stop = new AbortController();
    const ended = keeper.run(stop.signal);
    await until(() => reads.length > 1);
    expect(reads).not.toContain(true);
    expect(
      keeper
        .health()
        .map(({ message }) => message)
        .join(),
    ).toContain('cannot read');

    const [first, second, third] = [pair(), pair(), pair()];
    await mount(first, 'v1');
    await until(() => shown.length === 1);
    expect(keeper.isTrusted()).toBe(true);
    await mount(second, 'v2', authority.certPem);
    await until(() => shown.length === 2);
    expect(shown.map(({ certPem }) => certPem)).toEqual([first.certPem, second.certPem]);

    // Halfway through a change the pair does not fit.
    const seen = reads.length;
    await mount({ ...third, keyPem: second.keyPem }, 'v3', authority.certPem);
    await until(() => reads.slice(seen).includes(false));
    expect(keeper.serving()?.certPem).toBe(second.certPem);
    expect(keeper.health().find(({ ok }) => !ok)?.message).toBe(
      'tls.key is missing or does not belong to tls.crt',
    );
    await mount(third, 'v4', authority.certPem);
    await until(() => shown.length === 3);
    expect(keeper.health().every(({ ok }) => ok)).toBe(true);
    expect(lines.join('')).not.toContain('PRIVATE KEY');
    stop.abort();
    await ended;
  });
});
