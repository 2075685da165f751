/**
 * The life of the built-in authority as a pure machine: what the Secret holds and whom the API server trusts say
 * what to do next. Every replica runs it, none needs to lead: each step is one write with a precondition, and
 * every crash between two steps leaves a state that the machine goes on from.
 *
 * What makes rotation safe: nobody serves a certificate before the API server has trusted its authority for a
 * while, and trust is taken away only from authorities that have expired.
 */
export interface CertificatePolicy {
  /** Life of an authority; the next one is made at 2/3 of it. Milliseconds. */
  readonly authorityMs: number;
  /** Life of a serving certificate; renewed at 2/3 of it. */
  readonly servingMs: number;
  /** How long the API server may take to act on a bundle that can already be read back. */
  readonly propagationMs: number;
  /** By how much clocks may differ: certificates begin this much in the past and are trusted this much too long. */
  readonly clockSkewMs: number;
}

/** An authority in the Secret. */
export interface AuthorityView {
  readonly id: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** Its private key is there. */
  readonly canSign: boolean;
}

/** The serving certificate in the Secret. */
export interface ServingView {
  readonly authority: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** It speaks for every host that is asked for. */
  readonly fits: boolean;
}

/** A webhook configuration or CRD that exists, and which authorities it makes the API server trust. */
export interface TargetView {
  readonly name: string;
  readonly trusts: readonly { readonly id: string; readonly notAfter: number }[];
  /** A write to it failed just now; the next look tries again. */
  readonly isBlocked: boolean;
}

export interface CertificateView {
  /** Newest first. */
  readonly authorities: readonly AuthorityView[];
  readonly serving: ServingView | undefined;
  readonly targets: readonly TargetView[];
  /** How long the targets have been seen just as they are now, in milliseconds. */
  readonly steadyMs: number;
}

export type CertificateAction =
  /** Add a new authority to the Secret. */
  | { readonly do: 'create-authority' }
  /** Make these targets trust what the Secret holds. */
  | { readonly do: 'publish'; readonly targets: readonly string[] }
  /** Put a serving certificate into the Secret that this authority signs. */
  | { readonly do: 'sign'; readonly authority: string }
  /** Look again then, or when something changes. */
  | { readonly do: 'wait'; readonly ms: number; readonly why: string };

/** When 2/3 of a life are over; `late` in [0, 1) spreads replicas over a twentieth of it. */
export const renewalOf = (life: { notBefore: number; notAfter: number }, late: number): number =>
  life.notBefore + (life.notAfter - life.notBefore) * (2 / 3 + late / 20);

/** The last twentieth of a life, in which a certificate should long have been replaced and has nothing to lose. */
export const lastCallOf = ({ notBefore, notAfter }: { notBefore: number; notAfter: number }): number =>
  notAfter - (notAfter - notBefore) / 20;

const trusts = (target: TargetView, id: string): boolean =>
  target.trusts.some((trusted) => trusted.id === id);

export const isTrustedEverywhere = (targets: readonly TargetView[], id: string): boolean =>
  targets.every((target) => trusts(target, id));

/**
 * Whether certificates of this authority may be shown to the API server: it has been trusted everywhere for long
 * enough, or nobody else is trusted, so that there is nothing to break by being early.
 */
export function isSafeToServe(
  { targets, steadyMs }: Pick<CertificateView, 'targets' | 'steadyMs'>,
  id: string,
  now: number,
  { propagationMs }: CertificatePolicy,
): boolean {
  const othersWork = targets.some((target) =>
    target.trusts.some((trusted) => trusted.id !== id && trusted.notAfter > now),
  );
  return isTrustedEverywhere(targets, id) && (steadyMs >= propagationMs || !othersWork);
}

/** Whether a target lacks trust in what is held, or has trust left in what is long expired. */
export function needsPublishing(
  target: TargetView,
  authorities: readonly Pick<AuthorityView, 'id' | 'notAfter'>[],
  now: number,
  clockSkewMs: number,
): boolean {
  return (
    authorities.some(({ id, notAfter }) => notAfter > now && !trusts(target, id)) ||
    target.trusts.some(({ notAfter }) => notAfter + clockSkewMs < now)
  );
}

/** `late` in [0, 1), each replica's own, spreads replicas so that they seldom do the same at the same time. */
export function nextCertificateAction(
  view: CertificateView,
  now: number,
  policy: CertificatePolicy,
  late: number,
): CertificateAction {
  const { authorities, serving, targets } = view;
  const newest = authorities.find(({ canSign, notAfter }) => canSign && notAfter > now);
  if (!newest || renewalOf(newest, late) <= now) return { do: 'create-authority' };

  const unpublished = targets
    .filter((target) => !target.isBlocked && needsPublishing(target, authorities, now, policy.clockSkewMs))
    .map(({ name }) => name);
  if (unpublished.length > 0) return { do: 'publish', targets: unpublished };

  const signer = signerFor(view, newest, now, policy);
  if (signer && needsSigning(serving, signer, now, late)) return { do: 'sign', authority: signer.id };

  const isHandingOver = serving?.authority !== newest.id;
  const dates = [
    renewalOf(newest, late),
    ...(serving ? [renewalOf(serving, late), lastCallOf(serving), serving.notAfter] : []),
    ...(isHandingOver ? [now + policy.propagationMs - view.steadyMs, now + policy.propagationMs] : []),
    ...targets.flatMap((target) => target.trusts.map(({ notAfter }) => notAfter + policy.clockSkewMs + 1)),
  ];
  return {
    do: 'wait',
    ms: Math.min(...dates.filter((date) => date > now)) - now,
    why: isHandingOver ? 'a new authority is not yet trusted everywhere' : 'all is good',
  };
}

/** Who may sign now; undefined when that has to wait. */
function signerFor(
  view: CertificateView,
  newest: AuthorityView,
  now: number,
  policy: CertificatePolicy,
): AuthorityView | undefined {
  const { serving, targets, authorities } = view;
  // Without one in the Secret nothing is lost by a new one: who holds another in memory goes on with that.
  if (!serving || serving.notAfter <= now || isSafeToServe(view, newest.id, now, policy)) return newest;
  if (lastCallOf(serving) <= now && targets.some((target) => trusts(target, newest.id))) return newest;
  return authorities.find(
    ({ id, canSign, notAfter }) => id === serving.authority && canSign && notAfter > now,
  );
}

function needsSigning(
  serving: ServingView | undefined,
  signer: AuthorityView,
  now: number,
  late: number,
): boolean {
  if (!serving || serving.notAfter <= now || serving.authority !== signer.id || !serving.fits) return true;
  // One that already lives as long as its authority gains nothing from being signed again.
  return renewalOf(serving, late) <= now && serving.notAfter < signer.notAfter;
}

/**
 * Whether a replica that shows `current` now may show `next` instead. Each decides for itself, so that even a
 * Secret that was put back from an old copy breaks nothing.
 */
export function maySwap(
  view: Pick<CertificateView, 'targets' | 'steadyMs'>,
  current: { readonly authority: string; readonly notBefore: number; readonly notAfter: number } | undefined,
  next: { readonly authority: string },
  now: number,
  policy: CertificatePolicy,
): boolean {
  if (!current || lastCallOf(current) <= now) return true;
  return current.authority === next.authority || isSafeToServe(view, next.authority, now, policy);
}
