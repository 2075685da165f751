import {
  backupKeys,
  customResourceDefinitions,
  manifestBytes,
  ownerField,
  verifyRequestAnnotation,
  type BackupManifest,
  type EtcdBackup,
  type EtcdBackupSchedule,
  type EtcdBackupScheduleSpec,
} from '@stateful/etcd-backup-api';
import { type EtcdMember } from '@stateful/etcd';
import {
  conditionsFrom,
  kubeTime,
  operation,
  OperatorError,
  resources,
  type Clock,
  type JsonObject,
  type KubeClient,
  type KubeObject,
  type Manager,
  type OperationRecord,
  type PlanDefinition,
} from '@stateful/reconcile-sdk';
import { createWorld, type OperatorUnderTest, type World } from '@stateful/testing';
import { etcdBackupDeclaration } from '../src/controllers/etcd-backup/definition.ts';
import { dataFinalizer } from '../src/controllers/etcd-backup/deletion.ts';
import { deletion } from '../src/controllers/etcd-backup/deletion-operation.ts';
import { withTimeToLive } from '../src/controllers/etcd-backup/deletion-ttl.ts';
import { type Status } from '../src/controllers/etcd-backup/draft.ts';
import { observe } from '../src/controllers/etcd-backup/observe.ts';
import { type View } from '../src/controllers/etcd-backup/view.ts';
import { etcdBackupSchedulePlan, inventoryReader } from '../src/index.ts';
import { etcdBackups, etcdBackupSchedules, etcdRestores } from '../src/etcd-backups.ts';
import { memoryBucket, type MemoryBucket } from './memory-store.ts';

export const namespace = 'default';
export const prefix = 'etcd';

/** What a test says of the backups that are made. */
export interface Making {
  /** How long one takes. Default 5 s. */
  takesMs: number;
  fails: (name: string) => boolean;
  isVerified: (name: string) => boolean;
  /** Of the cluster now; it rises by one with each look. */
  revision: number;
  /** Until when what is stored is locked; undefined: not at all. */
  lockedUntil?: number | undefined;
  /** How often a member was asked how far the cluster is. */
  asked: number;
}

/** What is outside the API server, the same for all processes of a world. */
export interface Outdoors {
  readonly bucket: MemoryBucket;
  readonly making: Making;
}

export const outdoors = (now: () => number): Outdoors => ({
  bucket: memoryBucket(now),
  making: {
    takesMs: 5_000,
    fails: () => false,
    isVerified: () => true,
    revision: 1_000,
    asked: 0,
  },
});

/** A manifest as a backup of this name leaves it. */
export const manifestFor = (
  uid: string,
  {
    name,
    time,
    schedule,
    isVerified = true,
    bytes = 100,
  }: {
    name: string;
    time: number;
    schedule?: { name: string; uid: string };
    isVerified?: boolean;
    bytes?: number;
  },
): Buffer =>
  manifestBytes({
    schemaVersion: 1,
    opID: uid,
    backup: { namespace, name },
    ...(schedule ? { schedule } : {}),
    object: {
      key: backupKeys(prefix, uid).object,
      compression: 'None',
      sizeBytes: bytes,
      sha256: 'f'.repeat(64),
      parts: 1,
      revision: 1,
    },
    etcd: { clusterID: 'c1' },
    pointInTime: kubeTime(time),
    ...(isVerified ? { verification: { level: 'HashKV', result: 'Passed', at: kubeTime(time) } } : {}),
  } as unknown as BackupManifest);

interface Made {
  readonly at: string;
  readonly revision: number;
  readonly isVerified: boolean;
}

