import { type Lease } from '../client/resource.ts';
import { type LeaseView, type LeaseWrite } from './lease-machine.ts';

/** What the machine looks at. */
export const viewOf = ({ metadata, spec }: Lease): LeaseView => ({
  holder: spec?.holderIdentity ?? '',
  resourceVersion: metadata?.resourceVersion ?? '',
  transitions: spec?.leaseTransitions ?? 0,
  durationMs: (spec?.leaseDurationSeconds ?? 15) * 1000,
  acquireTime: spec?.acquireTime ?? '',
});

/** The object to send: all that is not ours stays as it was read. */
export function leaseWith(
  base: Lease | undefined,
  key: { namespace?: string; name: string },
  write: LeaseWrite,
): Lease {
  const { resourceVersion, holder, transitions, acquireTime, renewTime, durationMs } = write;
  const known = resourceVersion === undefined ? undefined : base;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      ...(known?.metadata ?? key),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    spec: {
      ...known?.spec,
      holderIdentity: holder,
      leaseTransitions: transitions,
      acquireTime,
      renewTime,
      leaseDurationSeconds: Math.ceil(durationMs / 1000),
    },
  };
}
