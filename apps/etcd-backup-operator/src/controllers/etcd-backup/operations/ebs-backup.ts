import {
  describeError,
  operation,
  OperatorError,
  retryClassOf,
  type Clock,
  type OperationDefinition,
  type StepContext,
  type StepDefinition,
} from '@stateful/reconcile-sdk';
import { type OpenMembers } from '../../../ports/members.ts';
import { type OpenVolumes, type Volumes, type WantedSnapshot } from '../../../ports/volumes.ts';
import { asJson } from '../captured.ts';
import { attemptFailed } from '../failure.ts';
import { type View } from '../view.ts';
import { callResultOf, createOnce, isFirstOf, isSettling, quietAt, refusal } from './ebs-backup-call.ts';
import { chosenOf, isTaggedOurs, ownTags, tagsOf, type MadeSnapshot } from './ebs-backup-snapshots.ts';
import { memberFacts } from './etcd-facts.ts';
import { survey } from './survey.ts';

export interface EbsBackupOptions {
  readonly openVolumes: OpenVolumes;
  readonly openMembers: OpenMembers;
  readonly clock: Clock;
}

export const ebsBackupKind = 'volumes';
/** As many as the schema allows: a step that has no volume is passed. */
const mostVolumes = 9;
const stepOf = (index: number): string => `volume-${index + 1}`;
/** A snapshot takes minutes: each look is one request, and changes nothing. */
const pollMs = 10_000;

export const ebsOf = ({ spec }: View): NonNullable<View['spec']['ebs']> => spec.ebs!;

/** Every snapshot that there may be: those that show, and those that EC2 answered with. Pure. */
export function knownSnapshots(view: View, results: StepContext['results']): MadeSnapshot[] {
  const shown = view.volumes?.snapshots;
  const seen = shown === undefined || shown === 'unknown' ? [] : shown;
  const answered = ebsOf(view).volumeIDs.flatMap((_, index) => {
    const result = callResultOf(results[stepOf(index)]);
    return result === undefined || isSettling(result) ? [] : [result];
  });
  return [
    ...seen,
    ...answered.filter(({ snapshotID }) => !seen.some((one) => one.snapshotID === snapshotID)),
  ];
}

/**
 * One attempt at snapshots of all volumes. Each is made by one request, which EC2 would take twice: so it is only made when the
 * record of it stands in the status and no snapshot with the tags of this backup shows, and never again before an earlier one has
 * had its time to show. Nothing is undone: another attempt adopts what this one has made.
 */
