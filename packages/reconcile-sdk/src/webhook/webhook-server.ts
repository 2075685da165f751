import { whenAborted, type Clock, type Random } from '../clock/index.ts';
import { createReflector } from '../cache/index.ts';
import {
  resources,
  type KubeClient,
  type KubeObject,
  type ObjectKey,
  type Resource,
} from '../client/index.ts';
import { OperatorError } from '../errors/index.ts';
import { type Logger } from '../logging/index.ts';
import { configurationOf } from './admission/manifest.ts';
import { type AdmissionWebhook } from './admission/webhook.ts';
import { createFileSource } from './certificates/file-source.ts';
import { createCertificateKeeper, type CertificateHealth } from './certificates/keeper.ts';
import { type CertificatePolicy } from './certificates/machine.ts';
import { createSecretSource, type CertificateSource } from './certificates/source.ts';
import { bundleTargets, type BundleTarget } from './certificates/targets.ts';
import { createDispatch, type Webhook } from './server/dispatch.ts';
import { createHttpsServer } from './server/https-server.ts';
import { defaultLimits, type WebhookLimits } from './server/limits.ts';
import { type WebhookObserver } from './server/observer.ts';

/** An authority of our own, kept in a Secret and renewed by whichever replica is first. */
export interface BuiltInCertificates {
  kind: 'built-in';
  secret: ObjectKey;
  /** The Service through which the API server calls: its names are what the certificate speaks for. */
  service?: { namespace: string; name: string };
  /** Further DNS names and IP addresses, for webhooks that are configured by URL. */
  hosts?: readonly string[];
  /** Default: authority 365 days, certificate 90 days, 30 s for the API server to follow, 1 h of clock skew. */
  policy?: Partial<CertificatePolicy>;
}

/** `tls.crt`, `tls.key` and perhaps `ca.crt` in a folder, renewed by somebody else. */
export interface CertificateFiles {
  kind: 'files';
  dir: string;
  /** Write `ca.crt` as `caBundle` too. Default false: cert-manager's injector does. */
  injectBundle?: boolean;
  /** Default 10 s. */
  pollMs?: number;
}

/** What `createWebhookServer` needs. */
export interface WebhookServerOptions {
  /** Of the operator, such as `postgres-operator`. */
  name: string;
  /** Such as `:9443`. */
  address: string;
  webhooks: readonly Webhook[];
  certificates: BuiltInCertificates | CertificateFiles;
  /**
   * Not fenced: every replica serves and keeps certificates. Its field manager should be its own, such as
   * `NAME-webhook`, since it owns `caBundle` alone.
   */
  client: KubeClient;
  /** Name of the webhook configuration that the chart makes for a webhook. Default `configurationOf`. */
  configurationOf?: (operator: string, webhook: AdmissionWebhook) => string;
  limits?: Partial<WebhookLimits>;
  /** After the signal it goes on serving for so long, while endpoints forget this pod. Default 3 s. */
  lameDuckMs?: number;
  /** Then what is under way may take this long. Default 10 s. */
  drainMs?: number;
  clock: Clock;
  random: Random;
  log: Logger;
  observer?: WebhookObserver;
}

/** Serves admission and conversion to the API server. Every replica runs one; none needs to lead. */
export interface WebhookServer {
  /** Serves until the signal aborts, then drains. Fails only when it cannot listen. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * It listens, has a valid certificate, and once it has been: the API server trusted that certificate wherever our
   * answer is required. Lost only by an expired certificate and by the stop.
   */
  isReady(): boolean;
  /** Line by line what is well and what is not, for /readyz and people. */
  health(): readonly CertificateHealth[];
  /** The port that is listened on, once it is. */
  port(): number | undefined;
  /** Looks at certificates and bundles now. */
  wake(): void;
}

const day = 86_400_000;
/** A year for authorities, 90 days for certificates, 30 s for API servers to follow, 1 h of clock skew. */
export const defaultCertificatePolicy: CertificatePolicy = {
  authorityMs: 365 * day,
  servingMs: 90 * day,
  propagationMs: 30_000,
  clockSkewMs: 3_600_000,
};

/**
 * Serves `webhooks` over HTTPS once it runs. Throws `bad-configuration` for two webhooks of one path or name, for
 * lifetimes that leave no room for rotation, and for certificates without a host.
 */
