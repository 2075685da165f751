import { isRevisionKey, leafEntry, mainRevision } from './page.ts';

/** What is kept of a leaf: of one with revisions only its right edge, of any other the page itself. */
export type LeafRecord =
  | { readonly kind: 'revisions'; readonly last: number; readonly count: number }
  | { readonly kind: 'other'; readonly page: Buffer };

/** Looks at a leaf; undefined: its bytes are no leaf after all. Free pages look like what they once were. */
export function recordOf(page: Buffer, count: number): LeafRecord | undefined {
  const last = leafEntry(page, count - 1);
  if (!last) return undefined;
  return isRevisionKey(last.key) && !last.isBucket
    ? { kind: 'revisions', last: mainRevision(last.key), count }
    : { kind: 'other', page: Buffer.from(page) };
}
