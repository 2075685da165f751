import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createObjectStore, mebibyte, probeStore, sweepUploads } from '../src/index.ts';
import { all, bucket, openUploads, pieces, startStoreWorld, whole, type StoreWorld } from './store-world.ts';

const partSize = 5 * mebibyte;
const size = 17 * mebibyte + 12_345;

describe('a real store', () => {
  let world: StoreWorld;
  beforeAll(async () => {
    world = await startStoreWorld();
  }, 1_200_000);
  afterEach(() => {
    world.proxy.rule = undefined;
  });
  afterAll(() => world?.stop());

  const send = (store = world.direct, key = 'a/object', options: { signal?: AbortSignal } = {}) =>
    (async () => {
      const uploadId = await store.openUpload(key, { metadata: { op: 'one' } });
      try {
        const parts = await store.sendParts(key, uploadId, pieces(size), {
          partSize,
          concurrency: 3,
          ...options,
        });
        return { uploadId, parts };
      } catch (error) {
        await world.direct.abortUpload(key, uploadId);
        throw error;
      }
    })();

  it('shows an object in one step, with its checksum, and once only', async () => {
    const store = world.direct;
    const { uploadId, parts } = await send();
    expect(parts.parts.map((part) => part.sizeBytes)).toEqual([
      partSize,
      partSize,
      partSize,
      2 * mebibyte + 12_345,
    ]);
    expect(await store.head('a/object')).toBeUndefined();
    expect(await store.listParts('a/object', uploadId)).toHaveLength(4);
    await store.completeUpload('a/object', uploadId, parts, { onlyCreate: true });
    const facts = await store.head('a/object');
    expect(facts).toMatchObject({ sizeBytes: size, metadata: { op: 'one' }, crc32: parts.crc32 });

    const second = await send();
    await expect(
      store.completeUpload('a/object', second.uploadId, second.parts, { onlyCreate: true }),
    ).rejects.toMatchObject({ storeCode: 'PreconditionFailed' });
    await store.abortUpload('a/object', second.uploadId);
    expect(await openUploads(store)).toBe(0);
  });

  it('does not let an object appear whose checksum over all of it is wrong', async () => {
    const store = world.direct;
    const { uploadId, parts } = await send(store, 'wrong');
    await expect(
      store.completeUpload('wrong', uploadId, { ...parts, crc32: 'AAAAAA==' }, { onlyCreate: true }),
    ).rejects.toMatchObject({ httpStatus: 400 });
    expect(await store.head('wrong')).toBeUndefined();
    await store.abortUpload('wrong', uploadId);
  });

  it('makes an empty object', async () => {
    const store = world.direct;
    const uploadId = await store.openUpload('empty');
    const parts = await store.sendParts('empty', uploadId, pieces(0), { partSize, concurrency: 1 });
    await store.completeUpload('empty', uploadId, parts);
    expect((await store.head('empty'))?.sizeBytes).toBe(0);
  });

  it('reads ranges in order and goes on where one broke off', async () => {
    const expected = await whole(pieces(size));
    const facts = (await world.direct.head('a/object'))!;
    let cuts = 0;
    world.proxy.rule = ({ operation }) =>
      operation === 'GetObject' && cuts++ % 2 === 0 ? { do: 'cut-answer', afterBytes: 300_000 } : undefined;
    const found = await whole(
      world.troubled.read('a/object', { ...facts, start: 1000, rangeSize: 2 * mebibyte, concurrency: 3 }),
    );
    expect(cuts).toBeGreaterThan(9);
    expect(found.equals(expected.subarray(1000))).toBe(true);
  });

  it('does not mix two objects of one key', async () => {
    const facts = (await world.direct.head('a/object'))!;
    const read = world.direct.read('a/object', {
      ...facts,
      etag: '"another"',
      rangeSize: mebibyte,
      concurrency: 2,
    });
    await expect(whole(read)).rejects.toMatchObject({ storeCode: 'PreconditionFailed' });
  });

  it.each([
    ['connections reset in the middle of parts', { do: 'reset-request', afterBytes: 2 * mebibyte }],
    ['errors of the store', { do: 'refuse', status: 500, code: 'InternalError' }],
    ['a store that asks to slow down', { do: 'refuse', status: 503, code: 'SlowDown' }],
    ['answers that are lost', { do: 'lose-answer' }],
  ] as const)('sends parts again after %s', async (_what, fault) => {
    let parts = 0;
    world.proxy.rule = ({ operation }) =>
      operation === 'UploadPart' && parts++ % 2 === 0 ? fault : undefined;
    const key = `again/${fault.do}-${'status' in fault ? fault.status : ''}`;
    const sent = await send(world.troubled, key);
    await world.direct.completeUpload(key, sent.uploadId, sent.parts, { onlyCreate: true });
    const facts = await world.direct.head(key);
    expect(facts).toMatchObject({ sizeBytes: size, crc32: sent.parts.crc32 });
    expect(parts).toBeGreaterThan(4);
  });

  it('gives up after so many tries, and names the right that is missing', async () => {
    world.proxy.rule = ({ operation }) =>
      operation === 'UploadPart' ? { do: 'refuse', status: 403, code: 'AccessDenied' } : undefined;
    const before = world.proxy.seen.length;
    await expect(send(world.troubled, 'denied')).rejects.toMatchObject({
      storeCode: 'AccessDenied',
      permission: 's3:PutObject',
      message: expect.stringContaining('grant s3:PutObject on arn:aws:s3:::backups/*') as unknown,
    });
    // No retry: each of those that were on their way at that time was asked once.
    const asked = world.proxy.seen.slice(before).filter(({ operation }) => operation === 'UploadPart');
    expect(asked.length).toBeLessThanOrEqual(3);
    expect(await world.direct.head('denied')).toBeUndefined();
  });

  it('asks for credentials again when they have been rotated', async () => {
    const { s3 } = world;
    let secret = 'of yesterday';
    const store = createObjectStore({
      location: {
        bucket,
        region: s3.region,
        endpoint: s3.endpoint,
        caPem: s3.caPem,
        credentials: () =>
          Promise.resolve({
            accessKeyId: s3.accessKey,
            secretAccessKey: secret,
            expiration: new Date(Date.now() + 1000),
          }),
      },
    });
    const refused = await store.put('rotated', Buffer.from('x')).catch((error: unknown) => error);
    expect(refused).toMatchObject({ storeCode: 'BadCredentials' });
    expect(String(refused)).not.toContain('of yesterday');
    secret = s3.secretKey;
    expect(await store.put('rotated', Buffer.from('x'))).toBe('written');
    store.close();
  });

  it('ends an upload at once when it is cancelled, and a request at its deadline', async () => {
    world.proxy.rule = ({ operation }) =>
      operation === 'UploadPart' ? { do: 'delay', ms: 3_000 } : undefined;
    const cancel = new AbortController();
    const sending = send(world.troubled, 'cancelled', { signal: cancel.signal });
    setTimeout(() => cancel.abort(new Error('told to stop')), 100);
    const startedAt = performance.now();
    await expect(sending).rejects.toThrow('told to stop');
    expect(performance.now() - startedAt).toBeLessThan(1_500);

    const hasty = world.open(
      { requestTimeoutMs: 200, retry: { attempts: 1, baseMs: 1, maxMs: 1 } },
      world.proxy.endpoint,
    );
    await expect(send(hasty, 'late')).rejects.toMatchObject({ storeCode: 'Timeout' });
    hasty.close();
  });

  it('writes a small object once only, also when its answer was lost', async () => {
    const store = world.direct;
    expect(await store.put('small', Buffer.from('1'), { onlyCreate: true })).toBe('written');
    expect(await store.put('small', Buffer.from('2'), { onlyCreate: true })).toBe('exists');
    expect((await store.get('small'))?.toString()).toBe('1');
    let lost = false;
    world.proxy.rule = ({ operation }) => {
      if (operation !== 'PutObject' || lost) return undefined;
      lost = true;
      return { do: 'lose-answer' };
    };
    expect(await world.troubled.put('lost', Buffer.from('1'), { onlyCreate: true })).toBe('exists');
  });

  it('sweeps what is proven to be ours, and nothing of a neighbour', async () => {
    const store = world.direct;
    const [ours, kept, neighbour] = [
      await store.openUpload('etcd/a'),
      await store.openUpload('etcd/b'),
      await store.openUpload('etcd2/a'),
    ];
    const swept = await sweepUploads(store, { prefix: 'etcd/', isOurs: ({ key }) => key !== 'etcd/b' });
    expect(swept.map(({ uploadId }) => uploadId)).toEqual([ours]);
    expect((await all(store.listUploads('etcd'))).map(({ key }) => key)).toEqual(['etcd/b', 'etcd2/a']);
    await store.abortUpload('etcd/b', kept);
    await store.abortUpload('etcd2/a', neighbour);
  });

  it('lists more than a page', async () => {
    const store = world.direct;
    const names = Array.from({ length: 1_030 }, (_, index) => `many/${String(index).padStart(5, '0')}`);
    for (let at = 0; at < names.length; at += 40) {
      await Promise.all(names.slice(at, at + 40).map((name) => store.put(name, Buffer.from('x'))));
    }
    const found = (await all(store.list('many/'))).map(({ key }) => key);
    expect(found).toEqual(names);
  }, 60_000);

  it('finds out what it can do', async () => {
    expect(await probeStore(world.direct, 'probe/')).toEqual({
      conditionalPut: 'Supported',
      conditionalComplete: 'Supported',
      fullObjectChecksum: 'Supported',
      listMultipartUploads: 'Supported',
      versioning: 'Unsupported',
      objectLock: 'Unsupported',
    });
    expect(await openUploads(world.direct)).toBe(0);
  });
});
