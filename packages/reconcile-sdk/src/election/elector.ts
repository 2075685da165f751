import { backoff, type Clock, type Random } from '../clock/index.ts';
import { microTime, resources, type KubeClient, type Lease, type ObjectKey } from '../client/index.ts';
import { OperatorError, describeError, isAlreadyExists, isConflict } from '../errors/index.ts';
import { type Logger } from '../logging/index.ts';
import { decideLease, observeLease, type LeaseObservation, type LeaseView } from './lease-machine.ts';

export interface ElectorOptions {
  client: KubeClient;
  clock: Clock;
  random: Random;
  log: Logger;
  /** The Lease that is fought for. */
  lease: ObjectKey;
  /** Unique name of this process, such as its pod's name. */
  identity: string;
  /** Others wait this long without a renewal before they take over. Default 15 s. */
  durationMs?: number;
  /** Without a renewal for this long this process stops writing. Below durationMs. Default 10 s. */
  renewDeadlineMs?: number;
  /** Default 2 s. */
  retryMs?: number;
}

export interface Elector {
  /** Whether this process may write now. By its own monotonic clock, so true never outlives the Lease. */
  holds(): boolean;
  /** Throws `fenced` when it may not: put it before every write. */
  fence(): void;
  /**
   * Stands for election until the signal aborts. Each time it wins it calls `lead` with a signal that aborts
   * when the leadership is lost or may be; it does not stand again before `lead` has ended. Releases on stop.
   */
  run(signal: AbortSignal, lead: (signal: AbortSignal) => Promise<void>): Promise<void>;
}

export function createElector(options: ElectorOptions): Elector {
  const { client, clock, random, log, identity } = options;
  const durationMs = options.durationMs ?? 15_000;
  const renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
  const retryMs = options.retryMs ?? 2_000;
  let validUntil = -Infinity;
  let observation: LeaseObservation | undefined;
  let lastHolder: string | undefined;

  const holds = (): boolean => clock.monotonic() < validUntil;

  /** One look at the Lease and at most one write. True when this process now holds it. */
  async function tryHold(signal: AbortSignal): Promise<boolean> {
    // Counted from before the call: the server's own clock may have started earlier than the answer came.
    const began = clock.monotonic();
    const timeoutMs = Math.max(1_000, renewDeadlineMs - retryMs);
    const held = await client.find(resources.leases, options.lease, { signal, timeoutMs });
    const lease = held && viewOf(held);
    const now = clock.monotonic();
    observation = observeLease(observation, lease, now);
    const decision = decideLease(lease, observation, identity, now);
    if (decision.action === 'wait') {
      if (decision.holder !== lastHolder) log.info({ leader: decision.holder }, 'another process leads');
      lastHolder = decision.holder;
      return false;
    }
    const wall = microTime(clock.now());
    const spec = {
      ...held?.spec,
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(durationMs / 1000),
      renewTime: wall,
      ...(decision.action === 'renew'
        ? {}
        : { acquireTime: wall, leaseTransitions: (held?.spec?.leaseTransitions ?? -1) + 1 }),
    };
    try {
      const written = held
        ? await client.update(resources.leases, { ...held, spec }, { signal, timeoutMs })
        : await client.create(
            resources.leases,
            { metadata: { ...options.lease }, spec },
            {
              signal,
              timeoutMs,
            },
          );
      observation = observeLease(observation, viewOf(written), clock.monotonic());
    } catch (error) {
      if (isConflict(error) || isAlreadyExists(error)) return false;
      throw error;
    }
    lastHolder = identity;
    validUntil = began + renewDeadlineMs;
    return true;
  }

  /** Renews until it no longer holds; resolves then, or when the signal aborts. */
  async function keep(signal: AbortSignal, lost: AbortController): Promise<void> {
    while (holds() && !signal.aborted) {
      await clock
        .sleep(Math.min(retryMs, Math.max(1, validUntil - clock.monotonic())), signal)
        .catch(() => undefined);
      if (signal.aborted) return;
      try {
        // Not holding although nothing failed: another process has taken the Lease.
        if (!(await tryHold(signal)) && lastHolder !== identity) break;
      } catch (error) {
        if (!signal.aborted) log.warn({ error: describeError(error) }, 'the Lease could not be renewed');
      }
    }
    validUntil = -Infinity;
    lost.abort(new OperatorError('fenced', 'this process no longer leads'));
  }

  async function release(): Promise<void> {
    const held = await client.find(resources.leases, options.lease);
    if (held?.spec?.holderIdentity !== identity) return;
    await client.update(resources.leases, {
      ...held,
      spec: { ...held.spec, holderIdentity: '', renewTime: microTime(clock.now()), leaseDurationSeconds: 1 },
    });
  }

  return {
    holds,
    fence() {
      if (!holds()) throw new OperatorError('fenced', 'this process does not lead, so it may not write');
    },
    async run(signal, lead) {
      let failures = 0;
      while (!signal.aborted) {
        let won = false;
        try {
          won = await tryHold(signal);
          failures = 0;
        } catch (error) {
          if (signal.aborted) break;
          failures++;
          log.warn({ error: describeError(error) }, 'standing for election failed');
        }
        if (won) {
          log.info({ lease: options.lease.name }, 'this process leads now');
          const lost = new AbortController();
          const stopKeeping = new AbortController();
          const keeping = keep(stopKeeping.signal, lost);
          // On stop the Lease is kept until the work under way has ended, then released.
          await lead(AbortSignal.any([signal, lost.signal]));
          stopKeeping.abort();
          await keeping;
          if (signal.aborted && !lost.signal.aborted) {
            await release().catch((error: unknown) =>
              log.warn({ error: describeError(error) }, 'the Lease was not released'),
            );
          }
          validUntil = -Infinity;
          if (!signal.aborted) log.warn('this process no longer leads');
          continue;
        }
        const wait = failures > 0 ? backoff(failures, { baseMs: retryMs, maxMs: 10_000 }, random) : retryMs;
        await clock.sleep(wait, signal).catch(() => undefined);
      }
    },
  };
}

function viewOf(lease: Lease): LeaseView {
  return {
    holder: lease.spec?.holderIdentity ?? '',
    resourceVersion: lease.metadata?.resourceVersion ?? '',
    transitions: lease.spec?.leaseTransitions ?? 0,
    durationMs: (lease.spec?.leaseDurationSeconds ?? 15) * 1000,
  };
}
