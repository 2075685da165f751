import {
  webhookRunnable,
  type AdmissionWebhook,
  type BuiltInCertificates,
  type CertificateFiles,
  type ConversionWebhook,
  type Runnable,
  type WebhookRunnableOptions,
} from '@stateful/reconcile-sdk';
import { admissionWebhooks } from './admission/webhooks.ts';
import { type AdmissionOptions } from './admission/review-cluster.ts';
import { conversionWebhooks } from './conversion/webhooks.ts';
import { operatorName } from './operator-name.ts';

/** All webhooks of this operator. */
export const webhooks = (options: AdmissionOptions): (AdmissionWebhook | ConversionWebhook)[] => [
  ...admissionWebhooks(options),
  ...conversionWebhooks(),
];

/** The same, for whoever only wants to know their names and paths. */
export const declaredWebhooks = webhooks({
  versions: [],
  get client(): never {
    throw new Error('these webhooks are only declared');
  },
});

/**
 * Name of the configuration object of a webhook. It is cluster-scoped, so it begins with the name of the Service,
 * which no two releases share.
 */
export const configurationName =
  (service: string) =>
  (_operator: string, webhook: Pick<AdmissionWebhook, 'name'>): string =>
    `${service}.${webhook.name}`;

export interface WebhookServerSettings {
  readonly address: string;
  /** The Service that the API server calls; the Secret of the certificates has the same name. */
  readonly service: string;
  readonly namespace: string;
  /** Further names and addresses that the certificate speaks for. */
  readonly hosts: readonly string[];
  /** A folder of certificates that somebody else renews; undefined: an authority of our own. */
  readonly certificatesDir: string | undefined;
  readonly policy?: BuiltInCertificates['policy'];
}

/**
 * How long API servers may take to see another authority. The first start waits so long before it is ready; they hear
 * of it by a watch, within a second when all is well.
 */
const propagationMs = 10_000;

/** The webhook server as a part of the manager: on every replica, leader or not. */
export function operatorWebhooks(
  settings: WebhookServerSettings,
  admission: AdmissionOptions,
  rest: Pick<WebhookRunnableOptions, 'config' | 'log' | 'metrics'>,
): Runnable {
  const { address, service, namespace, hosts, certificatesDir, policy } = settings;
  const certificates: BuiltInCertificates | CertificateFiles =
    certificatesDir === undefined
      ? {
          kind: 'built-in',
          secret: { namespace, name: service },
          service: { namespace, name: service },
          hosts,
          policy: { propagationMs, ...policy },
        }
      : { kind: 'files', dir: certificatesDir };
  return webhookRunnable({
    ...rest,
    name: operatorName,
    address,
    certificates,
    webhooks: webhooks(admission),
    configurationOf: configurationName(service),
  });
}
