/** A snapshot of etcd as a file: is it whole, and what does it hold. It is read as it goes by, never from a disk. */
export { followDigests, type Digests } from './trailer.ts';
export { BrokenSnapshot, followPages, type SnapshotFacts } from './follow-pages.ts';
