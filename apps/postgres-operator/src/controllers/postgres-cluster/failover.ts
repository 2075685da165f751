import { failoverAnnotation, failoverStateSchema } from '@stateful/postgres-api';
import { type Lease } from '@stateful/reconcile-sdk';
import { type Failover } from './snapshot.ts';

/** Reads what the agents wrote on their Lease. What cannot be read is Unknown, never absent. */
export function failoverOf(lease: Lease | undefined): Failover {
  if (!lease) return { kind: 'absent' };
  const text = lease.metadata?.annotations?.[failoverAnnotation];
  const holder = lease.spec?.holderIdentity;
  const known = {
    kind: 'known' as const,
    holder: holder === '' ? undefined : holder,
    epoch: lease.spec?.leaseTransitions ?? 0,
  };
  if (text === undefined) return { ...known, state: undefined };
  const parsed = failoverStateSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue?.path.join('.') || 'the document';
    return {
      kind: 'unknown',
      why: `annotation ${failoverAnnotation} of Lease ${lease.metadata?.name ?? ''} cannot be read: ${where}: ${issue?.message ?? 'not valid'}`,
    };
  }
  return { ...known, state: parsed.data };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
