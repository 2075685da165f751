import { systemClock, systemRandom, type Manager, type PlanDefinition } from '@stateful/reconcile-sdk';
import { backupStorePlan } from './controllers/backup-store/definition.ts';
import { etcdBackupPlan } from './controllers/etcd-backup/definition.ts';
import { etcdBackupSchedulePlan } from './controllers/etcd-backup-schedule/definition.ts';
import { inventoryReader } from './controllers/etcd-backup-schedule/inventory.ts';
import { etcdRestorePlan } from './controllers/etcd-restore/definition.ts';
import { addMetrics } from './metrics/index.ts';
import { membersOfService } from './ports/addresses.ts';
import { openEndpoints } from './ports/members.ts';
import { secretsOf } from './ports/secrets.ts';
import { openS3, type OpenStore } from './ports/stores.ts';
import { openEc2 } from './ports/volumes.ts';

/** Where a test may put something between the parts of the operator. What is shipped passes none. */
export interface Seams {
  readonly plan?: <D extends Pick<PlanDefinition<never, never, never>, 'operations'>>(plan: D) => D;
  readonly openStore?: (inner: OpenStore) => OpenStore;
}

const storesAtATime = 4;
/** Reading gigabytes takes as long as it takes; what bounds it are the steps’ own limits. */
const longMs = 25 * 3_600_000;
const schedulesAtATime = 4;
/** One pass of retention may read and delete thousands of objects. */
const retentionMs = 2 * 3_600_000;
const restoresAtATime = 4;

/** What this process was told of itself. */
export interface ControllerOptions {
  readonly identity: string;
  readonly concurrency: number;
  readonly agentImage?: string | undefined;
  readonly etcdImageOf?: (version: string) => string | undefined;
}

/** Adds all that this operator does to a manager. */
export function addControllers(
  manager: Manager,
  { identity, concurrency, agentImage, etcdImageOf }: ControllerOptions,
  seams: Seams = {},
): void {
  const { plan = (same) => same, openStore: around = (same) => same } = seams;
  const readSecret = secretsOf(manager.client);
  const openStore = around(openS3(readSecret, { clock: systemClock, random: systemRandom }));
  const openMembers = openEndpoints(readSecret, systemClock, membersOfService(manager.client));
  const openVolumes = openEc2(readSecret, systemClock);
  addMetrics(manager, systemClock);
  manager.addPlan(
    plan(
      etcdBackupPlan({
        identity,
        clock: systemClock,
        openStore,
        openMembers,
        openVolumes,
        agentImage,
        etcdImageOf,
      }),
    ),
    { concurrency, deadlineMs: longMs },
  );
  manager.addPlan(backupStorePlan({ clock: systemClock, openStore }), { concurrency: storesAtATime });
  manager.addPlan(
    plan(
      etcdBackupSchedulePlan(manager.client, {
        clock: systemClock,
        openStore,
        openMembers,
        readInventory: inventoryReader(),
      }),
    ),
    // One whose store is slow holds up no other.
    { concurrency: schedulesAtATime, deadlineMs: retentionMs },
  );
  manager.addPlan(
    plan(
      etcdRestorePlan({
        client: manager.client,
        clock: systemClock,
        openStore,
        openMembers,
        agentImage,
        ...(etcdImageOf ? { etcdImage: etcdImageOf } : {}),
      }),
    ),
    { concurrency: restoresAtATime, deadlineMs: longMs },
  );
}
