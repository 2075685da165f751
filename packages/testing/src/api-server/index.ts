/** An API server in this process, on a clock and chance that a test owns; `test/contract` holds it to the real one. */
export { createApiServer, type ApiServer, type ApiServerOptions, type ClientOptions } from './api-server.ts';
export { type ApiAnswer, type ApiRequest, type ApiWatch, type WatchEvent } from './exchange.ts';
export { kubeconfigFor, type KubeconfigUser } from './http/kubeconfig.ts';
export { type Listening, type TlsCertificate } from './http/listen.ts';
export { type TransportFaults } from './transport.ts';
export { type Change, type RevisionStore } from './store/revision-store.ts';
export { type Kind } from './kinds/kind.ts';
export { type AuditEvent } from './audit/audit-event.ts';
export { type WebhookHandler } from './outside/outside.ts';
export * from './access/index.ts';
