import {
  electionRules,
  mergedRules,
  planRules,
  storageMigrationRules,
  webhookRules,
  type PolicyRule,
  type WebhookRules,
} from '@stateful/reconcile-sdk';
import { postgresClusterDeclaration } from './controllers/postgres-cluster/definition.ts';
import { operatorName } from './operator-name.ts';
import { postgresClusters } from './postgres-clusters.ts';
import { configurationName, declaredWebhooks } from './webhook-server.ts';

/**
 * Rights in each namespace that the operator works in. It hands out Roles to instances and backups, and
 * Kubernetes lets nobody hand out what they do not hold; so it holds all of those too, rather than the rights
 * `escalate` and `bind`, with which it could give itself anything. What admission reads is among them.
 */
export const operatorRules: PolicyRule[] = mergedRules(planRules(postgresClusterDeclaration));

/** What it does beside that where it works in all namespaces: rewrite what is stored in an older version. */
export const allNamespacesRules: PolicyRule[] = storageMigrationRules(postgresClusters);

/** Rights in the operator's own namespace: the Lease of its leader. */
export const leaderElectionRules: PolicyRule[] = mergedRules(electionRules(operatorName));

/**
 * Rights of the webhook server with certificates of its own: on its Secret, in the operator's namespace, and on what
 * the API server is told about it, each by name.
 */
export const webhookServerRules = (service: string): WebhookRules =>
  webhookRules({
    operator: operatorName,
    secret: service,
    webhooks: declaredWebhooks,
    configurationOf: configurationName(service),
  });
