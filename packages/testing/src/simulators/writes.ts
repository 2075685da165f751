import { type KubeObject, type Resource } from '@stateful/reconcile-sdk';
import { equalJson } from '../api-server/json.ts';
import { type Live } from './kinds.ts';

/** One request to the API server. Objects are whole; those that are there carry the version they were read at. */
export type Write =
  | { readonly verb: 'create'; readonly resource: Resource; readonly object: KubeObject }
  | { readonly verb: 'update'; readonly resource: Resource; readonly object: KubeObject }
  | { readonly verb: 'status'; readonly resource: Resource; readonly object: Live; readonly status: object }
  | {
      readonly verb: 'delete';
      readonly resource: Resource;
      readonly object: Live;
      readonly gracePeriodSeconds?: number;
    }
  /** Puts a pod on a node, as the scheduler does. */
  | { readonly verb: 'bind'; readonly object: Live; readonly node: string };

/** What one look at an object led to. */
export interface Step {
  readonly writes: readonly Write[];
  /** When to look again though nothing changes, in milliseconds since the epoch. */
  readonly lookAt?: number | undefined;
}

/** The earlier of two times, either of which may be never. */
export const earlier = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b);

/** A step of several. */
export const joined = (steps: readonly Step[]): Step => ({
  writes: steps.flatMap(({ writes }) => writes),
  lookAt: steps.reduce<number | undefined>((soonest, { lookAt }) => earlier(soonest, lookAt), undefined),
});

/** A write of the status, unless it is already so. */
export function statusWrite(resource: Resource, object: Live & { status?: object }, status: object): Write[] {
  return equalJson(object.status ?? {}, status) ? [] : [{ verb: 'status', resource, object, status }];
}
