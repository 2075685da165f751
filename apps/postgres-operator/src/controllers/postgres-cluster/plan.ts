import { type PostgresClusterStatus } from '@stateful/postgres-api';
import { type DesiredChild, type Plan } from '@stateful/reconcile-sdk';
import { type Problem } from '../../admission/rule.ts';
import { agentConfig } from './children/agent-config.ts';
import { backupAccess } from './children/backup-access.ts';
import { backupCronJob } from './children/backup-cron-job.ts';
import { credentials } from './children/credentials.ts';
import { disruptionBudget } from './children/disruption-budget.ts';
import { instanceAccess } from './children/instance-access.ts';
import { instancesService } from './children/instances-service.ts';
import { podTemplate, templateChecksum } from './children/pod-template.ts';
import { readOnlyService } from './children/read-only-service.ts';
import { readWriteService } from './children/read-write-service.ts';
import { shapeOf, type Shape } from './children/shape.ts';
import { statefulSet } from './children/stateful-set.ts';
import { replacements } from './replacements.ts';
import { repositoryPath, restoreOf } from './repository.ts';
import { sizeOf } from './size.ts';
import { type Snapshot } from './snapshot.ts';
import { checkSpec } from './spec-check.ts';
import { heldStatus, invalidSpec, statusOf } from './status.ts';

/** How soon to look again for what no watch tells of. */
const lookAgainMs = 10_000;

/** What a PostgresCluster needs, decided from one snapshot. Nothing here reads, waits or remembers. */
export function plan(snapshot: Snapshot, now: number): Plan<PostgresClusterStatus> {
  const { spec, problems } = checkSpec(snapshot);
  if (!spec) return refused(snapshot, problems, now);
  const restore = restoreOf(snapshot, spec);
  if (restore.kind === 'waiting') return waiting(snapshot, restore.message, now);

  const shape = shapeOf(snapshot.cluster, spec, snapshot.images[spec.version] ?? '');
  const size = sizeOf(snapshot, spec);
  const repository = repositoryPath(snapshot, spec);
  const checksum = templateChecksum(podTemplate(shape)) ?? '';
  const { status, staleAt } = statusOf(snapshot, { spec, size, checksum, repository }, now);
  return {
    children: [
      ...instanceAccess(shape),
      credentials(shape, snapshot.credentials),
      agentConfig(shape, { members: size.members, repository, restore }),
      instancesService(shape),
      readWriteService(shape),
      readOnlyService(shape),
      disruptionBudget(shape),
      statefulSet(shape, size.pods, snapshot.statefulSet),
      ...backups(shape),
    ],
    deletes: replacements(snapshot, checksum),
    status,
    ...(staleAt === undefined ? {} : { requeueAfterMs: Math.max(1_000, staleAt - now) }),
  };
}

const backups = (shape: Shape): DesiredChild[] =>
  shape.spec.backupStore ? [...backupAccess(shape), backupCronJob(shape)] : [];

/** A spec that is not valid changes nothing: what runs goes on running. */
const refused = (
  snapshot: Snapshot,
  problems: readonly Problem[],
  now: number,
): Plan<PostgresClusterStatus> => ({
  children: 'leave',
  status: heldStatus(
    snapshot,
    {
      degraded: invalidSpec(problems),
      progressing: {
        type: 'Progressing',
        status: 'False',
        reason: 'InvalidSpec',
        message: 'waits for a spec that is valid',
      },
    },
    now,
  ),
});

/** Nothing may be made before it is known what the cluster is restored from. */
const waiting = (snapshot: Snapshot, message: string, now: number): Plan<PostgresClusterStatus> => ({
  children: 'leave',
  status: heldStatus(
    snapshot,
    {
      progressing: { type: 'Progressing', status: 'True', reason: 'RestoreSourceMissing', message },
    },
    now,
  ),
  requeueAfterMs: lookAgainMs,
});
