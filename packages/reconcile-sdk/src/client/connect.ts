import { systemClock, systemRandom, type Clock, type Random } from '../clock/index.ts';
import { traced } from '../tracing/index.ts';
import { createKubeClient, type KubeClient } from './kube-client.ts';
import { type ClusterConfig } from './cluster-config.ts';
import { type CallRecord } from './http-request.ts';
import { createTransport, type OpenTransport } from './transport.ts';

/** As those of a transport and a client, with the machine's clock and chance as defaults. */
export interface ConnectOptions {
  config: ClusterConfig;
  /** Name under which fields are owned; also the user agent. */
  fieldManager: string;
  clock?: Clock;
  random?: Random;
  beforeWrite?: () => void;
  onCall?: (call: CallRecord) => void;
  /** Default: over HTTP. */
  openTransport?: OpenTransport;
}

/** A client on a transport of its own: what tools, agents and tests start with. */
export function connect(options: ConnectOptions): KubeClient {
  return createKubeClient({
    transport: (options.openTransport ?? createTransport)({
      config: options.config,
      clock: options.clock ?? systemClock,
      random: options.random ?? systemRandom,
      userAgent: options.fieldManager,
      traced,
      ...(options.onCall ? { onCall: options.onCall } : {}),
    }),
    fieldManager: options.fieldManager,
    ...(options.beforeWrite ? { beforeWrite: options.beforeWrite } : {}),
  });
}
