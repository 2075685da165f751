import { type KubeObject } from '../client/index.ts';
import { type ConditionInput } from './conditions.ts';
import { kstatusOfBuiltIn } from './kstatus-built-in.ts';

/** What kstatus, and with it kubectl, Flux and Argo, make of an object. */
export interface Kstatus {
  status: 'Current' | 'InProgress' | 'Failed' | 'Terminating' | 'Unknown';
  /** For people. */
  message: string;
}

/** What is looked at of any object. */
export interface StatusObject extends KubeObject {
  spec?: unknown;
  status?: unknown;
}

/**
 * The rules of kstatus (sigs.k8s.io/cli-utils, pkg/kstatus), as a pure function: deletion, generation, Reconciling
 * and Stalled, then those of built-in kinds, then Ready; what says nothing is Current. `now`, in milliseconds since
 * the epoch, matters for a pod that cannot be scheduled: it has 15 s.
 */
export function kstatusOf(object: StatusObject, now = Infinity): Kstatus {
  if (object.metadata?.deletionTimestamp) {
    return { status: 'Terminating', message: 'Resource scheduled for deletion' };
  }
  const { observedGeneration, conditions = [] } = (object.status ?? {}) as {
    observedGeneration?: number;
    conditions?: readonly ConditionInput[];
  };
  const generation = object.metadata?.generation;
  if (generation !== undefined && observedGeneration !== undefined && generation !== observedGeneration) {
    return {
      status: 'InProgress',
      message: `${object.kind ?? ''} generation is ${generation}, but latest observed generation is ${observedGeneration}`,
    };
  }
  // The first that is true in the list's order decides, as there.
  for (const { type, status, message } of conditions) {
    if (status !== 'True') continue;
    if (type === 'Reconciling') return { status: 'InProgress', message };
    if (type === 'Stalled') return { status: 'Failed', message };
  }
  return (
    kstatusOfBuiltIn(object, now) ??
    kstatusOfReady(conditions) ?? { status: 'Current', message: 'Resource is current' }
  );
}

function kstatusOfReady(conditions: readonly ConditionInput[]): Kstatus | undefined {
  for (const { type, status, message } of conditions) {
    if (type !== 'Ready') continue;
    if (status === 'True') return { status: 'Current', message: 'Resource is Ready' };
    if (status === 'False' || status === 'Unknown') return { status: 'InProgress', message };
  }
  return undefined;
}