/** The status as the operator of EtcdBackups writes it, as far as a schedule looks. */
function statusOf({ backup }: View, record: OperationRecord | undefined, now: number): Status {
  const made = record?.results?.['capture'] as unknown as Made | undefined;
  const isOver = record?.phase === 'Succeeded' || record?.phase === 'Failed';
  const isMade = record?.phase === 'Succeeded' && made !== undefined;
  return {
    conditions: conditionsFrom(
      backup.status?.conditions,
      [
        {
          type: 'Succeeded',
          status: isMade ? 'True' : isOver ? 'False' : 'Unknown',
          reason: isMade ? 'Completed' : isOver ? 'Failed' : 'InProgress',
          message: record?.message ?? '',
        },
        {
          type: 'Verified',
          status: isMade && made.isVerified ? 'True' : 'False',
          reason: 'AsTheTestSays',
          message: '',
        },
      ],
      backup.metadata?.generation ?? 0,
      now,
    ),
    ...(isOver ? { completionTime: kubeTime(Date.parse(record.finishedAt ?? '')) } : {}),
    ...(isMade
      ? {
          etcd: { clusterID: 'c1', revision: made.revision },
          timings: { pointInTime: made.at, captureSeconds: 1, totalSeconds: 1, bytesPerSecond: 1 },
          verification: { level: made.isVerified ? 'HashKV' : 'Stream', result: 'Passed', at: made.at },
        }
      : {}),
  };
}

/**
 * EtcdBackups without etcd: one step stands for the capture. What looks at the store, holds an EtcdBackup that is deleted and deletes
 * its data is the operator's own.
 */
function fakeBackups(
  { bucket, making }: Outdoors,
  clock: Clock,
  change: <T>(what: string, run: () => T | Promise<T>) => Promise<T>,
): PlanDefinition<EtcdBackup, View, Status> {
  const openStore = () => Promise.resolve(bucket.open(change));
  const capture = operation<View>({
    kind: 'snapshot',
    steps: [
      {
        name: 'capture',
        done: (_, { result }) => result !== undefined,
        act: ({ backup }): Promise<JsonObject> =>
          Promise.resolve({
            at: kubeTime(clock.now() + making.takesMs),
            revision: making.revision,
            isVerified: making.isVerified(backup.metadata?.name ?? ''),
          }),
      },
      {
        name: 'wait',
        pollMs: 5_000,
        done: (_, { results }) => clock.now() >= Date.parse((results['capture'] as unknown as Made).at),
      },
      {
        name: 'store',
        done: ({ stored }) => stored.manifest,
        async act({ backup, uid, keys }, { results }) {
          const { at, isVerified } = results['capture'] as unknown as Made;
          const owner = (backup as KubeObject).metadata?.ownerReferences?.find(
            ({ controller }) => controller,
          );
          const { name = '' } = backup.metadata ?? {};
          if (making.fails(name)) throw new OperatorError('invalid', 'the test lets it fail');
          const store = bucket.open(change);
          const lock = making.lockedUntil;
          await store.put(keys.object, Buffer.from(`data of ${name}`), {
            onlyCreate: true,
            metadata: { [ownerField]: uid },
            ...(lock === undefined ? {} : { lock: { mode: 'COMPLIANCE', until: new Date(lock) } }),
          });
          await store.put(
            keys.manifest,
            manifestFor(uid, {
              name,
              time: Date.parse(at),
              isVerified,
              ...(owner ? { schedule: { name: owner.name, uid: owner.uid } } : {}),
            }),
            { onlyCreate: true },
          );
        },
      },
    ],
  });
  return {
    ...etcdBackupDeclaration,
    observe: (backup, context) =>
      observe(backup, context, {
        openStore,
        clock,
        openVolumes: () => Promise.reject(new Error('not here')),
      }),
    plan: (view, now) =>
      withTimeToLive(
        { children: [], operation: { kind: 'snapshot', key: '1' }, status: { view } as unknown as Status },
        view,
        now,
      ),
    operations: [capture, deletion({ openStore })],
    finalizer: dataFinalizer,
    withOperation(status, { record }, now) {
      const { view, ...kept } = status as Status & { view?: View };
      return view ? { ...kept, ...statusOf(view, record, now) } : status;
    },
  };
}

