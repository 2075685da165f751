import { scheduleLabel, type EtcdBackup } from '@stateful/etcd-backup-api';

interface WithConditions {
  readonly status?:
    | { readonly conditions?: readonly { readonly type: string; readonly status: string }[] | undefined }
    | undefined;
}

export const conditionOf = ({ status }: WithConditions, type: string) =>
  status?.conditions?.find((one) => one.type === type);
export const isTrue = (object: WithConditions, type: string): boolean =>
  conditionOf(object, type)?.status === 'True';

/** Seconds since the epoch. */
export function seconds(time: string | undefined): number | undefined {
  const ms = Date.parse(time ?? '');
  return Number.isNaN(ms) ? undefined : ms / 1000;
}

/** The schedule that a backup is of; empty: it was made by hand. */
export const scheduleOf = ({ metadata }: EtcdBackup): string => metadata?.labels?.[scheduleLabel] ?? '';
export const groupOf = (backup: EtcdBackup): string =>
  `${backup.metadata?.namespace ?? ''}/${scheduleOf(backup)}`;
export const endOf = ({ status }: EtcdBackup): number | undefined => seconds(status?.completionTime);

/** How long the stages of a backup took, as far as its status tells. */
export function stagesOf({ status }: EtcdBackup): [stage: string, seconds: number][] {
  const { timings, verification } = status ?? {};
  const stages: [string, number | undefined][] = [
    ['capture', timings?.captureSeconds],
    [verification?.level === 'Drill' ? 'drill' : 'verify', verification?.durationSeconds],
    ['total', timings?.totalSeconds],
  ];
  return stages.flatMap(([stage, value]) =>
    value === undefined ? [] : [[stage, value] as [string, number]],
  );
}
