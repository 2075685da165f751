import { type AdmissionWebhook } from './webhook.ts';
import {
  type MutatingWebhookConfiguration,
  type ValidatingWebhookConfiguration,
} from '../certificates/targets.ts';

/** What `webhookManifests` needs. */
export interface ManifestOptions {
  /** Of the operator, as the server has it. */
  name: string;
  webhooks: readonly AdmissionWebhook[];
  /** How the API server calls a path: a Service, or a URL outside the cluster. */
  callAt: { service: { namespace: string; name: string; port?: number } } | { url: string };
  /** As the server has it. Default `configurationOf`. */
  configurationOf?: (operator: string, webhook: AdmissionWebhook) => string;
  /** Default Fail: what cannot be checked does not happen. */
  failurePolicy?: 'Fail' | 'Ignore';
  /** Default 10 s. */
  timeoutSeconds?: number;
  labels?: Record<string, string>;
}

/**
 * The object that a webhook is configured in, by default one for each: `OPERATOR.WEBHOOK`. In an object of several,
 * none could be taken out again by a server-side apply (Helm 4): the `caBundle`, which the server owns, would stay
 * behind and make what is left invalid.
 */
export const configurationOf = (operator: string, webhook: Pick<AdmissionWebhook, 'name'>): string =>
  `${operator}.${webhook.name}`;

/**
 * The webhook configurations that belong to these webhooks, for a chart or a test to render. Without `caBundle`: the
 * server writes that, and whoever rendered it would take it away again.
 */
export function webhookManifests(options: ManifestOptions): {
  validating: ValidatingWebhookConfiguration[];
  mutating: MutatingWebhookConfiguration[];
} {
  const of = (kind: AdmissionWebhook['kind'], configurationKind: string) => {
    const nameOf = options.configurationOf ?? configurationOf;
    const found = options.webhooks.filter((webhook) => webhook.kind === kind);
    return [...Map.groupBy(found, (webhook) => nameOf(options.name, webhook))].map(([name, webhooks]) => ({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: configurationKind,
      metadata: { name, ...(options.labels ? { labels: options.labels } : {}) },
      webhooks: webhooks.map((webhook) => entry(webhook, options)),
    }));
  };
  return {
    validating: of('validating', 'ValidatingWebhookConfiguration'),
    mutating: of('mutating', 'MutatingWebhookConfiguration'),
  };
}

function entry(
  { name, path, resource, operations, subresources, matchConditions }: AdmissionWebhook,
  { callAt, failurePolicy = 'Fail', timeoutSeconds = 10 }: ManifestOptions,
) {
  const names =
    subresources.length > 0 ? subresources.map((sub) => `${resource.plural}/${sub}`) : [resource.plural];
  return {
    name,
    clientConfig:
      'service' in callAt ? { service: { ...callAt.service, path } } : { url: `${callAt.url}${path}` },
    rules: [
      {
        apiGroups: [resource.group],
        apiVersions: [resource.version],
        operations: [...operations],
        resources: names,
        scope: resource.namespaced ? 'Namespaced' : 'Cluster',
      },
    ],
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    // Other versions are converted to ours before they are sent.
    matchPolicy: 'Equivalent',
    failurePolicy,
    timeoutSeconds,
    ...(matchConditions.length > 0 ? { matchConditions: matchConditions.map((one) => ({ ...one })) } : {}),
  };
}
