import type {
  V1MutatingWebhookConfiguration,
  V1ValidatingWebhookConfiguration,
} from '@kubernetes/client-node';
import {
  defineResource,
  resourceText,
  resources,
  type CustomResourceDefinition,
  type Json,
  type KubeObject,
  type Resource,
} from '../../client/index.ts';
import { inspectBundle, type Inspected } from './inspect.ts';

/** As it travels. */
export type ValidatingWebhookConfiguration = Json<V1ValidatingWebhookConfiguration>;
/** As it travels. */
export type MutatingWebhookConfiguration = Json<V1MutatingWebhookConfiguration>;

const group = 'admissionregistration.k8s.io';
/** The kind, for clients. */
export const validatingWebhookConfigurations = defineResource<ValidatingWebhookConfiguration>(
  group,
  'v1',
  'ValidatingWebhookConfiguration',
  'validatingwebhookconfigurations',
  'cluster',
);
/** The kind, for clients. */
export const mutatingWebhookConfigurations = defineResource<MutatingWebhookConfiguration>(
  group,
  'v1',
  'MutatingWebhookConfiguration',
  'mutatingwebhookconfigurations',
  'cluster',
);

/** An object of the API that tells the API server whom to trust when it calls us. */
export interface BundleTarget {
  readonly resource: Resource;
  readonly name: string;
  /** Names of our webhooks in a webhook configuration; absent for a CRD, which has one conversion. */
  readonly webhooks?: readonly string[];
}

/** One `caBundle` as it is now. */
export interface BundleEntry {
  /** `validatingwebhookconfigurations.admissionregistration.k8s.io NAME: WEBHOOK`, for people and as a key. */
  readonly name: string;
  readonly target: BundleTarget;
  /** Its name in the webhook configuration; absent for a CRD. */
  readonly webhook: string | undefined;
  /** Undefined where nothing, or nothing that can be read, stands there. */
  readonly bundle: readonly Inspected[];
  /** Calls fail when this server cannot be reached or trusted. */
  readonly isRequired: boolean;
}

/** What the API has of one target. */
export interface TargetState {
  readonly entries: readonly BundleEntry[];
  /** What is absent, for people. */
  readonly missing: readonly string[];
  /** The precondition of the next write. */
  readonly resourceVersion: string | undefined;
  /** Differs whenever the specification does. */
  readonly signature: string;
  /** When the API server says that it last changed, in milliseconds since the epoch. */
  readonly changedAt: number | undefined;
}

export const targetText = ({ resource, name }: BundleTarget): string => `${resourceText(resource)} ${name}`;

interface Entry {
  name: string;
  clientConfig?: { caBundle?: string };
  failurePolicy?: string;
}

const read = (caBundle: string | undefined): Inspected[] =>
  inspectBundle(Buffer.from(caBundle ?? '', 'base64').toString('latin1'));

/** Reads a target as the API server returned it; undefined: there is no such object. */
export function readTarget(target: BundleTarget, object: KubeObject | undefined): TargetState {
  const text = targetText(target);
  const nothing = (why: string): TargetState => ({
    entries: [],
    missing: [why],
    resourceVersion: object?.metadata?.resourceVersion,
    signature: `${text} -`,
    changedAt: undefined,
  });
  if (!object) return nothing(`${text} does not exist`);
  const { uid, generation, resourceVersion } = object.metadata ?? {};
  const signature = `${text} ${uid} ${generation}`;
  const changedAt = lastChange(object);
  if (!target.webhooks) {
    const conversion = (object as CustomResourceDefinition).spec?.conversion;
    if (conversion?.strategy !== 'Webhook') return nothing(`${text} does not convert by webhook`);
    const bundle = read(conversion.webhook?.clientConfig?.caBundle);
    const entry = { name: text, target, webhook: undefined, bundle, isRequired: true };
    return { entries: [entry], missing: [], resourceVersion, signature, changedAt };
  }
  const present = (object as { webhooks?: Entry[] }).webhooks ?? [];
  const ours = present.filter(({ name }) => target.webhooks?.includes(name));
  return {
    entries: ours.map(({ name, clientConfig, failurePolicy }) => ({
      name: `${text}: ${name}`,
      target,
      webhook: name,
      bundle: read(clientConfig?.caBundle),
      isRequired: failurePolicy !== 'Ignore',
    })),
    missing: target.webhooks
      .filter((name) => !ours.some((entry) => entry.name === name))
      .map((name) => `${text} has no webhook ${name}`),
    resourceVersion,
    signature,
    changedAt,
  };
}

