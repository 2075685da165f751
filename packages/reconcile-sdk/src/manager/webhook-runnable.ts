import { systemClock, systemRandom } from '../clock/index.ts';
import { connect, type ClusterConfig } from '../client/index.ts';
import { type Metrics } from '../metrics/index.ts';
import { createWebhookServer, type WebhookServerOptions } from '../webhook/index.ts';
import { type Runnable } from './runnable.ts';

/** A webhook server's options, less what is made here. */
export interface WebhookRunnableOptions
  extends
    Omit<WebhookServerOptions, 'client' | 'observer' | 'clock' | 'random'>,
    Partial<Pick<WebhookServerOptions, 'clock' | 'random'>> {
  config: ClusterConfig;
  /** The manager's. */
  metrics: Metrics;
}

/**
 * Webhooks as a part of a manager: `manager.addRunnable(webhookRunnable({...}))`. Every replica serves, leader or not,
 * with a client of its own that no leadership fences, and /readyz waits for the certificate.
 */
export function webhookRunnable(options: WebhookRunnableOptions): Runnable {
  const { config, metrics, clock = systemClock, random = systemRandom } = options;
  const client = connect({ config, fieldManager: `${options.name}-webhook`, clock, random });
  const server = createWebhookServer({ ...options, client, clock, random, observer: metrics.webhooks });
  metrics.webhooks.known(options.webhooks.map(({ path }) => path));
  return {
    name: 'webhooks',
    on: 'always',
    convertedHere: options.webhooks
      .filter((webhook) => webhook.kind === 'converting')
      .map(({ resource }) => resource),
    async run(signal) {
      try {
        await server.run(signal);
      } finally {
        await client.close();
      }
    },
    notReady() {
      if (server.isReady()) return undefined;
      const problems = server.health().filter(({ ok }) => !ok);
      return problems.map(({ name, message }) => `${name}: ${message}`).join('; ') || 'starting';
    },
  };
}
