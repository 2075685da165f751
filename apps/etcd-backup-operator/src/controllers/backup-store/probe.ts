import { type BackupStoreStatus, type Store } from '@stateful/backup-store-api';
import {
  checkStore,
  hasStoreCode,
  ObjectStoreError,
  probeStore,
  type ObjectStore,
} from '@stateful/object-store';
import { describeError, isNotFound } from '@stateful/reconcile-sdk';
import { attemptFailed } from '../etcd-backup/failure.ts';
import { type OpenStore } from '../../ports/stores.ts';

/** Why a store cannot be used; the closed list of reasons. */
export const storeProblems = [
  'AccessDenied',
  'BadCredentials',
  'BucketNotFound',
  'SecretIncomplete',
  'ConditionalWritesUnsupported',
  'ObjectLockDisabled',
  'Unreachable',
  'ProbeFailed',
] as const;
export type StoreProblem = (typeof storeProblems)[number];
export type Capabilities = NonNullable<BackupStoreStatus['capabilities']>;

/** What a look at a store came to. */
export type Probed =
  | { readonly ok: true; readonly capabilities: Capabilities }
  | {
      readonly ok: false;
      readonly reason: StoreProblem;
      readonly message: string;
      readonly capabilities?: Capabilities;
    };

/** The folder of a prefix, as all that stands below it has it. */
const folderOf = (prefix: string): string => (prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`);

/** What was found, against what is asked of the store. Pure. */
export function judge({ s3 }: Store, capabilities: Capabilities): Probed {
  const refuse = (reason: StoreProblem, message: string): Probed => ({
    ok: false,
    reason,
    message,
    capabilities,
  });
  const { conditionalPut, conditionalComplete, objectLock } = capabilities;
  if (
    s3.conditionalWrites === 'Required' &&
    (conditionalPut !== 'Supported' || conditionalComplete !== 'Supported')
  ) {
    return refuse(
      'ConditionalWritesUnsupported',
      'the store does not refuse to write over an object (If-None-Match), which conditionalWrites: Required asks for: use another store, or Auto, if nobody else writes below this prefix',
    );
  }
  if (s3.objectLock && objectLock === 'Unsupported') {
    return refuse(
      'ObjectLockDisabled',
      `bucket ${s3.bucket} has no Object Lock, which spec.s3.objectLock asks for: enable it on the bucket`,
    );
  }
  return { ok: true, capabilities };
}

/** Throws what ends an attempt when a store cannot do what it has to, before anything is written for it. */
export async function refuseUnlessFit(
  store: ObjectStore,
  s3: Store['s3'],
  signal: AbortSignal,
): Promise<void> {
  if (s3.conditionalWrites !== 'Required') return;
  const found = judge({ s3 }, await probeStore(store, folderOf(s3.prefix), signal));
  if (!found.ok) throw attemptFailed('NotSupported', found.message);
}

/** Looks at a store. What it can do is tried anew only without `known`: that writes. Never throws. */
export async function probe(
  { namespace, store: where, known }: { namespace: string; store: Store; known?: Capabilities | undefined },
  openStore: OpenStore,
  signal: AbortSignal,
): Promise<Probed> {
  let store: ObjectStore | undefined;
  try {
    store = await openStore(namespace, where, signal);
    const prefix = folderOf(where.s3.prefix);
    if (!known) return judge(where, await probeStore(store, prefix, signal));
    await checkStore(store, prefix, { signal, onlyCreate: known.conditionalPut === 'Supported' });
    return judge(where, known);
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, reason: reasonOf(error), message: describeError(error) };
  } finally {
    store?.close();
  }
}

function reasonOf(error: unknown): StoreProblem {
  if (hasStoreCode(error, 'AccessDenied')) return 'AccessDenied';
  if (hasStoreCode(error, 'BadCredentials')) return 'BadCredentials';
  if (hasStoreCode(error, 'NoSuchBucket')) return 'BucketNotFound';
  if (hasStoreCode(error, 'Network', 'Timeout', 'Unavailable', 'SlowDown')) return 'Unreachable';
  // Only a Secret is looked for in the cluster.
  const isSecret = isNotFound(error) && !(error instanceof ObjectStoreError);
  return isSecret || describeError(error).includes('SecretIncomplete') ? 'SecretIncomplete' : 'ProbeFailed';
}
