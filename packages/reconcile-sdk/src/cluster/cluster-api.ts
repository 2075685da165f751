import { createHash } from 'node:crypto';
import { whenAborted } from '../clock/index.ts';
import { parseKubeConfig, resources, type KubeObject, type Secret } from '../client/index.ts';
import { describeError } from '../errors/index.ts';
import { type ClusterProvider } from './provider.ts';

/** Which of the Secrets of Cluster API are looked at. */
export interface ClusterApiOptions {
  /** Where the Secrets are; empty or absent: all namespaces. */
  namespaces?: readonly string[];
  /** Only clusters whose Secret has these labels too. */
  labelSelector?: string;
}

const clusterNameLabel = 'cluster.x-k8s.io/cluster-name';
const secretType = 'cluster.x-k8s.io/secret';

/**
 * Clusters as Cluster API keeps them: one Secret each, labelled with the cluster's name, its kubeconfig under
 * `value`. A cluster's name here is NAMESPACE/NAME. A Secret that changes means new credentials: the cluster is
 * engaged anew. Source of the contract: Cluster API, "Kubeconfig management".
 */
export function clusterApiProvider(options: ClusterApiOptions = {}): ClusterProvider {
  return {
    name: 'cluster-api',
    async run({ home, log, engage, disengage }, signal) {
      const selector = [clusterNameLabel, options.labelSelector].filter(Boolean).join(',');
      const { informer, release } = home.informers.acquire({
        resource: resources.secrets,
        ...(options.namespaces ? { scopes: options.namespaces.map((namespace) => ({ namespace })) } : {}),
        labelSelector: selector,
      });
      const engaged = new Map<string, string>();
      // One step at a time, in the order of the changes: a cluster is never engaged and disengaged at once.
      let last = Promise.resolve();
      const then = (name: string, step: () => Promise<void>): void => {
        last = last
          .then(step)
          .catch((error: unknown) =>
            log.error({ cluster: name, error: describeError(error) }, 'the cluster cannot be used'),
          );
      };
      const stopListening = informer.onChange((change) => {
        const name = clusterNameOf(change.object);
        if (!name) return;
        then(name, async () => {
          const secret = change.kind === 'delete' ? undefined : change.object;
          const text = secret && kubeconfigOf(secret);
          const digest = text && createHash('sha256').update(text).digest('hex');
          if (digest === engaged.get(name)) return;
          if (text === undefined || digest === undefined) {
            engaged.delete(name);
            log.info({ cluster: name }, 'the cluster is gone');
            return disengage(name);
          }
          const config = parseKubeConfig(text, { what: `the kubeconfig of cluster ${name}` });
          engaged.set(name, digest);
          log.info({ cluster: name, server: config.server }, 'the cluster is there');
          await engage(name, config);
        });
      });
      await whenAborted(signal);
      stopListening();
      release();
      await last;
    },
  };
}

function clusterNameOf(secret: KubeObject): string | undefined {
  const name = secret.metadata?.labels?.[clusterNameLabel];
  const isKubeconfig = secret.metadata?.name === `${name}-kubeconfig`;
  return name && isKubeconfig ? `${secret.metadata?.namespace}/${name}` : undefined;
}

function kubeconfigOf(secret: Secret): string | undefined {
  const value = secret.type === secretType ? secret.data?.['value'] : undefined;
  return value ? Buffer.from(value, 'base64').toString('utf8') : undefined;
}
