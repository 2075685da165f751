import {
  convertReview,
  type AdmissionReviewRequest,
  type AdmissionWebhook,
  type ConversionReviewRequest,
  type Webhook,
} from '@stateful/reconcile-sdk';
import { type ApiServer } from '../api-server/index.ts';
import { UnansweredError } from '../api-server/outside/outside.ts';

/** The webhook servers of an operator, as one. */
export interface WebhookBackend {
  /** How often each webhook was asked, by its path. */
  readonly asked: ReadonlyMap<string, number>;
  /** While true nobody listens there. */
  setDown(isDown: boolean): void;
}

/**
 * Serves the webhooks of an operator at `url` (`https://HOST:PORT`) in this process, on the clock that the server has. Register
 * them as for the real one: `validatingWebhookConfigurations`, and `spec.conversion` of the CRD, with the same `url`.
 */
export function serveWebhooks(
  server: Pick<ApiServer, 'serveWebhook'>,
  url: string,
  webhooks: readonly Webhook[],
): WebhookBackend {
  const asked = new Map<string, number>();
  let isDown = false;
  for (const webhook of webhooks) {
    const at = `${url}${webhook.path}`;
    server.serveWebhook(at, (review) => {
      if (isDown) throw new UnansweredError(`Post "${at}": dial tcp: connect: connection refused`);
      asked.set(webhook.path, (asked.get(webhook.path) ?? 0) + 1);
      return answered(webhook, review as { request: unknown });
    });
  }
  return { asked, setDown: (next) => void (isDown = next) };
}

async function answered(webhook: Webhook, { request, ...review }: { request: unknown }): Promise<object> {
  return { ...review, response: await decide(webhook, request) };
}

const decide = (webhook: Webhook, request: unknown) =>
  webhook.kind === 'converting'
    ? convertReview(webhook, request as ConversionReviewRequest, {
        breathe: () => Promise.resolve(),
        report: () => undefined,
      })
    : admit(webhook, request as AdmissionReviewRequest);

const admit = (webhook: AdmissionWebhook, request: AdmissionReviewRequest) =>
  webhook.review(request, new AbortController().signal);
