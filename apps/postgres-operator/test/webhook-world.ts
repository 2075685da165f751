import {
  connect,
  createLogger,
  createMetrics,
  loadKubeConfig,
  resources,
  systemClock,
  validatingWebhookConfigurations,
  type BuiltInCertificates,
  type KubeClient,
  type PolicyRule,
} from '@stateful/reconcile-sdk';
import { eventually, freePort, startBalancer, type Balancer } from '@stateful/local-cluster';
import { operatorRules, operatorWebhooks, webhookObjects, webhookServerRules } from '../src/index.ts';
import { versions } from './admission-cases.ts';
import { grantEverywhere, roleRef, startPlane, userSubject, type Plane } from './plane.ts';

export const service = 'postgres-operator-webhook';
export const operatorNamespace = 'ops';
const definition = 'postgresclusters.db.example.com';

/** One process of the operator, as far as webhooks go. */
export interface Replica {
  readonly port: number;
  /** What it still waits for; undefined: ready. */
  notReady(): string | undefined;
  stop(): Promise<void>;
}

export interface WebhookWorld extends Plane {
  readonly balancer: Balancer;
  /** Starts one more, with the rights of `account` and no others; it is not routed to by itself. */
  startReplica(account?: string): Promise<Replica>;
  /** Gives `account` rights: in all namespaces, as the chart does, unless they are the Secret's. */
  grant(account: string, rules: readonly PolicyRule[]): Promise<void>;
  /** Tells the API server of the webhooks, at the balancer, and of the conversion. */
  install(): Promise<void>;
}

/** A real API server, and in front of any number of webhook servers what a Service would be. */
export async function startWebhookWorld(policy: BuiltInCertificates['policy'] = {}): Promise<WebhookWorld> {
  const plane = await startPlane();
  const { user } = plane;
  const balancer = await startBalancer([]);
  const url = `https://127.0.0.1:${balancer.port}`;
  const stops: (() => Promise<void>)[] = [];
  const { secret, cluster } = webhookServerRules(service);
  const create = (resource: Parameters<KubeClient['create']>[0], object: object) =>
    user.create(resource, object);

  async function grant(account: string, rules: readonly PolicyRule[]): Promise<void> {
    await grantEverywhere(user, account, [...rules, ...cluster]);
    const metadata = { namespace: operatorNamespace, name: account };
    await create(resources.roles, { metadata, rules: secret });
    await create(resources.roleBindings, {
      metadata,
      roleRef: roleRef('Role', account),
      subjects: [userSubject(account)],
    });
  }

  await user.create(resources.namespaces, { metadata: { name: operatorNamespace } });
  await grant('webhooks', operatorRules);

  return {
    ...plane,
    balancer,
    grant,
    async startReplica(account = 'webhooks') {
      const config = await loadKubeConfig({ path: plane.plane.kubeconfigFor(account) });
      const client = connect({ config, fieldManager: 'postgres-operator' });
      const port = await freePort('127.0.0.1');
      const runnable = operatorWebhooks(
        {
          address: `127.0.0.1:${port}`,
          service,
          namespace: operatorNamespace,
          hosts: ['127.0.0.1'],
          certificatesDir: undefined,
          policy: { propagationMs: 500, ...policy },
        },
        { client, versions },
        {
          config,
          log: createLogger({ name: 'webhooks', destination: { write: () => undefined } }),
          metrics: createMetrics({ prefix: 'postgres_operator', clock: systemClock }),
        },
      );
      const ending = new AbortController();
      const ended = runnable.run(ending.signal);
      const stop = async (): Promise<void> => {
        ending.abort();
        await ended;
        await client.close();
      };
      stops.push(stop);
      return { port, notReady: () => runnable.notReady?.(), stop };
    },
    async install() {
      const { validating, conversion } = webhookObjects(service, { url });
      for (const configuration of validating) {
        for (const webhook of configuration.webhooks ?? [])
          webhook.namespaceSelector = {
            matchExpressions: [
              { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: [operatorNamespace] },
            ],
          };
        await user.create(validatingWebhookConfigurations, configuration);
      }
      await user.mergePatch(
        resources.customResourceDefinitions,
        { name: definition },
        {
          spec: { conversion: conversion[definition] },
        },
      );
    },
    async stop() {
      for (const stop of stops) await stop();
      await balancer.stop();
      await plane.stop();
    },
  };
}

export const isReady = (replica: Replica): Promise<void> =>
  eventually('the webhooks are ready', () => {
    const why = replica.notReady();
    if (why !== undefined) throw new Error(why);
  });
