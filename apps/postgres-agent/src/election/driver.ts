import { annotations, labels, names, type Quorum } from '@stateful/postgres-api';
import {
  createReflector,
  describeError,
  resources,
  type Clock,
  type KubeClient,
  type Lease,
  type Logger,
  type Random,
} from '@stateful/reconcile-sdk';
import { createKernel, fenceAt, step, stopped, wish } from './kernel.ts';
import {
  type Effect,
  type Input,
  type Kernel,
  type LocalFacts,
  type Self,
  type Settings,
  type Wish,
} from './kernel-types.ts';
import { leaseToWrite, readLease, type LeaseIdentity } from './lease-codec.ts';
import { type LeaseView } from './lease-view.ts';
import { promiseOf, promiseText } from './promise-codec.ts';

type InputWithoutTime = Input extends infer Each ? (Each extends unknown ? Omit<Each, 'now'> : never) : never;

export interface ElectionOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly self: Self;
  readonly settings: Settings;
  readonly identity: LeaseIdentity;
  /** Makes the epoch durable beside the data, before a claim is sent. */
  readonly markEpoch: (epoch: number) => Promise<void>;
  /**
   * Called after every step, with the time by which Postgres must be dead unless a later one is given. When the
   * Lease was lost while Postgres ran, that time is now.
   */
  readonly onStep: (fenceAt: number | undefined) => void;
}

/** The kernel with the API server around it. It decides nothing. */
export interface Election {
  /** What should be now, by the clock. */
  readonly wish: () => Wish;
  /** What should be by the last step. */
  readonly lastWish: () => Wish;
  readonly lease: () => LeaseView | undefined;
  readonly holds: () => boolean;
  readonly isStopped: () => boolean;
  readonly tell: (facts: LocalFacts) => void;
  readonly want: (rule: Quorum) => void;
  readonly stop: () => void;
  /** Runs until the signal aborts. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** A request that takes longer counts as failed; shorter than the pause between two renewals. */
const requestTimeoutMs = 1_800;
const tickMs = 100;

export function createElection(options: ElectionOptions): Election {
  const { client, clock, log, self, identity } = options;
  const key = { namespace: identity.namespace, name: names.lease(identity.cluster) };
  let kernel: Kernel = createKernel(self, options.settings, clock.monotonic());
  /** The object behind the view that was read last, with what others may have put on it. */
  let object: Lease | undefined;
  let told = '';

  function input(value: InputWithoutTime): void {
    const now = clock.monotonic();
    const held = kernel.holding !== undefined;
    const result = step(kernel, { ...value, now });
    kernel = result.kernel;
    const isLost = held && !kernel.holding && kernel.local.server !== 'down';
    options.onStep(isLost ? now : fenceAt(kernel));
    announce();
    for (const effect of result.effects) void perform(effect);
  }

  /** What people want to read in the log: each change of who holds, stands and is blocked. */
  function announce(): void {
    const { lease } = kernel;
    const view = lease === undefined || lease === 'absent' ? undefined : lease;
    const now = JSON.stringify([
      lease === 'absent',
      view?.holder,
      view?.epoch,
      view?.state.candidacy,
      kernel.holding?.epoch,
    ]);
    if (now === told) return;
    told = now;
    log.info(
      {
        holder: view?.holder,
        epoch: view?.epoch,
        ...(view?.state.candidacy ? { candidacy: view.state.candidacy } : {}),
        holding: kernel.holding !== undefined,
      },
      'election',
    );
  }

  async function perform(effect: Effect): Promise<void> {
    switch (effect.kind) {
      case 'read-lease':
        return readNow();
      case 'write-lease':
        return write(effect);
      case 'publish-promise':
        return publish(effect);
      case 'list-promises':
        return list();
    }
  }

  async function readNow(): Promise<void> {
    try {
      object = await client.find(resources.leases, key, { timeoutMs: requestTimeoutMs });
      input({ kind: 'lease-read', lease: object ? readLease(object) : 'absent' });
    } catch (error) {
      log.debug({ error: describeError(error) }, 'the Lease could not be read');
      input({ kind: 'lease-read-failed' });
    }
  }

  async function write(effect: Effect & { kind: 'write-lease' }): Promise<void> {
    try {
      if (effect.markEpoch !== undefined) await options.markEpoch(effect.markEpoch);
      const on = effect.on === undefined ? undefined : object;
      if (effect.on !== undefined && on?.metadata?.resourceVersion !== effect.on.version) {
        return input({ kind: 'lease-write-failed' });
      }
      const sentAt = clock.monotonic();
      const wanted = leaseToWrite(on, effect.proposal, identity, clock.now());
      const call = { timeoutMs: requestTimeoutMs };
      const written = on
        ? await client.update(resources.leases, wanted, call)
        : await client.create(resources.leases, wanted, call);
      object = written;
      input({ kind: 'lease-written', lease: readLease(written), sentAt });
    } catch (error) {
      log.debug({ error: describeError(error) }, 'the Lease could not be written');
      input({ kind: 'lease-write-failed' });
    }
  }

  async function publish({ promise }: Effect & { kind: 'publish-promise' }): Promise<void> {
    try {
      await client.mergePatch(
        resources.pods,
        { namespace: identity.namespace, name: self.name },
        { metadata: { uid: self.podUid, annotations: { [annotations.promise]: promiseText(promise) } } },
        { timeoutMs: requestTimeoutMs },
      );
      log.info(
        { candidacy: promise.candidacy, timeline: promise.timeline },
        'promised to receive nothing more',
      );
      input({ kind: 'promise-published', candidacy: promise.candidacy });
    } catch (error) {
      log.warn({ error: describeError(error) }, 'the promise could not be published');
      input({ kind: 'promise-failed' });
    }
  }

  async function list(): Promise<void> {
    try {
      const pods = await client.list(resources.pods, {
        namespace: identity.namespace,
        labelSelector: `${labels.cluster}=${identity.cluster}`,
        timeoutMs: requestTimeoutMs,
      });
      const promises = pods.items.map(promiseOf).filter((promise) => promise !== undefined);
      input({ kind: 'promises-listed', promises });
    } catch (error) {
      log.debug({ error: describeError(error) }, 'the promises could not be listed');
      input({ kind: 'promises-failed' });
    }
  }

  return {
    wish() {
      // A stall may lie between the last step and now: the clock is asked before anyone acts.
      input({ kind: 'tick' });
      return wish(kernel);
    },
    lastWish: () => wish(kernel),
    lease: () => (kernel.lease === undefined || kernel.lease === 'absent' ? undefined : kernel.lease),
    holds: () => kernel.holding !== undefined,
    isStopped: () => stopped(kernel),
    tell: (facts) => input({ kind: 'local', facts }),
    want: (rule) => input({ kind: 'wanted', rule }),
    stop: () => input({ kind: 'stop' }),
    async run(signal) {
      const hints = createReflector({
        client,
        resource: resources.leases,
        namespace: key.namespace,
        fieldSelector: `metadata.name=${key.name}`,
        clock,
        random: options.random,
        onChange: () => input({ kind: 'lease-hint' }),
      });
      const watching = hints.run(signal);
      while (!signal.aborted) {
        input({ kind: 'tick' });
        await clock.sleep(tickMs, signal).catch(() => undefined);
      }
      await watching;
    },
  };
}
