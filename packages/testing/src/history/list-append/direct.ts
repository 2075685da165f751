import { type Anomaly } from './anomaly.ts';
import { rulesOut, type AnomalyName } from './levels.ts';
import { isPrefix, lastRead, versionOrder, type Read } from './reads.ts';
import { listText, timeText, transactionText, type Transaction } from './transaction.ts';
import { type Writer, type Writers } from './writers.ts';

type Report = (name: AnomalyName, story: string, transactions: readonly Transaction[]) => void;

/** What can be seen without looking for cycles, each fact told once, by the first read that shows it. */
export function findDirect(
  writers: Writers,
  reads: ReadonlyMap<string, readonly Read[]>,
  slackMs: number,
): Anomaly[] {
  const anomalies: Anomaly[] = [];
  const seen = new Set<string>();
  for (const [key, ofKey] of reads) {
    const report: Report = (name, story, transactions) => {
      if (seen.has(`${name} ${story}`)) return;
      seen.add(`${name} ${story}`);
      anomalies.push({
        name,
        rulesOut: rulesOut(name),
        transactions: transactions.map(({ id }) => id),
        story: [`${name}: ${story}`, ...transactions.map((one) => `  ${transactionText(one)}`)].join('\n'),
      });
    };
    const own = writers.get(key) ?? new Map<number, Writer>();
    for (const read of ofKey) readElements(key, read, own, report);
    compareOrders(key, ofKey, report);
    findLost(key, ofKey, own, slackMs, report);
  }
  return anomalies;
}

function readElements(
  key: string,
  { list, transaction }: Read,
  own: ReadonlyMap<number, Writer>,
  report: Report,
) {
  const elements = new Set<number>();
  for (const element of list) {
    if (elements.has(element))
      report('duplicate-element', `${element} stands twice in ${key}`, [transaction]);
    elements.add(element);
    const writer = own.get(element);
    if (writer?.previous !== undefined && !elements.has(writer.previous)) {
      const story = `${element} stands in ${key} without ${writer.previous} before it, which the same transaction appended first`;
      report('incompatible-order', story, [writer.transaction, transaction]);
    }
    if (!writer) {
      report('unwritten-read', `${element} was read in ${key}, but nobody appended it`, [transaction]);
    } else if (writer.transaction.outcome === 'fail') {
      const story = `${element} was read in ${key}, but the transaction that appended it was aborted`;
      report('G1a', story, [writer.transaction, transaction]);
    }
  }
  let last = list.length - 1;
  while (last >= 0 && own.get(list[last]!)?.transaction === transaction) last--;
  const writer = own.get(list[last]!);
  if (writer?.isIntermediate) {
    const story = `${key} was read as of ${list[last]}, in the middle of the transaction that appended it`;
    report('G1b', story, [writer.transaction, transaction]);
  }
}

function compareOrders(key: string, reads: readonly Read[], report: Report): void {
  const longest = versionOrder(reads);
  if (!longest) return;
  for (const read of reads) {
    if (isPrefix(read.list, longest.list)) continue;
    const at = read.list.findIndex((element, index) => element !== longest.list[index]);
    const story =
      `${key} was read as ${listText(read.list.slice(0, at + 1))} and as ` +
      `${listText(longest.list.slice(0, at + 1))}: two histories of one key`;
    report('incompatible-order', story, [read.transaction, longest.transaction]);
  }
}

/** Acknowledged, and missing from the last read of the key, which began later. */
function findLost(
  key: string,
  reads: readonly Read[],
  own: ReadonlyMap<number, Writer>,
  slackMs: number,
  report: Report,
): void {
  const last = lastRead(reads);
  if (!last) return;
  const lasted = new Set(last.list);
  for (const [element, { transaction }] of own) {
    if (transaction.outcome !== 'ok' || lasted.has(element)) continue;
    if (transaction.end + slackMs >= last.transaction.start) continue;
    const story = `${element} in ${key} was acknowledged at ${timeText(transaction.end)} and is gone from the last read`;
    report('lost-append', story, [transaction, last.transaction]);
  }
}
