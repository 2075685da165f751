import { names } from '@stateful/postgres-api';
import { child, resources, type DesiredChild } from '@stateful/reconcile-sdk';
import { instanceSelector } from '../labels.ts';
import { metadataOf, type Shape } from './shape.ts';

/**
 * One instance at a time may be evicted, the primary too: its agent hands over before it stops. A budget that
 * never lets the primary go would leave `kubectl drain` waiting for ever, and one over the primary alone would
 * let both replicas go at once, which stops writes just as well. Instances that are broken do not hold a drain up.
 */
export function disruptionBudget(shape: Shape): DesiredChild {
  return child(resources.podDisruptionBudgets, {
    metadata: metadataOf(shape, names.disruptionBudget(shape.name)),
    spec: {
      maxUnavailable: 1,
      selector: { matchLabels: instanceSelector(shape.name) },
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  });
}