/** The controllers of schedules and, without etcd, of EtcdBackups. */
export function addBackupControllers(
  manager: Manager,
  { clock, change }: { clock: Clock; change: <T>(what: string, run: () => T | Promise<T>) => Promise<T> },
  outdoor: Outdoors,
): void {
  const { bucket, making } = outdoor;
  const member = {
    endpoint: 'https://etcd',
    status: () => Promise.resolve({ clusterID: 'c1' }),
    revision() {
      making.asked++;
      return Promise.resolve(making.revision);
    },
    close: () => undefined,
  } as unknown as EtcdMember;
  manager.addPlan(
    etcdBackupSchedulePlan(manager.client, {
      clock,
      openStore: () => Promise.resolve(bucket.open(change)),
      openMembers: () => Promise.resolve([member]),
      readInventory: inventoryReader(),
    }),
  );
  manager.addPlan(fakeBackups(outdoor, clock, change));
}

/** What each schedule of a test begins with. */
export const scheduleOf = (
  spec: Partial<EtcdBackupScheduleSpec> | object = {},
  name = 'nightly',
): EtcdBackupSchedule =>
  ({
    metadata: { namespace, name },
    spec: {
      schedule: '*/5 * * * *',
      template: {
        cluster: { endpoints: ['https://etcd:2379'] },
        store: { s3: { bucket: 'backups', prefix } },
      },
      ...spec,
    },
  }) as unknown as EtcdBackupSchedule;

export async function installKinds(users: KubeClient): Promise<void> {
  for (const definition of customResourceDefinitions()) {
    await users.create(resources.customResourceDefinitions, definition);
  }
}

/** Schedules on virtual time, in an API server in this process. */
export interface ScheduleWorld extends Outdoors {
  readonly world: World;
  readonly users: KubeClient;
  readonly clock: World['clock'];
  create(spec?: object, name?: string): Promise<EtcdBackupSchedule>;
  schedule(name?: string): Promise<EtcdBackupSchedule>;
  change(spec: object, name?: string): Promise<unknown>;
  /** Names of EtcdBackups, sorted. */
  names(): Promise<string[]>;
  backups(): Promise<EtcdBackup[]>;
  condition(
    type: string,
    name?: string,
  ): Promise<{ status: string; reason: string; message: string } | undefined>;
  /** Goes on to a wall time of the world, `2030-01-01T00:05:00Z`. */
  until(time: string): Promise<void>;
}

export async function scheduleWorld(
  options: { readonly tamper?: OperatorUnderTest['tamper']; readonly start?: boolean } = {},
): Promise<ScheduleWorld> {
  const world: World = createWorld({
    operator: {
      name: 'etcd-backup-operator',
      build: (manager, outside) => addBackupControllers(manager, outside, outdoor),
      ...(options.tamper ? { tamper: options.tamper } : {}),
    },
  });
  const outdoor = outdoors(() => world.clock.now());
  const { users, clock } = world;
  await installKinds(users);
  if (options.start !== false) world.start();
  const schedule: ScheduleWorld['schedule'] = (name = 'nightly') =>
    users.get(etcdBackupSchedules, { namespace, name });
  const backups = async (): Promise<EtcdBackup[]> => (await users.list(etcdBackups, { namespace })).items;
  return {
    ...outdoor,
    world,
    users,
    clock,
    schedule,
    backups,
    create: (spec, name) => users.create(etcdBackupSchedules, scheduleOf(spec, name)),
    change: (spec, name = 'nightly') => users.mergePatch(etcdBackupSchedules, { namespace, name }, { spec }),
    names: async () => (await backups()).map(({ metadata }) => metadata?.name ?? '').sort(),
    condition: async (type, name) =>
      (await schedule(name)).status?.conditions?.find((condition) => condition.type === type),
    until: async (time) => clock.advance(Date.parse(time) - clock.now()),
  };
}

export { etcdBackups, etcdBackupSchedules, etcdRestores, verifyRequestAnnotation };
