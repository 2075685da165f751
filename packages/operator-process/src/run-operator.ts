import {
  createLogger,
  createManager,
  describeError,
  loadKubeConfig,
  type ClusterConfig,
  type Logger,
  type Manager,
} from '@stateful/reconcile-sdk';
import { type ProcessOptions } from './process-options.ts';

/** What an operator is put together from. */
export interface OperatorParts {
  readonly manager: Manager;
  readonly config: ClusterConfig;
  readonly log: Logger;
}

/**
 * Runs an operator until SIGINT or SIGTERM, in the order in which a manager ends. `setUp` adds what it is made of and
 * returns what the log should say of that at the start. A failure is logged and becomes the exit code 1.
 */
export async function runOperator(
  name: string,
  options: ProcessOptions,
  env: Readonly<Record<string, string | undefined>>,
  setUp: (parts: OperatorParts) => object,
): Promise<void> {
  const log = createLogger({ name, verbose: options.verbose });
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'stopping');
      stop.abort();
    });
  }
  try {
    const config = await loadKubeConfig({
      ...(options.kubeconfig ? { path: options.kubeconfig, environment: env } : {}),
      ...(options.inClusterHost ? { inClusterHost: options.inClusterHost } : {}),
    });
    const manager = createManager({
      name,
      config,
      log,
      namespaces: options.watchNamespaces,
      identity: options.identity,
      reportingController: `db.example.com/${name}`,
      metricsAddress: options.metricsAddress,
      probesAddress: options.probesAddress,
      debugAddress: options.debugAddress,
      graceMs: options.graceSeconds * 1000,
      ...(options.leaderElect ? { election: { namespace: options.namespace ?? config.namespace } } : {}),
    });
    const facts = setUp({ manager, config, log });
    log.info({ ...facts, namespaces: options.watchNamespaces, server: config.server }, 'starting');
    await manager.run(stop.signal);
  } catch (error) {
    log.fatal({ error: describeError(error) }, 'cannot go on');
    process.exitCode = 1;
  }
}
