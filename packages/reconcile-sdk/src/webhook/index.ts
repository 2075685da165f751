/**
 * The API server asks, this answers: validating, mutating and conversion webhooks on every replica, with an authority
 * that renews itself so that the API server never meets a certificate that it does not yet trust.
 */
export {
  mutating,
  validating,
  type AdmissionWebhook,
  type MatchCondition,
  type MutatingOptions,
  type ValidatingOptions,
} from './admission/webhook.ts';
export {
  type AdmissionRequest,
  type AdmissionResponse,
  type AdmissionReviewRequest,
  type Allowed,
  type Denied,
  type FieldProblem,
  type AdmissionOperation,
  type UserInfo,
  type Verdict,
} from './admission/review.ts';
export {
  convertReview,
  converting,
  hubAndSpoke,
  type ConversionResponse,
  type ConversionReviewRequest,
  type ConversionWebhook,
  type ConvertingOptions,
  type Spoke,
} from './conversion/webhook.ts';
export { configurationOf, webhookManifests, type ManifestOptions } from './admission/manifest.ts';
export {
  mutatingWebhookConfigurations,
  validatingWebhookConfigurations,
  type MutatingWebhookConfiguration,
  type ValidatingWebhookConfiguration,
} from './certificates/targets.ts';
export { type CertificatePolicy } from './certificates/machine.ts';
export { type CertificateHealth } from './certificates/keeper.ts';
export { type Webhook } from './server/dispatch.ts';
export { type WebhookLimits } from './server/limits.ts';
export { type WebhookObserver } from './server/observer.ts';
export {
  createWebhookServer,
  defaultCertificatePolicy,
  type BuiltInCertificates,
  type CertificateFiles,
  type WebhookServer,
  type WebhookServerOptions,
} from './webhook-server.ts';
