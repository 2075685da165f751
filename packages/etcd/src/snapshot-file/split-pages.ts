import { pageHeaderBytes, readHeader, readMeta, type Meta } from './page.ts';

/** A page with all that belongs to it. Its bytes are used again when the call is over. */
export interface TreePage {
  readonly id: number;
  readonly kind: 'branch' | 'leaf';
  /** Entries, as its header says. */
  readonly count: number;
  readonly bytes: Buffer;
}

interface Waiting extends TreePage {
  filled: number;
}

/** Pages with overflow that wait for their rest at a time, in bytes: beyond it the file is no database. */
const mostWaitingBytes = 64 * 1024 * 1024;

/**
 * Cuts a file that goes by in any pieces into pages, and hands on those that look like branches and leaves. Free pages look like
 * what they once were, so some of them are dead.
 */
export function splitPages(onPage: (page: TreePage) => void): {
  add(chunk: Uint8Array): void;
  /** The valid meta pages, the newest first, and the pages that were seen. */
  end(): { metas: readonly Meta[]; pages: number };
} {
  const metas: Meta[] = [];
  let pageSize = 0;
  let nextId = 0;
  let page: Buffer = Buffer.alloc(4096);
  let filled = 0;
  let waiting: Waiting[] = [];

  /** One page at `at` in `source`, which may hold what belongs to it, too. */
  function look(source: Buffer, at: number): void {
    const id = nextId++;
    if (waiting.length > 0) feedWaiting(source, at);
    if (id < 2) {
      const meta = readMeta(source.subarray(at, at + pageSize));
      if (meta) metas.push(meta);
      return;
    }
    const header = readHeader(source, at);
    const { kind, count, overflow } = header;
    if (header.id !== id || kind === 'other' || count === 0) return;
    const length = (overflow + 1) * pageSize;
    if (at + length <= source.length)
      return onPage({ id, kind, count, bytes: source.subarray(at, at + length) });
    const held = waiting.reduce((sum, one) => sum + one.bytes.length, 0);
    if (held + length > mostWaitingBytes) return;
    const whole = Buffer.allocUnsafe(length);
    waiting.push({ id, kind, count, bytes: whole, filled: source.copy(whole, 0, at, at + pageSize) });
  }

  function feedWaiting(source: Buffer, at: number): void {
    for (const one of waiting) {
      one.filled += source.copy(one.bytes, one.filled, at, at + pageSize);
      if (one.filled === one.bytes.length) onPage(one);
    }
    waiting = waiting.filter((one) => one.filled < one.bytes.length);
  }

  return {
    add(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      let at = 0;
      while (at < bytes.length) {
        if (filled === 0 && pageSize > 0) {
          // What is whole here is looked at where it is.
          for (; at + pageSize <= bytes.length; at += pageSize) look(bytes, at);
        }
        const length = bytes.copy(page, filled, at, at + page.length - filled);
        filled += length;
        at += length;
        if (filled < page.length) return;
        if (pageSize === 0) {
          // The first page says how large pages are; it is at least this long.
          pageSize = page.readUInt32LE(pageHeaderBytes + 8);
          if (pageSize < 1024 || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0)
            pageSize = page.length;
          if (pageSize > page.length) {
            const larger = Buffer.alloc(pageSize);
            page.copy(larger);
            page = larger;
            continue;
          }
        }
        look(page, 0);
        filled = 0;
      }
    },
    end: () => ({ metas: metas.toSorted((a, b) => b.transaction - a.transaction), pages: nextId }),
  };
}
