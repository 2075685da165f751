import { connect } from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '@stateful/reconcile-sdk';
import { openMember } from '../src/index.ts';
import { openWriter, startEtcd, type EtcdCluster } from '../src/testing/index.ts';
import { startDelayProxy, type DelayProxy } from './delay-proxy.ts';

const mebibyte = 1024 * 1024;

describe('a snapshot of a member that is far away', () => {
  let etcd: EtcdCluster;
  let proxy: DelayProxy;
  beforeAll(async () => {
    etcd = await startEtcd(1);
    proxy = await startDelayProxy(etcd.endpoints[0]!);
    const writer = openWriter(etcd.endpoints[0]!);
    for (let index = 0; index < 96; index++) await writer.put(`key-${index}`, Buffer.alloc(mebibyte, index));
    writer.close();
  }, 600_000);
  afterAll(async () => {
    await proxy?.stop();
    await etcd?.stop();
  });

  /** Megabytes a second. */
  async function rate(delayMs: number): Promise<number> {
    proxy.delayMs = delayMs;
    const member = openMember(proxy.endpoint, {}, systemClock);
    const began = performance.now();
    let bytes = 0;
    for await (const { blob } of member.snapshot({ idleMs: 10_000 })) bytes += blob.length;
    member.close();
    return bytes / 1e3 / (performance.now() - began);
  }
  /** The same with the window that Node has by default. */
  async function rateOfDefaultWindow(delayMs: number): Promise<number> {
    proxy.delayMs = delayMs;
    const session = connect(proxy.endpoint);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/etcdserverpb.Maintenance/Snapshot',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.end(Buffer.alloc(5));
    const began = performance.now();
    let bytes = 0;
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > 8 * mebibyte) stream.close();
    });
    await new Promise((resolve) => stream.once('close', resolve));
    session.destroy();
    return bytes / 1e3 / (performance.now() - began);
  }
  const best = async (of: () => Promise<number>): Promise<number> =>
    Math.max(await of(), await of(), await of());

  it('scenario 13: comes at 60 % of the rate or more when a round trip takes 10 ms', async () => {
    const near = await best(() => rate(0));
    const far = await best(() => rate(5));
    expect(far / near).toBeGreaterThanOrEqual(0.6);
    // The control: a window of 64 KiB a round trip.
    const narrow = await rateOfDefaultWindow(5);
    expect(narrow).toBeLessThan(10);
    expect(far).toBeGreaterThan(2 * narrow);
    console.info(
      `${near.toFixed(0)} MB/s near, ${far.toFixed(0)} far, ${narrow.toFixed(0)} with Node's window`,
    );
  }, 120_000);
});
