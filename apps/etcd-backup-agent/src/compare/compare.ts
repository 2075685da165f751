import { type AgentSuccess } from '@stateful/etcd-backup-api';
import { openMember, type EtcdAccess, type EtcdMember } from '@stateful/etcd';
import { describeError, OperatorError, type Clock } from '@stateful/reconcile-sdk';
import { AgentFailure } from '../failure.ts';
import { type Report } from '../progress.ts';

export interface CompareOptions {
  readonly endpoint: string;
  readonly access: EtcdAccess;
  /** What was restored. `hashKV` and `keys` are compared when they are known. */
  readonly restored: Pick<AgentSuccess, 'revision' | 'hashKV' | 'keys' | 'authEnabled'>;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly report: Report;
  readonly signal: AbortSignal;
}

const pollMs = 200;

/** Waits until etcd serves, and holds what it says against what was restored. Throws what differs. */
export async function compare(options: CompareOptions): Promise<Omit<AgentSuccess, 'ok'>> {
  const { restored, access, endpoint, clock, signal } = options;
  if (restored.revision === undefined)
    throw new AgentFailure('BadArguments', 'it is not said which revision was restored');
  if (restored.authEnabled && !access.auth) {
    throw new AgentFailure(
      'AuthRequired',
      'authentication is on in this snapshot: give a Secret with username and password of root in spec.cluster.auth',
    );
  }
  // Where it is off, etcd refuses to sign anybody in.
  const member = openMember(endpoint, restored.authEnabled ? access : {}, clock);
  try {
    const revision = await served(member, options);
    const servedAt = new Date(clock.now()).toISOString();
    // Leases that have run out end soon after a start, so that it may be further by then; never behind.
    if (revision < restored.revision) {
      throw new AgentFailure(
        'RevisionDiffers',
        `etcd is at revision ${revision}, the snapshot at ${restored.revision}`,
      );
    }
    const { hash, compactRevision, hashRevision } = await member.hashKV(restored.revision, signal);
    if (hashRevision !== 0 && hashRevision !== restored.revision)
      throw new AgentFailure(
        'RevisionDiffers',
        `etcd hashed revision ${hashRevision}, not ${restored.revision}`,
      );
    if (restored.hashKV !== undefined && hash !== restored.hashKV) {
      throw new AgentFailure(
        'HashDiffers',
        `etcd has HashKV ${hash} at revision ${restored.revision}, and what was restored has ${restored.hashKV}`,
      );
    }
    const keys = await member.keyCount(restored.revision, signal);
    if (restored.keys !== undefined && keys !== restored.keys)
      throw new AgentFailure(
        'KeysDiffer',
        `etcd has ${keys} keys, and what was restored has ${restored.keys}`,
      );
    const { clusterID } = await member.status(signal);
    return { revision, hashKV: hash, compactRevision, keys, clusterID, servedAt };
  } finally {
    member.close();
  }
}

/** The revision that it answers first with; what it says before that may help to see why it never does. */
async function served(
  member: EtcdMember,
  { timeoutMs, clock, signal, endpoint, report }: CompareOptions,
): Promise<number> {
  const end = clock.monotonic() + timeoutMs;
  let last = '';
  for (;;) {
    try {
      return await member.revision(signal);
    } catch (error) {
      signal.throwIfAborted();
      if (
        error instanceof OperatorError &&
        ['forbidden', 'unauthorized', 'bad-response'].includes(error.code) &&
        /auth|permission|password/i.test(error.message)
      )
        throw new AgentFailure('AuthRequired', describeError(error), { cause: error });
      const message = describeError(error);
      if (message !== last) report(`waiting for etcd: ${message}`);
      last = message;
      if (clock.monotonic() > end) {
        throw new AgentFailure(
          'EtcdUnavailable',
          `etcd at ${endpoint} did not serve within ${timeoutMs / 1000} s: ${message}`,
          {
            isFinal: false,
          },
        );
      }
      await clock.sleep(pollMs, signal);
    }
  }
}
