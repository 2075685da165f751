import {
  failoverAnnotation,
  failoverStateSchema,
  labels,
  names,
  type FailoverState,
} from '@stateful/postgres-api';
import { microTime, OperatorError, type Lease, type OwnerReference } from '@stateful/reconcile-sdk';
import { type LeaseProposal, type LeaseView } from './lease-view.ts';

/** The Lease as the election sees it; throws when somebody wrote what no agent writes. */
export function readLease(lease: Lease): LeaseView {
  const { metadata, spec } = lease;
  return {
    version: metadata?.resourceVersion ?? '',
    holder: spec?.holderIdentity ? spec.holderIdentity : undefined,
    epoch: spec?.leaseTransitions ?? 0,
    renewal: spec?.renewTime ?? '',
    state: parseState(metadata?.annotations?.[failoverAnnotation], metadata?.name ?? ''),
  };
}

function parseState(text: string | undefined, name: string): FailoverState {
  try {
    return failoverStateSchema.parse(JSON.parse(text ?? ''));
  } catch (cause) {
    throw new OperatorError(
      'bad-response',
      `Lease ${name} has no readable annotation ${failoverAnnotation}`,
      { cause },
    );
  }
}

export interface LeaseIdentity {
  readonly namespace: string;
  readonly cluster: string;
  readonly owner: OwnerReference;
  readonly durationSeconds: number;
}

/** The object to write: on top of what was read, with its resourceVersion as the precondition. */
export function leaseToWrite(
  on: Lease | undefined,
  proposal: LeaseProposal,
  identity: LeaseIdentity,
  now: number,
): Lease {
  const isNewHolder = proposal.holder !== undefined && proposal.holder !== on?.spec?.holderIdentity;
  return {
    ...on,
    metadata: {
      ...on?.metadata,
      namespace: identity.namespace,
      name: names.lease(identity.cluster),
      labels: { ...on?.metadata?.labels, [labels.cluster]: identity.cluster },
      annotations: { ...on?.metadata?.annotations, [failoverAnnotation]: JSON.stringify(proposal.state) },
      ownerReferences: [identity.owner],
    },
    spec: {
      ...on?.spec,
      holderIdentity: proposal.holder ?? '',
      leaseTransitions: proposal.epoch,
      leaseDurationSeconds: Math.ceil(identity.durationSeconds),
      ...(proposal.renew ? { renewTime: microTime(now) } : {}),
      ...(isNewHolder ? { acquireTime: microTime(now) } : {}),
    },
  };
}
