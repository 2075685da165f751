import { type Clock } from '../../clock/index.ts';
import { type KubeClient } from '../../client/index.ts';
import { OperatorError, describeError, isConflict } from '../../errors/index.ts';
import { type Logger } from '../../logging/index.ts';
import { type Inspected } from './inspect.ts';
import { type CertificatePolicy } from './machine.ts';
import { type Problems } from './problems.ts';
import {
  bundlePatch,
  mergeBundle,
  readTarget,
  targetText,
  unreadable,
  type BundleTarget,
  type TargetState,
} from './targets.ts';

/** The `caBundle`s of the API that are ours to write: reads them, remembers since when they are so, writes them. */
export interface Bundles {
  /** What may not be read is added to `blocked`, and counts as there and as not trusting us. */
  read(blocked: Set<BundleTarget>, signal: AbortSignal): Promise<TargetState[]>;
  /** How long they have been just as they were read last, in milliseconds; Infinity where there are none. */
  steadyMs(states: readonly TargetState[]): number;
  /** Writes the entries named. What cannot be written is added to `blocked` and noted. */
  publish(
    entries: readonly string[],
    states: readonly TargetState[],
    authorities: readonly Inspected[],
    blocked: Set<BundleTarget>,
    signal: AbortSignal,
  ): Promise<void>;
}

export function createBundles(options: {
  targets: readonly BundleTarget[];
  client: KubeClient;
  clock: Clock;
  policy: CertificatePolicy;
  log: Logger;
  problems: Problems;
}): Bundles {
  const { targets, client, clock, policy, log, problems } = options;
  let steady = { signature: '', since: 0 };
  /** Writes to each target that followed closely on each other. */
  const streaks = new Map<BundleTarget, { count: number; at: number }>();

  /** Somebody else may want another bundle: after a few writes in a row each waits longer than the last. */
  function mayWrite(target: BundleTarget): boolean {
    const now = clock.monotonic();
    const { count, at } = streaks.get(target) ?? { count: 0, at: -Infinity };
    const pauseMs = count < 3 ? 0 : Math.min(policy.propagationMs, 500 * 2 ** (count - 3));
    if (now < at + pauseMs) return false;
    streaks.set(target, { count: now > at + 4 * policy.propagationMs ? 1 : count + 1, at: now });
    return true;
  }

  return {
    async read(blocked, signal) {
      const states = await Promise.all(
        targets.map(async (target) => {
          try {
            return readTarget(target, await client.find(target.resource, { name: target.name }, { signal }));
          } catch (error) {
            if (!(error instanceof OperatorError) || error.code !== 'forbidden') throw error;
            blocked.add(target);
            return unreadable(target, error.message);
          }
        }),
      );
      const signature = states.map((state) => state.signature).join('\n');
      if (signature !== steady.signature) steady = { signature, since: clock.monotonic() };
      for (const [index, { missing }] of states.entries())
        problems.note(targetText(targets[index]!), missing.length > 0 ? missing.join('; ') : undefined);
      return states;
    },

    // By our own clock since we have been looking; by the API server's, less what clocks may differ, since before.
    steadyMs(states) {
      const seen = clock.monotonic() - steady.since;
      const changes = states
        .filter(({ entries }) => entries.length > 0)
        .map(({ changedAt }) => changedAt ?? Infinity);
      return Math.max(seen, clock.now() - Math.max(...changes, -Infinity) - policy.clockSkewMs);
    },

    async publish(entries, states, authorities, blocked, signal) {
      for (const state of states) {
        const target = state.entries.find(({ name }) => entries.includes(name))?.target;
        if (!target) continue;
        const subject = `caBundle of ${targetText(target)}`;
        if (!mayWrite(target)) {
          blocked.add(target);
          problems.note(subject, 'another writer takes it away again; see its managedFields');
          continue;
        }
        const patch = bundlePatch(target, state, ({ bundle }) =>
          mergeBundle(bundle, authorities, clock.now(), policy.clockSkewMs),
        );
        try {
          await client.apply(target.resource, patch, { signal, force: true });
          problems.note(subject, undefined);
          log.info({ object: targetText(target) }, 'caBundle written');
        } catch (error) {
          signal.throwIfAborted();
          // Another replica was quicker, or the object changed: the next step looks at it afresh.
          if (isConflict(error)) continue;
          blocked.add(target);
          problems.note(subject, `cannot be written: ${describeError(error)}`);
        }
      }
    },
  };
}
