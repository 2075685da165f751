import { type Interval } from '../linearizable.ts';
import { registerText, type Content, type RegisterOperation } from './register.ts';

/** When a content that was written once must have stood in the register, as far as answers tell. */
interface Zone {
  content: Content;
  /** The first time by which it must have stood there, and by whose answer. */
  from: Interval<RegisterOperation>;
  /** The last time at which it must still have stood there, by whose beginning. */
  to: Interval<RegisterOperation>;
}

/**
 * A quick proof that a history is impossible, for the stretches that are too long to search: a content that is
 * written only once stands in the register for one stretch of time. Two such stretches cannot overlap, nor can
 * one content come and go while another stands (Gibbons and Korach). Undefined proves nothing.
 */
export function findOverlap(
  intervals: readonly Interval<RegisterOperation>[],
  initial: Content,
): string | undefined {
  // What stood there from the beginning may have come back once.
  const zones = zonesOf(intervals).filter(({ content }) => content !== initial);
  const stretches = zones
    .filter(({ from, to }) => from.end < to.start)
    .sort((a, b) => a.from.end - b.from.end);
  const points = zones.filter(({ from, to }) => from.end >= to.start);
  for (let index = 1; index < stretches.length; index++) {
    const [one, other] = [stretches[index - 1]!, stretches[index]!];
    if (other.from.end < one.to.start) return story(one, other);
  }
  for (const point of points) {
    // Stretches do not overlap: only the last that began before can hold the point.
    const around = stretches.findLast(({ from }) => from.end < point.to.start);
    if (around && point.from.end < around.to.start) return story(around, point);
  }
  return undefined;
}

function zonesOf(intervals: readonly Interval<RegisterOperation>[]): Zone[] {
  const writes = new Map<Content, number>();
  const zones = new Map<Content, Zone>();
  const stands = (content: Content, interval: Interval<RegisterOperation>): void => {
    const zone = zones.get(content);
    zones.set(content, {
      content,
      from: zone && zone.from.end <= interval.end ? zone.from : interval,
      to: zone && zone.to.start >= interval.start ? zone.to : interval,
    });
  };
  for (const interval of intervals) {
    const { f, asked, answered } = interval.operation;
    const written =
      f === 'write' ? asked.value : f === 'cas' && answered?.applied !== false ? asked.to : undefined;
    if (written !== undefined) writes.set(written, (writes.get(written) ?? 0) + 1);
    // What is in doubt may not have happened: it counts as a possible writer, and proves nothing by itself.
    if (interval.isOptional) continue;
    if (written !== undefined) stands(written, interval);
    if (f === 'read' && answered?.value !== undefined) stands(answered.value, interval);
    if (f === 'cas' && answered?.applied !== false && asked.from !== undefined) stands(asked.from, interval);
  }
  return [...zones.values()].filter(({ content }) => writes.get(content) === 1);
}

function story(stretch: Zone, other: Zone): string {
  const proofs = new Set([stretch.from, stretch.to, other.from, other.to]);
  const told = [...proofs]
    .sort((a, b) => a.start - b.start)
    .map(({ operation }) => `  ${registerText(operation)}`);
  const { content } = other;
  return [
    `${stretch.content} and ${content} were written once each, yet ${content} was there amid ${stretch.content}:`,
    ...told,
  ].join('\n');
}
