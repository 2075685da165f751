/** One API server with its client and caches, and where further ones come from. */
export { createCluster, type Cluster, type ClusterOptions } from './cluster.ts';
export { clusterApiProvider, type ClusterApiOptions } from './cluster-api.ts';
export { type ClusterProvider, type ProviderContext } from './provider.ts';