export function createWebhookServer(options: WebhookServerOptions): WebhookServer {
  const { name, clock, random, log, client, webhooks, certificates } = options;
  const observer = options.observer ?? {};
  const limits = { ...defaultLimits, ...options.limits };
  const policy = policyOf(certificates);
  refuseTwins(webhooks);
  const targets = targetsOf(options);
  let isDraining = false;
  let hasBeenTrusted = false;

  const https = createHttpsServer({
    handle: createDispatch({ webhooks, limits, clock, log, observer, isDraining: () => isDraining }),
    limits,
    clock,
  });
  const { promise: hasCertificate, resolve: gotCertificate } = Promise.withResolvers<void>();
  const keeper = createCertificateKeeper({
    name,
    source: sourceOf(options),
    targets,
    hosts: certificates.kind === 'built-in' ? hostsOf(certificates) : [],
    client,
    clock,
    random,
    log,
    policy,
    onServing(serving) {
      https.use(serving);
      gotCertificate();
    },
    ...(observer.certificateRead ? { onRead: observer.certificateRead } : {}),
  });

  /** Nothing is kept of what is watched: a change only says that it is time to look. */
  function watch(signal: AbortSignal): Promise<void>[] {
    const watched: { resource: Resource; key: ObjectKey }[] = [
      ...(certificates.kind === 'built-in'
        ? [{ resource: resources.secrets as Resource, key: certificates.secret }]
        : []),
      ...targets.map((target) => ({ resource: target.resource, key: { name: target.name } })),
    ];
    return watched.map(({ resource, key }) =>
      createReflector<KubeObject>({
        client,
        resource,
        ...(key.namespace ? { namespace: key.namespace } : {}),
        fieldSelector: `metadata.name=${key.name}`,
        metadataOnly: true,
        clock,
        random,
        onChange: () => keeper.wake(),
        onFailure: (error) => log.debug({ object: key.name, reason: error.code }, 'watch of a certificate'),
      }).run(signal),
    );
  }

  const isReady = (): boolean => {
    hasBeenTrusted ||= keeper.isTrusted();
    return hasBeenTrusted && !isDraining && keeper.serving() !== undefined && https.port() !== undefined;
  };
  return {
    isReady,
    port: () => https.port(),
    wake: () => keeper.wake(),
    health: () => [
      {
        name: 'listener',
        ok: https.port() !== undefined && !isDraining,
        message: isDraining ? 'stopping' : https.port() === undefined ? 'not yet listening' : 'listening',
      },
      ...keeper.health(),
    ],
    async run(signal) {
      const keeping = new AbortController();
      const kept = Promise.all([keeper.run(keeping.signal), ...watch(keeping.signal)]);
      try {
        await Promise.race([hasCertificate, whenAborted(signal), kept]);
        if (!signal.aborted) {
          await https.listen(options.address);
          log.info({ port: https.port(), webhooks: webhooks.map(({ path }) => path) }, 'webhooks are served');
          await Promise.race([whenAborted(signal), kept]);
          isDraining = true;
          await clock.sleep(options.lameDuckMs ?? 3_000);
        }
      } finally {
        isDraining = true;
        await https.close(options.drainMs ?? 10_000);
        keeping.abort();
        await kept;
      }
    },
  };
}

function sourceOf({ certificates, client, name }: WebhookServerOptions): CertificateSource {
  return certificates.kind === 'built-in'
    ? createSecretSource({ client, secret: certificates.secret, managedBy: name })
    : createFileSource(certificates);
}

function hostsOf({ service, hosts = [] }: BuiltInCertificates): string[] {
  const base = service && `${service.name}.${service.namespace}.svc`;
  const all = [...(service && base ? [base, `${base}.cluster.local`, service.name] : []), ...hosts];
  if (all.length === 0) {
    throw new OperatorError('bad-configuration', 'webhook certificates need a service or hosts to speak for');
  }
  return all;
}

function targetsOf(options: WebhookServerOptions): BundleTarget[] {
  const { webhooks, certificates, name: operator } = options;
  if (certificates.kind === 'files' && !certificates.injectBundle) return [];
  const nameOf = options.configurationOf ?? configurationOf;
  return bundleTargets({
    admission: webhooks
      .filter((webhook) => webhook.kind !== 'converting')
      .map((webhook) => ({
        kind: webhook.kind,
        name: webhook.name,
        configuration: nameOf(operator, webhook),
      })),
    definitions: webhooks
      .filter((webhook) => webhook.kind === 'converting')
      .map(({ resource }) => `${resource.plural}.${resource.group}`),
  });
}

/** Lifetimes that leave no room for one step after the other are refused at the start, not met at night. */
function policyOf(certificates: BuiltInCertificates | CertificateFiles): CertificatePolicy {
  const policy = {
    ...defaultCertificatePolicy,
    ...(certificates.kind === 'built-in' ? certificates.policy : {}),
  };
  const { authorityMs, servingMs, propagationMs, clockSkewMs } = policy;
  if (servingMs * 3 > authorityMs || propagationMs * 4 > servingMs || clockSkewMs * 4 > servingMs) {
    throw new OperatorError(
      'bad-configuration',
      'webhook certificates must live for at most a third of the authority, and at least four times as long as propagation and clock skew',
    );
  }
  return policy;
}

function refuseTwins(webhooks: readonly Webhook[]): void {
  for (const [index, webhook] of webhooks.entries()) {
    const twin = webhooks
      .slice(0, index)
      .find((other) => other.path === webhook.path || other.name === webhook.name);
    if (twin)
      throw new OperatorError(
        'bad-configuration',
        `two webhooks share the path ${webhook.path} or the name ${webhook.name}`,
      );
  }
}
