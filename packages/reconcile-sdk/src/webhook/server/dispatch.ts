import type { IncomingMessage, ServerResponse } from 'node:http';
import { SpanStatusCode, type Span } from '@opentelemetry/api';
import { type Clock } from '../../clock/index.ts';
import { resourceText } from '../../client/index.ts';
import { OperatorError } from '../../errors/index.ts';
import { type Logger } from '../../logging/index.ts';
import { traced } from '../../tracing/index.ts';
import { responseOf, type AdmissionResponse, type AdmissionReviewRequest } from '../admission/review.ts';
import { type AdmissionWebhook } from '../admission/webhook.ts';
import {
  convertReview,
  type ConversionReviewRequest,
  type ConversionWebhook,
} from '../conversion/webhook.ts';
import { createByteBudget, readJson } from './body.ts';
import { createGate } from './gate.ts';
import { type WebhookLimits } from './limits.ts';
import { type WebhookObserver } from './observer.ts';
import { handlerMs, timeoutOf } from './timeout.ts';

/** What a webhook server serves: made by `validating`, `mutating` or `converting`. */
export type Webhook = AdmissionWebhook | ConversionWebhook;

export interface DispatchOptions {
  webhooks: readonly Webhook[];
  limits: WebhookLimits;
  clock: Clock;
  log: Logger;
  observer: WebhookObserver;
  /** Answers ask the caller to come back on another connection. */
  isDraining: () => boolean;
}

interface HttpAnswer {
  status: number;
  body: unknown;
  allowed?: boolean;
}

const admissionVersion = 'admission.k8s.io/v1';
const conversionVersion = 'apiextensions.k8s.io/v1';

