import { createHash } from 'node:crypto';

export { scheduleLabel } from '@stateful/etcd-backup-api';

/** With the slot behind it a name stays a label value and a DNS label, as a CronJob's. */
export const longestScheduleName = 47;

/** `20261124t020000`: a slot in UTC, fit for names and keys. */
export const slotText = (slot: number): string =>
  new Date(slot)
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replaceAll(/[-:]/g, '')
    .toLowerCase();

/** One slot has one name, so that there are never two of it. */
export const backupName = (schedule: string, slot: number): string => `${schedule}-${slotText(slot)}`;

/** A number from 0 to below `count`, always the same for the same seed. */
export const chance = (seed: string, count: number): number =>
  count <= 0 ? 0 : createHash('sha256').update(seed).digest().readUInt32BE(0) % count;

/** By how much the run of a slot is put off, milliseconds: by whole seconds, at most `jitterSeconds`. */
export const jitterMs = (uid: string, slot: number, jitterSeconds: number): number =>
  chance(`${uid} ${slot} jitter`, jitterSeconds + 1) * 1000;
