/** Uploads so many MiB into a store on this machine, in a process of its own, and says what it took. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startS3 } from '@stateful/images';
import { createObjectStore, mebibyte } from '../src/index.ts';

const sizeBytes = Number(process.argv[2] ?? 1024) * mebibyte;
const dir = mkdtempSync(join(tmpdir(), 'stateful-object-store-'));
const s3 = await startS3({ dir, buckets: ['backups'] });
const { endpoint, caPem, region } = s3;
const credentials = () => Promise.resolve({ accessKeyId: s3.accessKey, secretAccessKey: s3.secretKey });
const store = createObjectStore({ location: { bucket: 'backups', region, endpoint, caPem, credentials } });
const message = Buffer.allocUnsafe(32 * 1024).fill(7);

async function* messages(): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < sizeBytes; sent += message.length) {
    // As a stream does: each message in its own turn.
    if (sent % (64 * message.length) === 0) await new Promise((resolve) => setImmediate(resolve));
    yield message;
  }
}

let peak = 0;
const sample = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage().rss);
}, 20);
const startedAt = performance.now();
const uploadId = await store.openUpload('large');
const parts = await store.sendParts('large', uploadId, messages(), {
  partSize: 16 * mebibyte,
  concurrency: 4,
});
await store.completeUpload('large', uploadId, parts, { onlyCreate: true });
const seconds = (performance.now() - startedAt) / 1000;
clearInterval(sample);
const { sizeBytes: stored } = (await store.head('large')) ?? {};
console.info(
  JSON.stringify({
    mebibytes: (stored ?? 0) / mebibyte,
    seconds: Number(seconds.toFixed(1)),
    mebibytesPerSecond: Math.round(sizeBytes / mebibyte / seconds),
    peakResidentMebibytes: Math.round(peak / mebibyte),
    parts: parts.parts.length,
  }),
);
store.close();
await s3.stop();
rmSync(dir, { recursive: true, force: true });
