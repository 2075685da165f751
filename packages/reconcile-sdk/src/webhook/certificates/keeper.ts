import { backoff, type Clock, type Random } from '../../clock/index.ts';
import { type KubeClient } from '../../client/index.ts';
import { OperatorError, describeError, isAlreadyExists, isConflict } from '../../errors/index.ts';
import { type Logger } from '../../logging/index.ts';
import { createBundles } from './bundles.ts';
import { type Holdings, type Serving } from './holdings.ts';
import { speaksFor } from './inspect.ts';
import { withNewAuthority, withNewServing, withShown } from './renewal.ts';
import {
  isSafeToServe,
  isTrustedEverywhere,
  lastCallOf,
  maySwap,
  needsPublishing,
  nextCertificateAction,
  type CertificateAction,
  type CertificatePolicy,
  type CertificateView,
  type TargetView,
} from './machine.ts';
import { createProblems } from './problems.ts';
import { type CertificateSource } from './source.ts';
import { type BundleTarget, type TargetState } from './targets.ts';

export interface CertificateKeeperOptions {
  /** Of the operator: part of the authority's name. */
  name: string;
  source: CertificateSource;
  /** Objects whose `caBundle` is ours to write; empty: none. */
  targets: readonly BundleTarget[];
  /** What the serving certificate must speak for; only where the source can be written. */
  hosts: readonly string[];
  client: KubeClient;
  clock: Clock;
  random: Random;
  log: Logger;
  policy: CertificatePolicy;
  /** A certificate to show from now on. */
  onServing: (serving: Serving) => void;
  /** Looks at least this often, in milliseconds: the cure for a change that nobody told of. Default 10 min. */
  resyncMs?: number;
  /** The source was read, with or without success. */
  onRead?: (ok: boolean) => void;
}

/** What a keeper knows about itself, for people. */
export interface CertificateHealth {
  readonly name: string;
  readonly ok: boolean;
  readonly message: string;
}

/** Brings certificates from their source to the server, and trust in them to the API server, for as long as it runs. */
export interface CertificateKeeper {
  /** Runs until the signal aborts; what fails is tried again. */
  run(signal: AbortSignal): Promise<void>;
  /** Something may have changed: look now. */
  wake(): void;
  /** The certificate that is shown, while it is valid. */
  serving(): Serving | undefined;
  /** Every API object that requires an answer from us trusts what we show. */
  isTrusted(): boolean;
  health(): readonly CertificateHealth[];
}

/** A round of steps longer than any that makes sense: somebody undoes what we do. */
const mostSteps = 12;

