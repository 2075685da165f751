import { isFields, type Fields, type Stored } from '../json.ts';
import { type LabelSelector } from '../label-selector.ts';
import { type WebhookTarget } from '../outside/outside.ts';
import { type RevisionStore } from '../store/revision-store.ts';

/** Which writes a webhook is asked about. */
export interface WebhookRule {
  apiGroups: readonly string[];
  apiVersions: readonly string[];
  resources: readonly string[];
  operations: readonly string[];
  scope: '*' | 'Namespaced' | 'Cluster';
}

/** One webhook of a configuration, as it is stored: with defaults. */
export interface Webhook {
  name: string;
  clientConfig: ClientConfig;
  rules?: readonly WebhookRule[];
  failurePolicy: 'Fail' | 'Ignore';
  matchPolicy: 'Exact' | 'Equivalent';
  namespaceSelector: LabelSelector;
  objectSelector: LabelSelector;
  matchConditions?: readonly { name: string; expression: string }[];
  sideEffects: 'None' | 'NoneOnDryRun' | 'Some' | 'Unknown';
  timeoutSeconds: number;
  reinvocationPolicy?: 'Never' | 'IfNeeded';
}

/** Where a webhook is, as admission and conversion say it. */
export interface ClientConfig {
  url?: string;
  service?: { name: string; namespace: string; path?: string; port?: number };
  /** PEM in base64. */
  caBundle?: string;
}

export function targetOf({ url, service, caBundle }: ClientConfig): WebhookTarget {
  const { name, namespace, path = '', port = 443 } = service ?? { name: '', namespace: '' };
  return {
    url: url ?? `https://${name}.${namespace}.svc:${port}${path}`,
    ...(caBundle ? { ca: Buffer.from(caBundle, 'base64').toString('utf8') } : {}),
  };
}

const group = 'admissionregistration.k8s.io';

/** The webhooks that are registered, in the order in which they are called; read when they have changed. */
export function createWebhookList(store: RevisionStore) {
  const read = (plural: string): Webhook[] =>
    (store.list(`${plural}.${group}`) ?? [])
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .flatMap((configuration: Stored) => {
        const hooks: unknown[] = Array.isArray(configuration['webhooks']) ? configuration['webhooks'] : [];
        return hooks.filter(isFields) as (Fields & Webhook)[];
      });
  let held: { mutating: Webhook[]; validating: Webhook[] } = { mutating: [], validating: [] };
  store.onChange(({ of }) => {
    if (!of.endsWith(group)) return;
    held = {
      mutating: read('mutatingwebhookconfigurations'),
      validating: read('validatingwebhookconfigurations'),
    };
  });
  return (): Readonly<typeof held> => held;
}
