import { type Sizes } from '../scenario/sizes.ts';

/** One row of the table. */
export type Figure = {
  /** As in `Measurement.figures`. */
  readonly key: string;
  readonly title: string;
  readonly digits: number;
  /** What a ratio below or above one means. `same`: it says that both got the same load. */
  readonly better: 'less' | 'more' | 'same';
};

const count = (number: number): string => number.toLocaleString('en-US');

/** In the order of the table, with the sizes of this run in the titles. */
export function figuresOf(sizes: Sizes): readonly Figure[] {
  const { objects, changesPerSecond, changesForSeconds, cached, restSeconds, failoverChangesPerSecond } =
    sizes;
  const load = `${changesPerSecond} changes/s for ${changesForSeconds} s`;
  return [
    {
      key: 'convergeSeconds',
      title: `${count(objects)} objects created until all are Ready, s`,
      digits: 2,
      better: 'less',
    },
    { key: 'convergeRate', title: 'the same as objects/s', digits: 0, better: 'more' },
    { key: 'warmRate', title: 'another as many by the same process, objects/s', digits: 0, better: 'more' },
    { key: 'convergeCpuMs', title: 'operator CPU for each object, ms', digits: 2, better: 'less' },
    { key: 'convergeCalls', title: 'API calls for each object', digits: 2, better: 'less' },
    { key: 'changesPerSecond', title: `${load}: changes/s made`, digits: 1, better: 'same' },
    { key: 'latencyP50Ms', title: 'change to child, p50, ms', digits: 1, better: 'less' },
    { key: 'latencyP99Ms', title: 'change to child, p99, ms', digits: 1, better: 'less' },
    { key: 'changesCpuMs', title: 'operator CPU for each change, ms', digits: 2, better: 'less' },
    { key: 'changesCalls', title: 'API calls for each change', digits: 2, better: 'less' },
    {
      key: 'residentMb',
      title: `resident with ${count(cached)} cached objects after ${restSeconds} s of rest, MB`,
      digits: 1,
      better: 'less',
    },
    { key: 'anonymousMb', title: 'of that anonymous (RssAnon), MB', digits: 1, better: 'less' },
    { key: 'workedResidentMb', title: 'resident right after making them all, MB', digits: 1, better: 'less' },
    {
      key: 'firstOfOneMs',
      title: 'process start to first reconcile, 1 object, ms',
      digits: 0,
      better: 'less',
    },
    {
      key: 'firstOfManyMs',
      title: `process start to first reconcile, ${count(objects)} objects, ms`,
      digits: 0,
      better: 'less',
    },
    {
      key: 'allOfManySeconds',
      title: `process start until all ${count(objects)} children are made, s`,
      digits: 2,
      better: 'less',
    },
    {
      key: 'gapKilledSeconds',
      title: `failover under ${failoverChangesPerSecond} changes/s, leader killed (SIGKILL): nobody writes for, s`,
      digits: 2,
      better: 'less',
    },
    { key: 'gapStoppedSeconds', title: 'the same, leader stopped (SIGTERM), s', digits: 2, better: 'less' },
  ];
}