export function createCertificateKeeper(options: CertificateKeeperOptions): CertificateKeeper {
  const { source, hosts, clock, random, log, policy } = options;
  const problems = createProblems(log);
  const bundles = createBundles({
    targets: options.targets,
    client: options.client,
    clock,
    policy,
    log,
    problems,
  });
  const resyncMs = options.resyncMs ?? 600_000;
  const late = random.next();
  let shown: Serving | undefined;
  /** The authority of what is shown, once the API server is known to trust it. */
  let trusted: string | undefined;
  let failures = 0;
  let wake: () => void = () => undefined;
  let isWoken = false;

  function viewOf(
    holdings: Holdings,
    states: readonly TargetState[],
    blocked: ReadonlySet<BundleTarget>,
  ): CertificateView {
    return {
      authorities: holdings.authorities.map(({ id, notBefore, notAfter, keyPem }) => ({
        id,
        notBefore,
        notAfter,
        canSign: keyPem !== undefined,
      })),
      serving: holdings.serving && { ...holdings.serving, fits: speaksFor(holdings.serving.leaf, hosts) },
      targets: states
        .flatMap(({ entries }) => entries)
        .map((entry) => ({ name: entry.name, trusts: entry.bundle, isBlocked: blocked.has(entry.target) })),
      steadyMs: bundles.steadyMs(states),
    };
  }

  /** Takes over what the source has where that breaks nothing; true when it has to wait. */
  function show(holdings: Holdings, view: CertificateView, states: readonly TargetState[]): boolean {
    const next = holdings.serving?.id === shown?.id ? undefined : holdings.serving;
    const now = clock.now();
    // What an administrator puts into a folder counts, older or not; a Secret that looks older was put back.
    const isOlder =
      source.write !== undefined && next !== undefined && next.notBefore < (shown?.notBefore ?? 0);
    const isHeldBack = next !== undefined && !isOlder && !maySwap(view, shown, next, now, policy);
    const isExpiring = shown !== undefined && lastCallOf(shown) <= now;
    if (next && next.notAfter > now && (isExpiring || (!isOlder && !isHeldBack))) {
      shown = next;
      log.info({ validUntil: new Date(next.notAfter).toISOString() }, 'serving with another certificate');
      options.onServing(next);
    }
    const required: TargetView[] = states
      .flatMap(({ entries }) => entries)
      .filter(({ isRequired }) => isRequired)
      .map(({ name, bundle }) => ({ name, trusts: bundle, isBlocked: false }));
    const authority = shown?.authority;
    const isSafe =
      shown !== undefined &&
      (shown.authority === trusted
        ? isTrustedEverywhere(required, shown.authority)
        : lastCallOf(shown) > now &&
          isSafeToServe({ targets: required, steadyMs: view.steadyMs }, shown.authority, now, policy));
    trusted = isSafe ? authority : undefined;
    return isHeldBack;
  }

  /** What there is to do where certificates are made by somebody else: only to make them trusted. */
  function nextOfReadOnly(view: CertificateView, now: number): CertificateAction {
    const unpublished = view.targets.filter(
      (target) => !target.isBlocked && needsPublishing(target, view.authorities, now, policy.clockSkewMs),
    );
    return unpublished.length > 0
      ? { do: 'publish', targets: unpublished.map(({ name }) => name) }
      : { do: 'wait', ms: policy.propagationMs, why: 'all is good' };
  }

  async function readSource(signal: AbortSignal): Promise<Holdings> {
    try {
      const holdings = await source.read(signal);
      options.onRead?.(holdings.serving !== undefined);
      return holdings;
    } catch (error) {
      if (!signal.aborted) options.onRead?.(false);
      throw error;
    }
  }

  /** Looks and acts until nothing is left to do; milliseconds until the next look. */
  async function round(signal: AbortSignal): Promise<number> {
    const blocked = new Set<BundleTarget>();
    for (let step = 0; step < mostSteps; step++) {
      // Targets after the Secret: whoever trusts less than what was just read is given it.
      const holdings = source.write
        ? withShown(await readSource(signal), shown, clock.now())
        : await readSource(signal);
      const states = await bundles.read(blocked, signal);
      const view = viewOf(holdings, states, blocked);
      const isHeldBack = show(holdings, view, states);
      const now = clock.now();
      const action = source.write
        ? nextCertificateAction(view, now, policy, late)
        : nextOfReadOnly(view, now);
      if (action.do === 'wait') {
        const isUnsound = !source.write && holdings.problems.length > 0;
        problems.note(source.name, isUnsound ? holdings.problems.join('; ') : undefined);
        return blocked.size > 0 || isUnsound || isHeldBack || trusted === undefined
          ? Math.min(action.ms, policy.propagationMs)
          : action.ms;
      }
      if (action.do === 'publish')
        await bundles.publish(action.targets, states, holdings.authorities, blocked, signal);
      else {
        if (holdings.problems.length > 0 && shown !== undefined) {
          log.warn({ problems: holdings.problems }, `${source.name} was damaged; making new certificates`);
        }
        const renewed =
          action.do === 'sign'
            ? withNewServing(holdings, action.authority, hosts, now, policy)
            : withNewAuthority(holdings, options.name, now, policy);
        try {
          await source.write?.(renewed, signal);
          log.info({ source: source.name }, action.do === 'sign' ? 'certificate signed' : 'authority made');
        } catch (error) {
          // Another replica did the same first.
          if (!isConflict(error) && !isAlreadyExists(error)) throw error;
        }
      }
    }
    throw new OperatorError(
      'conflict',
      'certificates or bundles are changed again as soon as they are written',
    );
  }

  async function pause(ms: number, signal: AbortSignal): Promise<void> {
    if (isWoken) return;
    const woken = new AbortController();
    wake = () => woken.abort();
    await clock.sleep(Math.max(1, ms), AbortSignal.any([signal, woken.signal])).catch((error: unknown) => {
      if (!woken.signal.aborted && !signal.aborted) throw error;
    });
    wake = () => undefined;
  }

  const valid = (): Serving | undefined => (shown && shown.notAfter > clock.now() ? shown : undefined);
  return {
    serving: valid,
    isTrusted: () => trusted !== undefined,
    wake() {
      isWoken = true;
      wake();
    },
    health: () => [
      {
        name: 'certificate',
        ok: valid() !== undefined,
        message: shown
          ? `valid until ${new Date(shown.notAfter).toISOString()}`
          : `none yet from ${source.name}`,
      },
      {
        name: 'caBundle',
        ok: trusted !== undefined,
        message: trusted ? 'trusted by the API server' : 'not yet trusted everywhere',
      },
      ...problems.all().map((problem) => ({ ...problem, ok: false })),
    ],
    async run(signal) {
      while (!signal.aborted) {
        isWoken = false;
        let ms: number;
        try {
          ms = Math.min(await round(signal), source.pollMs ?? resyncMs, resyncMs);
          failures = 0;
          problems.note('certificates', undefined);
        } catch (error) {
          if (signal.aborted) return;
          problems.note('certificates', describeError(error));
          ms = backoff(failures++, { baseMs: 200, maxMs: 15_000 }, random);
        }
        await pause(ms, signal);
      }
    },
  };
}
