import { type Clock, type Manager } from '@stateful/reconcile-sdk';
import { backupStores, etcdBackups, etcdBackupSchedules, etcdRestores } from '../etcd-backups.ts';
import { happened } from './changes.ts';
import { countedFamilies, durationFamily, statusFamilies, type Figure } from './families.ts';
import { figuresOf, keyOf, type Objects } from './figures.ts';

/** A scrape reads all families one after the other: they are of one moment. */
const sameScrapeMs = 200;

/** Adds the operator's own metrics to what its manager serves. Call before `run`. */
export function addMetrics(manager: Pick<Manager, 'home' | 'metrics'>, clock: Clock): void {
  const { informers } = manager.home;
  const { families } = manager.metrics;
  const backups = informers.acquire({ resource: etcdBackups }).informer;
  const schedules = informers.acquire({ resource: etcdBackupSchedules }).informer;
  const stores = informers.acquire({ resource: backupStores }).informer;
  const restores = informers.acquire({ resource: etcdRestores }).informer;
  const objects = (): Objects => ({
    backups: backups.store.all(),
    schedules: schedules.store.all(),
    stores: stores.store.all(),
    restores: restores.store.all(),
  });

  let read: { at: number; figures: ReadonlyMap<string, readonly Figure[]> } | undefined;
  const figures = (name: string): readonly Figure[] => {
    const at = clock.monotonic();
    // Half a cache would look like backups that were lost.
    if (![backups, schedules, stores, restores].every((one) => one.hasSynced())) return [];
    if (!read || at - read.at > sameScrapeMs)
      read = { at, figures: Map.groupBy(figuresOf(objects(), clock.now()), (figure) => figure.name) };
    return read.figures.get(name) ?? [];
  };
  for (const [name, { type, help, labels }] of Object.entries(statusFamilies)) {
    families.read({
      name,
      type,
      help,
      labels,
      collect: (tell) => figures(name).forEach(({ value, labels: values }) => tell(value, ...values)),
    });
  }

  const counted = new Map<string, Figure<string>>();
  for (const [name, { type, help, labels }] of Object.entries(countedFamilies)) {
    families.read({ name, type, help, labels, collect: (tell) => told(name).forEach((one) => tell(...one)) });
  }
  /** Of schedules that are there, and of backups that were made by hand. */
  function told(name: string): [number, ...string[]][] {
    const there = new Set(
      schedules.store.all().map(({ metadata }) => keyOf(metadata?.namespace, metadata?.name)),
    );
    return [...counted.values()].flatMap((figure): [number, ...string[]][] => {
      const [namespace = '', schedule = ''] = figure.labels;
      if (figure.name !== name || (schedule !== '' && !there.has(keyOf(namespace, schedule)))) return [];
      return [[figure.value, ...figure.labels]];
    });
  }
  const durations = families.histogram(durationFamily);
  backups.onChange((change) => {
    const isGone = change.kind === 'delete';
    const before = isGone ? change.object : change.old;
    // What was there when this process began is of another's time.
    if (change.initial && !before) return;
    const { counts, durations: took } = happened(before, isGone ? undefined : change.object);
    for (const { name, labels, value } of counts) {
      const key = [name, ...labels].join('/');
      counted.set(key, { name, labels, value: (counted.get(key)?.value ?? 0) + value });
    }
    for (const { method, stage, seconds } of took) durations.labels(method, stage).observe(seconds);
  });
}
