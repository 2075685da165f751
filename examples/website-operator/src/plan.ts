import {
  conditionsFrom,
  kstatusOf,
  readyFrom,
  type ConditionInput,
  type Plan,
} from '@stateful/reconcile-sdk';
import { children } from './children.ts';
import { type Snapshot } from './snapshot.ts';
import { type WebsiteStatus } from './website.ts';

/** What should be, given what is. Pure: the same snapshot always gives the same plan. */
export function plan(snapshot: Snapshot, now: number): Plan<WebsiteStatus> {
  const { website } = snapshot;
  const { spec, metadata } = website;
  const generation = metadata?.generation ?? 0;
  const conditions = [available(snapshot, now), published(snapshot)];
  const hostname = reachedUnder(snapshot);
  return {
    children: children(website),
    operation: {
      kind: 'publish',
      // One wish for each name: when the name changes, it is another one.
      key: spec.hostname,
      params: { hostname: spec.hostname, previous: hostname ?? '' },
    },
    status: {
      observedGeneration: generation,
      ...(hostname ? { hostname } : {}),
      conditions: conditionsFrom(
        website.status?.conditions,
        [readyFrom(conditions), ...conditions],
        generation,
        now,
      ),
    },
  };
}

/** The new name counts when the operation that moves to it has ended well, and not before. */
function reachedUnder({ website: { spec, status } }: Snapshot): string | undefined {
  const { operation } = status ?? {};
  const hasMoved =
    operation?.kind === 'publish' && operation.key === spec.hostname && operation.phase === 'Succeeded';
  return hasMoved ? spec.hostname : status?.hostname;
}

function available({ deployment }: Snapshot, now: number): ConditionInput {
  const { status, message } = deployment
    ? kstatusOf(deployment, now)
    : { status: 'InProgress', message: 'there is no Deployment yet' };
  return status === 'Current'
    ? { type: 'Available', status: 'True', reason: 'AsExpected', message }
    : { type: 'Available', status: 'False', reason: 'PodsNotReady', message };
}

function published(snapshot: Snapshot): ConditionInput {
  const { hostname } = snapshot.website.spec;
  const type = 'Published';
  switch (snapshot.wanted) {
    case 'us':
      return { type, status: 'True', reason: 'AsExpected', message: `${hostname} leads here` };
    case 'nobody':
      return { type, status: 'False', reason: 'NotRegistered', message: `${hostname} is not registered yet` };
    case 'unknown':
      return { type, status: 'Unknown', reason: 'NoAnswer', message: 'the zone does not answer' };
    case 'others':
      return { type, status: 'False', reason: 'NameTaken', message: `${hostname} belongs to somebody else` };
  }
}