export function ebsBackup(options: EbsBackupOptions): OperationDefinition<View> {
  const { openMembers, clock } = options;
  const now = (): number => clock.now();
  async function withVolumes<T>(view: View, work: (volumes: Volumes) => Promise<T>): Promise<T> {
    const volumes = await options.openVolumes(view.namespace, ebsOf(view));
    try {
      return await work(volumes);
    } finally {
      volumes.close();
    }
  }
  const wanted = ({ backup, spec }: View, volumeID: string): WantedSnapshot => ({
    volumeID,
    description: `etcd backup ${backup.metadata?.namespace}/${backup.metadata?.name}`,
    tags: tagsOf(backup, volumeID, spec.ebs?.tags),
  });

  const volumeStep = (index: number): StepDefinition<View> => ({
    name: stepOf(index),
    done: (view, { result }) => {
      const volumeID = ebsOf(view).volumeIDs[index];
      if (volumeID === undefined) return true;
      const before = callResultOf(result);
      if (before !== undefined && !isSettling(before)) return true;
      const shown = view.volumes?.snapshots ?? 'unknown';
      if (shown === 'unknown') return 'unknown';
      if (chosenOf(shown, volumeID)) return true;
      // Not yet time to ask again: it is only looked.
      return isSettling(before) && (view.volumes?.at ?? 0) < before.notBefore ? 'unknown' : false;
    },
    repeatMs: 1_000,
    pollMs,
    act: (view, call) =>
      withVolumes(view, (volumes) =>
        createOnce(volumes, wanted(view, ebsOf(view).volumeIDs[index] ?? ''), {
          uid: view.uid,
          call,
          isFirst: isFirstOf(call.operationId, ebsBackupKind, view.backup.status ?? {}),
          settleMs: ebsOf(view).settleWindowSeconds * 1000,
          now,
        }),
      ).catch((error: unknown) => {
        // An attempt that may have made its request is never ended by anything but EC2's answer to a request.
        const isOurs = error instanceof OperatorError && error.cause === undefined;
        if (call.attempt > 1 && isOurs && retryClassOf(error) === 'terminal')
          throw new OperatorError('unavailable', describeError(error));
        throw error;
      }),
  });

  return operation<View>({
    kind: ebsBackupKind,
    steps: [
      {
        name: 'permissions',
        done: (_, { result }) => result !== undefined,
        act: (view, { signal }) =>
          withVolumes(view, async (volumes) => {
            for (const volumeID of ebsOf(view).volumeIDs) {
              await volumes.tryCreate(wanted(view, volumeID), signal).catch((error: unknown) => {
                throw refusal(error);
              });
            }
            return true;
          }),
      },
      {
        name: 'members',
        done: (_, { result }) => result !== undefined,
        act: async (view, { signal }) => {
          const members = await openMembers(view.namespace, view.spec.cluster, signal);
          try {
            return asJson(memberFacts(await survey(members, view.spec, signal)));
          } finally {
            for (const member of members) member.close();
          }
        },
      },
      ...Array.from({ length: mostVolumes }, (_, index) => volumeStep(index)),
      {
        name: 'settle',
        done: (view, { result, results }) => {
          if (result !== undefined) return true;
          const settleMs = ebsOf(view).settleWindowSeconds * 1000;
          const isLate = ebsOf(view).volumeIDs.every(
            (_, index) => (view.volumes?.at ?? 0) >= quietAt(callResultOf(results[stepOf(index)]), settleMs),
          );
          return view.volumes?.snapshots === 'unknown' || !isLate ? 'unknown' : false;
        },
        pollMs,
        // From here on it is fixed which of them count, the earliest, whatever shows later.
        act: (view, { results }) => {
          const known = knownSnapshots(view, results);
          return Promise.resolve(
            asJson(
              ebsOf(view).volumeIDs.map((volumeID) => {
                const one = chosenOf(known, volumeID);
                if (!one) throw attemptFailed('SnapshotFailed', `no snapshot of ${volumeID} is left`);
                const { snapshotID, startTime } = one;
                return { snapshotID, volumeID, startTime };
              }),
            ),
          );
        },
      },
      {
        name: 'complete',
        done: (view, { results }) => {
          const shown = view.volumes?.snapshots ?? 'unknown';
          if (shown === 'unknown') return 'unknown';
          const states = chosenIn(results).map(
            ({ snapshotID }) => shown.find((one) => one.snapshotID === snapshotID)?.state,
          );
          if (states.includes('Error')) return false;
          return states.every((state) => state === 'Completed') ? true : 'unknown';
        },
        pollMs,
        act: (view) =>
          Promise.reject(
            attemptFailed(
              'SnapshotFailed',
              `EC2 reports an error for ${failedIn(view).join(', ')}: it holds nothing; another one is made`,
            ),
          ),
      },
      {
        name: 'tidy',
        done: (_, { result }) => result !== undefined,
        act: (view, { results, signal }) =>
          withVolumes(view, async (volumes) => {
            const kept = new Set(chosenIn(results).map(({ snapshotID }) => snapshotID));
            const deleted: string[] = [];
            for (const one of await volumes.find(ownTags(view.uid), signal)) {
              if (kept.has(one.snapshotID) || !isTaggedOurs(one, view.uid)) continue;
              await volumes.delete(one.snapshotID, signal);
              deleted.push(one.snapshotID);
            }
            return deleted;
          }),
      },
    ],
  });
}

/** The snapshots that the backup is made of, once that is fixed. */
export const chosenIn = (results: StepContext['results'] | undefined): MadeSnapshot[] =>
  (results?.['settle'] as unknown as MadeSnapshot[] | undefined) ?? [];

const failedIn = ({ volumes }: View): string[] =>
  volumes === undefined || volumes.snapshots === 'unknown'
    ? []
    : volumes.snapshots.filter(({ state }) => state === 'Error').map(({ snapshotID }) => snapshotID);
