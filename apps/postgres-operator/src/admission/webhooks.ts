import { type PostgresCluster } from '@stateful/postgres-api';
import {
  describeError,
  validating,
  type AdmissionWebhook,
  type KubeObject,
  type MatchCondition,
  type Resource,
} from '@stateful/reconcile-sdk';
import { postgresClusters } from '../postgres-clusters.ts';
import { reviewCluster, type AdmissionOptions } from './review-cluster.ts';

/** `scale` of a cluster, as `kubectl scale` and autoscalers write it. */
interface Scale extends KubeObject {
  spec?: { replicas?: number };
}

/**
 * Labels, annotations, finalizers and owners are not judged, so they go on changing while no webhook is there: garbage
 * collection, and whoever has to look after the rest of the cluster, never wait for this operator.
 */
const specChanges: readonly MatchCondition[] = [
  { name: 'the-spec-changes', expression: "request.operation == 'CREATE' || object.spec != oldObject.spec" },
];

/** The admission webhooks of this operator: one for the object, one for its sub-resource `scale`. */
export const admissionWebhooks = (options: AdmissionOptions): AdmissionWebhook[] => [
  validating(postgresClusters, {
    operations: ['CREATE', 'UPDATE'],
    matchConditions: specChanges,
    handler: (request) => reviewCluster(request.object, request.oldObject, request, options),
  }),
  validating(postgresClusters as Resource as Resource<Scale>, {
    name: `validate-scale.${postgresClusters.plural}.${postgresClusters.group}`,
    operations: ['UPDATE'],
    subresources: ['scale'],
    matchConditions: specChanges,
    // What is scaled is known only from the object itself, and so is whether that number is too small.
    async handler({ name, namespace = '', object, signal }) {
      let cluster: PostgresCluster;
      try {
        cluster = await options.client.get(
          postgresClusters,
          { namespace, name },
          { signal, timeoutMs: 4_000 },
        );
      } catch (error) {
        return {
          denied: `PostgresCluster "${name}" cannot be scaled to ${object.spec?.replicas ?? 0}`,
          code: 500,
          fields: [
            {
              field: 'spec.replicas',
              message: `the cluster could not be read (${describeError(error)}): try again`,
            },
          ],
        };
      }
      const replicas = object.spec?.replicas ?? 0;
      const generation = (cluster.metadata?.generation ?? 0) + 1;
      const wanted = {
        ...cluster,
        metadata: { ...cluster.metadata, generation },
        spec: { ...cluster.spec, replicas },
      };
      return reviewCluster(wanted, cluster, { signal, requestVersion: undefined }, options);
    },
  }),
];
