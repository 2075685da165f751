import { type Clock, type Random, type Transport } from '@stateful/reconcile-sdk';
import { createAuthorizer } from './access/authorizer.ts';
import { storeBootstrapRoles } from './access/bootstrap-roles.ts';
import { type RightsRecord } from './access/rights.ts';
import { createTokenIssuer } from './access/tokens.ts';
import { type User } from './access/user.ts';
import { convert } from './conversion/convert.ts';
import { type AuditEvent } from './audit/audit-event.ts';
import { createRequestCounter } from './audit/request-counter.ts';
import { createAdmission } from './admission/admission.ts';
import { handle } from './calls/handle.ts';
import { runClusterRoleController } from './controllers/cluster-roles.ts';
import { runCrdControllers } from './controllers/crds.ts';
import { runGarbageCollector, runNamespaceController } from './controllers/garbage-collector.ts';
import { runServiceAccountController } from './controllers/service-accounts.ts';
import { type ApiAnswer, type ApiRequest, type ApiWatch } from './exchange.ts';
import { listen, type Listening, type TlsCertificate } from './http/listen.ts';
import { builtInKinds } from './kinds/built-in-kinds.ts';
import { type Kind } from './kinds/kind.ts';
import { createOutside, type WebhookHandler } from './outside/outside.ts';
import { sendHttps } from './outside/send-https.ts';
import { createKindRegistry, type ServerState } from './server-state.ts';
import { createRevisionStore, type RevisionStore } from './store/revision-store.ts';
import { createInProcessTransport, type TransportFaults } from './transport.ts';

/** What a server runs on. */
export interface ApiServerOptions {
  clock: Clock;
  random: Random;
  /** Served beside the built-in kinds. */
  kinds?: readonly Kind[];
  /** Changes that are remembered for watches and pages. Default 10,000. */
  history?: number;
  /** Do what kube-controller-manager does: garbage collection, emptying namespaces that go. Default true. */
  controllers?: boolean;
  /** Users by their bearer token, beside the tokens that service accounts are given. */
  users?: Readonly<Record<string, User>>;
  /** False: roles are looked at but nobody is refused, so that `rights` shows what a role has to allow. Default true. */
  enforceRoles?: boolean;
  /** Where the rights that users needed are written down. */
  rights?: RightsRecord;
  /** Webhooks that are answered in this process, by their URL; all others are asked over HTTPS. */
  webhooks?: Readonly<Record<string, WebhookHandler>>;
  /** Told of every answered request: who asked for what, and the status. */
  onAudit?: (event: AuditEvent) => void;
  /** Told of every request and its status, as an audit log is. */
  onAnswer?: (request: ApiRequest, status: number) => void;
}

/** Who a client is, and what comes between it and the server. */
export interface ClientOptions {
  /** A user that roles are looked at for; an administrator when absent. */
  user?: string;
  groups?: readonly string[];
  /** A bearer token instead of a user's name. */
  token?: string;
  faults?: TransportFaults;
}

/** An API server in this process: the same answers as kube-apiserver, on the given clock and chance alone. */
export interface ApiServer {
  /** Answers one request at once; throws when a webhook takes time. */
  ask(request: ApiRequest): ApiAnswer;
  /** Answers one request, and waits for webhooks. */
  answer(request: ApiRequest): Promise<ApiAnswer>;
  /** Opens a watch, or says why not. */
  watch(request: ApiRequest): ApiAnswer | ApiWatch;
  /** What the SDK's clients are made on. */
  transport(options?: ClientOptions): Transport;
  /** Serves the API over HTTP, for kubectl and other programs. */
  listen(port?: number, tls?: TlsCertificate): Promise<Listening>;
  /** Serves a webhook's URL in this process: `https://HOST:PORT/PATH`, of a service `https://NAME.NAMESPACE.svc:443/PATH`. */
  serveWebhook(url: string, handler: WebhookHandler): void;
  /** What is stored; tests may look, and compact. */
  readonly store: RevisionStore;
}

/** Makes a server with the namespaces that a real one makes for itself. */
export function createApiServer(options: ApiServerOptions): ApiServer {
  const store = createRevisionStore({ history: options.history ?? 10_000 });
  const outside = createOutside({ clock: options.clock, random: options.random, send: sendHttps });
  for (const [url, handler] of Object.entries(options.webhooks ?? {})) outside.serve(url, handler);
  let warnings: string[] = [];
  const state: ServerState = {
    store,
    clock: outside.clock,
    random: outside.random,
    outside,
    admission: createAdmission(store),
    requests: createRequestCounter(),
    convert: (object, kind) => convert(state, object, kind),
    warn: (text) => void warnings.push(warningHeader(text)),
    kinds: createKindRegistry([...builtInKinds, ...(options.kinds ?? [])]),
    authorizer: createAuthorizer({
      store,
      enforce: options.enforceRoles ?? true,
      ...(options.rights ? { onUse: options.rights.note } : {}),
    }),
    tokens: createTokenIssuer(),
    users: new Map(Object.entries(options.users ?? {})),
  };
  storeBootstrapRoles(store, options.clock.now());
  runCrdControllers(state);
  if (options.controllers !== false) {
    runGarbageCollector(state);
    runClusterRoleController(state);
    runNamespaceController(state);
    runServiceAccountController(state);
  }
  const calls = handle(state, options.onAudit);
  const { onAnswer } = options;
  const ask = (request: ApiRequest): ApiAnswer => {
    warnings = [];
    const bare = calls.ask(request);
    const answer = warnings.length > 0 ? { ...bare, warnings } : bare;
    onAnswer?.(request, answer.status);
    return answer;
  };
  const watchLater = (request: ApiRequest): Promise<ApiAnswer | ApiWatch> =>
    outside.run(() => watch(request));
  const answer = (request: ApiRequest): Promise<ApiAnswer> => outside.run(() => ask(request));
  const watch = (request: ApiRequest): ApiAnswer | ApiWatch => {
    const answer = calls.watch(request);
    onAnswer?.(request, 'status' in answer ? answer.status : 200);
    return answer;
  };
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
    calls.ask({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name } } });
  }
  return {
    ask,
    answer,
    watch,
    store,
    serveWebhook: outside.serve,
    listen: (port, tls) =>
      listen({ answer, watch: watchLater, ...(port === undefined ? {} : { port }), ...(tls ? { tls } : {}) }),
    transport: (client = {}) =>
      createInProcessTransport({ answer, watch: watchLater, clock: options.clock, ...client }),
  };
}

/** As RFC 7234 wants it: an unknown warning of nobody in particular. */
const warningHeader = (text: string): string => `299 - "${text.replace(/["\\]/g, '\\$&')}"`;
