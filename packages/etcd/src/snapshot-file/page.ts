/** Pages of bbolt as they lie in the file. Numbers are little-endian; identities are below 2^53 here. */

export const pageHeaderBytes = 16;
const elementBytes = 16;
const flags = { branch: 0x01, leaf: 0x02 } as const;
const bucketFlag = 0x01;
const metaMagic = 0xed0cdaed;

const u64 = (page: Buffer, at: number): number => page.readUInt32LE(at + 4) * 2 ** 32 + page.readUInt32LE(at);

export interface PageHeader {
  readonly id: number;
  readonly kind: 'branch' | 'leaf' | 'other';
  readonly count: number;
  /** Further pages that belong to this one. */
  readonly overflow: number;
}

export function readHeader(page: Buffer, at = 0): PageHeader {
  const flag = page.readUInt16LE(at + 8);
  return {
    id: u64(page, at),
    kind: flag === flags.branch ? 'branch' : flag === flags.leaf ? 'leaf' : 'other',
    count: page.readUInt16LE(at + 10),
    overflow: page.readUInt32LE(at + 12),
  };
}

export interface Meta {
  readonly pageSize: number;
  readonly root: number;
  /** Pages of the whole database, the meta pages among them. */
  readonly pages: number;
  readonly transaction: number;
}

const fnvPrime = 0x100000001b3n;

function fnv64a(bytes: Buffer): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * fnvPrime);
  return hash;
}

/** A meta page, if that is what it is: magic and checksum are right. */
export function readMeta(page: Buffer): Meta | undefined {
  const at = pageHeaderBytes;
  if (page.length < at + 64 || page.readUInt32LE(at) !== metaMagic) return undefined;
  if (fnv64a(page.subarray(at, at + 56)) !== page.readBigUInt64LE(at + 56)) return undefined;
  return {
    pageSize: page.readUInt32LE(at + 8),
    root: u64(page, at + 16),
    pages: u64(page, at + 40),
    transaction: u64(page, at + 48),
  };
}

export interface LeafEntry {
  readonly isBucket: boolean;
  readonly key: Buffer;
  readonly value: Buffer;
}

/** Where an entry stands in its page: the key from `start`, the value from `keyEnd`, to before `end`. */
export interface EntrySpan {
  isBucket: boolean;
  start: number;
  keyEnd: number;
  end: number;
}

/** Fills `into` with the place of an entry; false when it does not lie within the page, so that this is no leaf. */
export function readEntrySpan(page: Buffer, index: number, into: EntrySpan): boolean {
  const at = pageHeaderBytes + index * elementBytes;
  if (at + elementBytes > page.length) return false;
  into.isBucket = (page.readUInt32LE(at) & bucketFlag) !== 0;
  into.start = at + page.readUInt32LE(at + 4);
  into.keyEnd = into.start + page.readUInt32LE(at + 8);
  into.end = into.keyEnd + page.readUInt32LE(at + 12);
  return into.end <= page.length;
}

/** An entry of a leaf; undefined when it does not lie within the page, so that this is no leaf. */
export function leafEntry(page: Buffer, index: number): LeafEntry | undefined {
  const span: EntrySpan = { isBucket: false, start: 0, keyEnd: 0, end: 0 };
  if (!readEntrySpan(page, index, span)) return undefined;
  return {
    isBucket: span.isBucket,
    key: page.subarray(span.start, span.keyEnd),
    value: page.subarray(span.keyEnd, span.end),
  };
}

/** The pages below a branch, in the order of their keys. */
export function branchChildren(page: Buffer, count: number): number[] {
  const children: number[] = [];
  for (let index = 0; index < count; index++) {
    const at = pageHeaderBytes + index * elementBytes;
    if (at + elementBytes > page.length) return [];
    children.push(u64(page, at + 8));
  }
  return children;
}

/** Where a bucket's tree begins; 0: in the value itself, as `inline`. */
export const bucketRoot = (value: Buffer): number => u64(value, 0);
export const inlinePage = (value: Buffer): Buffer => value.subarray(16);

/** `MAIN_SUB` as etcd writes revisions: 8 bytes, an underscore, 8 bytes, and a `t` for a tombstone. */
export const isRevisionKey = (page: Buffer, start = 0, end = page.length): boolean => {
  const length = end - start;
  return (length === 17 || (length === 18 && page[start + 17] === 0x74)) && page[start + 8] === 0x5f;
};
export const mainRevision = (page: Buffer, start = 0): number =>
  page.readUInt32BE(start) * 2 ** 32 + page.readUInt32BE(start + 4);
