import { resources } from '../client/index.ts';
import {
  configurationOf,
  mutatingWebhookConfigurations,
  validatingWebhookConfigurations,
  type Webhook,
} from '../webhook/index.ts';
import { ruleOn, type PolicyRule } from './policy-rule.ts';

/** What a webhook server that keeps its own certificates may do, and where. */
export interface WebhookRules {
  /** In the namespace of the Secret. */
  readonly secret: PolicyRule[];
  /** On cluster-scoped objects, each by its name. */
  readonly cluster: PolicyRule[];
}

/** The rights of `webhookRunnable` with built-in certificates; `configurationOf` as the server has it. */
export function webhookRules(options: {
  operator: string;
  secret: string;
  webhooks: readonly Webhook[];
  configurationOf?: typeof configurationOf;
}): WebhookRules {
  const { operator, secret, webhooks } = options;
  const nameOf = options.configurationOf ?? configurationOf;
  const keep = ['get', 'list', 'watch', 'patch'];
  const named = (kind: 'validating' | 'mutating'): string[] => [
    ...new Set(webhooks.flatMap((webhook) => (webhook.kind === kind ? [nameOf(operator, webhook)] : []))),
  ];
  const definitions = webhooks.flatMap((webhook) =>
    webhook.kind === 'converting' ? [`${webhook.resource.plural}.${webhook.resource.group}`] : [],
  );
  return {
    secret: [ruleOn(resources.secrets, ['create']), ruleOn(resources.secrets, keep, { names: [secret] })],
    cluster: [
      { resource: validatingWebhookConfigurations, names: named('validating') },
      { resource: mutatingWebhookConfigurations, names: named('mutating') },
      { resource: resources.customResourceDefinitions, names: definitions },
    ]
      .filter(({ names }) => names.length > 0)
      .map(({ resource, names }) => ruleOn(resource, keep, { names })),
  };
}
