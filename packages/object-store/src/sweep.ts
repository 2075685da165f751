import { type UploadFacts } from './facts.ts';
import { type ObjectStore } from './object-store.ts';

/** Which uploads may go. */
export interface SweepRule {
  /** Only below this. It must end in `/`, or be a whole key: `etcd` is the beginning of `etcd2` too. */
  readonly prefix: string;
  /** Proves that one is ours and needed no more. */
  readonly isOurs: (upload: UploadFacts) => boolean;
}

/** Aborts uploads that nobody will complete; answers those that it aborted. */
export async function sweepUploads(
  store: ObjectStore,
  { prefix, isOurs }: SweepRule,
  signal?: AbortSignal,
): Promise<UploadFacts[]> {
  const cancel = signal ? { signal } : {};
  const found: UploadFacts[] = [];
  for await (const upload of store.listUploads(prefix, cancel)) {
    const isBelow = prefix.endsWith('/') ? upload.key.startsWith(prefix) : upload.key === prefix;
    if (isBelow && isOurs(upload)) found.push(upload);
  }
  for (const { key, uploadId } of found) await store.abortUpload(key, uploadId, cancel);
  return found;
}
