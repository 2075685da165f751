import { resources, type KubeClient, type Resource } from '../client/index.ts';
import { systemClock, type Clock } from '../clock/index.ts';
import { describeError } from '../errors/index.ts';
import { type Logger } from '../logging/index.ts';
import { type Runnable } from '../manager/runnable.ts';
import { ruleOn, type PolicyRule } from '../rbac/policy-rule.ts';
import { migrateStorage } from './migrate-storage.ts';

/** Of what, with whose rights, and when. */
export interface StorageMigrationOptions {
  /** The manager's: only a leader migrates. */
  readonly client: KubeClient;
  readonly resource: Resource;
  readonly log: Logger;
  readonly clock?: Clock;
  /**
   * From the start on, in milliseconds: until every API server has seen which version is stored. Default 1 minute.
   */
  readonly settleMs?: number;
  /** Between two looks, in milliseconds. Default 10 minutes. */
  readonly periodMs?: number;
}

/**
 * Storage migration as a part of a manager: `manager.addRunnable(storageMigration({...}))`. The leader looks from time
 * to time whether the CRD names versions as stored that it does not store any more, and then has all objects written.
 * For operators that work in all namespaces.
 */
export function storageMigration(options: StorageMigrationOptions): Runnable {
  const { client, resource, log, clock = systemClock, settleMs = 60_000, periodMs = 600_000 } = options;
  return {
    name: `storage migration of ${resource.kind}`,
    on: 'leader',
    async run(signal) {
      for (let wait = settleMs; await slept(clock, wait, signal); wait = periodMs) {
        try {
          const { state, version, written, why } = await migrateStorage({ client, resource, signal });
          if (state === 'held')
            log.warn({ kind: resource.kind, version, written, why }, 'storage migration is held');
          else if (written > 0) log.info({ kind: resource.kind, version, written }, 'storage is migrated');
        } catch (error) {
          if (!signal.aborted)
            log.warn(
              { kind: resource.kind, error: describeError(error) },
              'storage migration failed; it is tried again',
            );
        }
      }
    },
  };
}

const slept = (clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> =>
  clock.sleep(ms, signal).then(
    () => true,
    () => false,
  );

/** The rights of `storageMigration`, for all namespaces: on the kind, and on its CRD by name. */
export function storageMigrationRules(resource: Resource): PolicyRule[] {
  const names = [`${resource.plural}.${resource.group}`];
  return [
    ruleOn(resource, ['get', 'list', 'patch']),
    ruleOn(resources.customResourceDefinitions, ['get'], { names }),
    ruleOn(resources.customResourceDefinitions, ['patch'], { names, subresource: 'status' }),
  ];
}
