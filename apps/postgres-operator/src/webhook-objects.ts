import { webhookManifests, type ValidatingWebhookConfiguration } from '@stateful/reconcile-sdk';
import { configurationName, declaredWebhooks } from './webhook-server.ts';

/** `spec.conversion` of a CustomResourceDefinition, without `caBundle`. */
export interface ConversionStanza {
  strategy: 'Webhook';
  webhook: {
    conversionReviewVersions: string[];
    clientConfig: { service: { namespace: string; name: string; path: string } } | { url: string };
  };
}

/** What the API server has to be told about the webhooks, without `caBundle`: the operator writes that. */
export interface WebhookObjects {
  validating: ValidatingWebhookConfiguration[];
  /** By the name of the CustomResourceDefinition. */
  conversion: Record<string, ConversionStanza>;
}

/** For a chart: called through a Service. For tests: by URL (`https://HOST:PORT`) instead. `service` names it all. */
export function webhookObjects(service: string, at: { namespace: string } | { url: string }): WebhookObjects {
  const callAt = 'url' in at ? at : { service: { namespace: at.namespace, name: service } };
  const admission = declaredWebhooks.filter((webhook) => webhook.kind !== 'converting');
  const conversions = declaredWebhooks.filter((webhook) => webhook.kind === 'converting');
  const { validating } = webhookManifests({
    name: service,
    webhooks: admission,
    callAt,
    configurationOf: configurationName(service),
  });
  return {
    validating,
    conversion: Object.fromEntries(
      conversions.map(({ resource, path }) => [
        `${resource.plural}.${resource.group}`,
        {
          strategy: 'Webhook' as const,
          webhook: {
            conversionReviewVersions: ['v1'],
            clientConfig:
              'url' in callAt ? { url: `${callAt.url}${path}` } : { service: { ...callAt.service, path } },
          },
        },
      ]),
    ),
  };
}
