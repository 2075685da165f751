/** A snapshot of etcd as a file: is it whole, and what does it hold. It is read as it goes by, never from a disk. */
export { followDigests, type Digests } from './trailer.ts';
export { BrokenSnapshot } from './broken-snapshot.ts';
export { followPages, type PageFollower, type SnapshotFacts, type SnapshotKeys } from './follow-pages.ts';
export { type HashKV, type HashRequest } from './row-hash.ts';