/** Answers HTTP requests with reviews. Never throws; never logs what a request holds. */
export function createDispatch(
  options: DispatchOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { clock, limits, log, observer } = options;
  const routes = new Map(options.webhooks.map((webhook) => [webhook.path, webhook]));
  const budget = createByteBudget(limits.bufferedBytes);
  const gate = createGate(limits.inFlight);
  const running = new Map<string, number>();

  async function answer(
    webhook: Webhook,
    request: IncomingMessage,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const isConversion = webhook.kind === 'converting';
    const limit = isConversion ? limits.conversionBodyBytes : limits.admissionBodyBytes;
    const body = await readJson(request, limit, budget);
    if ('status' in body) return { status: body.status, body: body.message };
    const leave = await gate.enter(signal).catch(() => undefined);
    if (!leave) return { status: 503, body: 'too many reviews at once; try again' };
    try {
      return isConversion ? await convert(webhook, body.value) : await admit(webhook, body.value, signal);
    } finally {
      leave();
    }
  }

  async function admit(webhook: AdmissionWebhook, body: unknown, signal: AbortSignal): Promise<HttpAnswer> {
    const request = reviewIn<AdmissionReviewRequest>(body, 'AdmissionReview', admissionVersion);
    if (!request?.kind) return { status: 400, body: `send an AdmissionReview of ${admissionVersion}` };
    const attributes = () => ({
      'k8s.resource': resourceText(webhook.resource),
      'k8s.operation': request.operation,
      'webhook.name': webhook.name,
    });
    const response = await traced('admission', attributes, (span) => decide(webhook, request, signal, span), {
      kind: 'server',
    });
    const review = { apiVersion: admissionVersion, kind: 'AdmissionReview', response };
    return { status: 200, body: review, allowed: response.allowed };
  }

  async function decide(
    webhook: AdmissionWebhook,
    request: AdmissionReviewRequest,
    signal: AbortSignal,
    span: Span,
  ): Promise<AdmissionResponse> {
    try {
      // A handler that does not heed its signal is not waited for.
      return await Promise.race([webhook.review(request, signal), rejectedBy(signal)]);
    } catch (error) {
      if (signal.aborted) {
        span.setStatus({ code: SpanStatusCode.ERROR, message: 'deadline' });
        log.warn({ webhook: webhook.name, request: request.uid }, 'no decision within the deadline');
        return responseOf(request, {
          denied: `${webhook.name} did not decide in time; try again`,
          code: 504,
        });
      }
      observer.panicked?.(webhook.path, 'admission');
      const why = report(webhook, request.uid, error, span);
      return responseOf(request, { denied: `${webhook.name} failed: ${why}`, code: 500 });
    }
  }

  async function convert(webhook: ConversionWebhook, body: unknown): Promise<HttpAnswer> {
    const request = reviewIn<ConversionReviewRequest>(body, 'ConversionReview', conversionVersion);
    if (typeof request?.desiredAPIVersion !== 'string') {
      return { status: 400, body: `send a ConversionReview of ${conversionVersion}` };
    }
    const attributes = () => ({
      'k8s.resource': resourceText(webhook.resource),
      'webhook.objects': request.objects?.length ?? 0,
      'webhook.to': request.desiredAPIVersion,
    });
    const response = await traced(
      'conversion',
      attributes,
      (span) =>
        convertReview(webhook, request, {
          breathe: () => clock.sleep(0),
          report(error) {
            observer.panicked?.(webhook.path, 'conversion');
            report(webhook, request.uid, error, span);
          },
        }),
      { kind: 'server' },
    );
    const isDone = response.result.status === 'Success';
    const review = { apiVersion: conversionVersion, kind: 'ConversionReview', response };
    return { status: 200, body: review, allowed: isDone };
  }

  /**
   * Logs what was thrown, and gives what the caller may know of it. The message of a foreign error may quote what it
   * choked on, a Secret even; only its kind and place are safe to write down.
   */
  function report(webhook: Webhook, uid: string, error: unknown, span: Span): string {
    const isOurs = error instanceof OperatorError;
    const type = isOurs ? error.code : error instanceof Error ? error.name : typeof error;
    const frames = error instanceof Error ? (error.stack ?? '').split('\n') : [];
    const at = frames.filter((line) => /^\s+at /.test(line)).slice(0, 8);
    span.setAttribute('error.type', type);
    span.setStatus({ code: SpanStatusCode.ERROR });
    log.error(
      { webhook: webhook.name, request: uid, error: type, ...(isOurs ? { message: error.message } : { at }) },
      'webhook failed',
    );
    return isOurs ? error.message : `an error in the operator; its log says more of request ${uid}`;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
    const webhook = routes.get(path);
    if (!webhook) return send(response, { status: 404, body: 'no webhook at this path' });
    if (request.method !== 'POST') {
      response.setHeader('allow', 'POST');
      return send(response, { status: 405, body: 'send a POST' });
    }
    const began = clock.monotonic();
    const under = (step: number): void => {
      const count = (running.get(path) ?? 0) + step;
      running.set(path, count);
      observer.inFlight?.(path, count);
    };
    const stop = new AbortController();
    const ms = handlerMs(timeoutOf(query, webhook.kind === 'converting' ? 30_000 : 10_000));
    const timer = clock.setTimer(ms, () =>
      stop.abort(new OperatorError('timeout', 'the deadline has passed')),
    );
    response.once('close', () => stop.abort(new OperatorError('aborted', 'the caller has gone')));
    under(1);
    let result: HttpAnswer = { status: 500, body: 'internal error' };
    try {
      result = await answer(webhook, request, stop.signal);
    } catch (error) {
      const type = error instanceof Error ? error.name : typeof error;
      log.error({ webhook: webhook.name, error: type }, 'a review could not be answered');
    } finally {
      timer.cancel();
      under(-1);
    }
    send(response, result);
    const { status: code, allowed } = result;
    const seconds = (clock.monotonic() - began) / 1000;
    observer.request?.({ webhook: path, code, seconds, ...(allowed === undefined ? {} : { allowed }) });
  }

  function send(response: ServerResponse, { status, body }: HttpAnswer): void {
    const isText = typeof body === 'string';
    const bytes = Buffer.from(isText ? `${body}\n` : JSON.stringify(body), 'utf8');
    // Who is refused may still be sending; reading on would only feed it.
    if (options.isDraining() || status === 413 || status === 415) response.setHeader('connection', 'close');
    response.writeHead(status, {
      'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json',
      'content-length': bytes.length,
    });
    response.end(bytes);
  }

  return (request, response) => {
    serve(request, response).catch((error: unknown) => {
      log.error({ error: error instanceof Error ? error.name : typeof error }, 'an answer could not be sent');
      response.destroy();
    });
  };
}

function reviewIn<T extends { uid: string }>(body: unknown, kind: string, apiVersion: string): T | undefined {
  const review = body as { kind?: unknown; apiVersion?: unknown; request?: T } | null;
  const isReview =
    typeof review === 'object' &&
    review?.kind === kind &&
    review.apiVersion === apiVersion &&
    typeof review.request?.uid === 'string';
  return isReview ? review.request : undefined;
}

const rejectedBy = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