/** A target of which nobody knows what it holds, for want of rights. */
export function unreadable(target: BundleTarget, why: string): TargetState {
  const text = targetText(target);
  return {
    entries: [{ name: text, target, webhook: undefined, bundle: [], isRequired: true }],
    missing: [`${text} cannot be read: ${why}`],
    resourceVersion: undefined,
    signature: `${text} ?`,
    changedAt: undefined,
  };
}

function lastChange(object: KubeObject): number | undefined {
  const times = (object.metadata?.managedFields ?? [])
    .filter(({ subresource }) => !subresource)
    .map(({ time }) => Date.parse(time ?? ''))
    .filter((time) => !Number.isNaN(time));
  return times.length > 0 ? Math.max(...times) : undefined;
}

/**
 * The new `caBundle` of an entry, PEM: all that is trusted there and not long expired, and all that should be.
 * Trust only grows, apart from what time ends, so that a late writer takes nothing away from an early one.
 */
export function mergeBundle(
  present: readonly Inspected[],
  authorities: readonly Inspected[],
  now: number,
  clockSkewMs: number,
): string {
  const alive = authorities.filter(({ notAfter }) => notAfter > now);
  const kept = present.filter(
    ({ id, notAfter }) => notAfter + clockSkewMs >= now && !alive.some((authority) => authority.id === id),
  );
  return [...alive, ...kept].map(({ pem }) => pem).join('');
}

/**
 * The server-side apply that gives every entry of one target its bundle, and touches nothing else. All entries
 * stand in it: one left out would lose its bundle.
 */
export function bundlePatch(
  target: BundleTarget,
  state: TargetState,
  bundleOf: (entry: BundleEntry) => string,
): KubeObject {
  const encoded = (entry: BundleEntry): string => Buffer.from(bundleOf(entry), 'latin1').toString('base64');
  const metadata = {
    name: target.name,
    ...(state.resourceVersion ? { resourceVersion: state.resourceVersion } : {}),
  };
  if (!target.webhooks) {
    const [entry] = state.entries;
    const webhook = { clientConfig: { caBundle: entry ? encoded(entry) : '' } };
    return { metadata, spec: { conversion: { webhook } } } as KubeObject;
  }
  const webhooks = state.entries.map((entry) => ({
    name: entry.webhook,
    clientConfig: { caBundle: encoded(entry) },
  }));
  return { metadata, webhooks } as KubeObject;
}

/** Where the authorities of these webhooks have to be made known: each object once. */
export function bundleTargets(names: {
  admission: readonly { kind: 'validating' | 'mutating'; name: string; configuration: string }[];
  /** `PLURAL.GROUP` */
  definitions: readonly string[];
}): BundleTarget[] {
  const configurations = new Map<string, { resource: Resource; name: string; webhooks: string[] }>();
  for (const { kind, name, configuration } of names.admission) {
    const resource = kind === 'validating' ? validatingWebhookConfigurations : mutatingWebhookConfigurations;
    const key = `${kind} ${configuration}`;
    const target = configurations.get(key) ?? { resource, name: configuration, webhooks: [] };
    target.webhooks.push(name);
    configurations.set(key, target);
  }
  return [
    ...configurations.values(),
    ...names.definitions.map((name) => ({ resource: resources.customResourceDefinitions, name })),
  ];
}
