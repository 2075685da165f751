/** One snapshot of an answer to DescribeSnapshots: what the proxy looks at, and its XML. */
export type SnapshotItem = { readonly id: string; readonly owner: string; readonly xml: string };

const field = (xml: string, name: string): string =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '';

/** The snapshots of an answer; their tags are items too, so it is counted how deep one stands. */
export function snapshotsOf(answer: string): SnapshotItem[] {
  const set = /<snapshotSet>(.*)<\/snapshotSet>/s.exec(answer)?.[1] ?? '';
  const items: SnapshotItem[] = [];
  let depth = 0;
  let from = 0;
  for (const { 0: tag, index } of set.matchAll(/<\/?item>/g)) {
    if (tag === '<item>' && depth++ === 0) from = index;
    if (tag === '</item>' && --depth === 0) {
      const xml = set.slice(from, index + tag.length);
      items.push({ id: field(xml, 'snapshotId'), owner: field(xml, 'ownerId'), xml });
    }
  }
  return items;
}

/** The same answer with these snapshots alone. */
export const withSnapshots = (
  answer: string,
  items: readonly SnapshotItem[],
  nextToken: string | undefined,
): string =>
  answer.replace(
    /<snapshotSet>.*<\/snapshotSet>|<snapshotSet ?\/>/s,
    `<snapshotSet>${items.map(({ xml }) => xml).join('')}</snapshotSet>${
      nextToken === undefined ? '' : `<nextToken>${nextToken}</nextToken>`
    }`,
  );

/** Its state, as it is told while it is being made. */
export const withState = (xml: string, state: 'pending' | 'error', progress: string): string =>
  xml
    .replace(/<status>[^<]*<\/status>/, `<status>${state}</status>`)
    .replace(/<progress>[^<]*<\/progress>/, `<progress>${progress}</progress>`);

export const createdId = (answer: string): string => field(answer, 'snapshotId');
