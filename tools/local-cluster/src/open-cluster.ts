import { providers, type Cluster, type ProviderName } from './cluster.ts';
import { terminalLog, type Log } from './progress.ts';
import { existingProvider } from './providers/existing.ts';
import { kindProvider } from './providers/kind.ts';
import { nativeProvider } from './providers/native.ts';
import { type Provider } from './providers/provider.ts';

export const defaultName = 'local';
export const defaultNodes = 3;

export type ClusterOptions = {
  /** Default "local". */
  readonly name?: string;
  /** Default: the variable PROVIDER, else native for root on Linux, else kind. */
  readonly provider?: ProviderName;
  readonly log?: Log;
};
export type ClusterUpOptions = ClusterOptions & {
  /** Default 3. */
  readonly nodes?: number;
};

/** Brings a cluster up, or finds that it is; at once when it is. */
export function clusterUp(options: ClusterUpOptions = {}): Promise<Cluster> {
  const { name = defaultName, nodes = defaultNodes, log = terminalLog() } = options;
  return selectProvider(options.provider).up({ name, nodes, log });
}

/** A cluster that is up already; an error when it is not. */
export async function openCluster(
  name: string = defaultName,
  options: ClusterOptions = {},
): Promise<Cluster> {
  const provider = selectProvider(options.provider);
  const cluster = await provider.open({ name, log: options.log ?? terminalLog() });
  if (cluster !== undefined) return cluster;
  throw new Error(`The cluster ${name} (${provider.name}) is not up: run \`make cluster-up\` first`);
}

export function selectProvider(wanted?: ProviderName): Provider {
  const name = chooseProvider({
    wanted,
    variable: process.env['PROVIDER'],
    isLinuxRoot: process.platform === 'linux' && process.getuid?.() === 0,
  });
  switch (name) {
    case 'native':
      return nativeProvider;
    case 'kind':
      return kindProvider;
    case 'existing':
      return existingProvider;
  }
}

export function chooseProvider(input: {
  readonly wanted: ProviderName | undefined;
  readonly variable: string | undefined;
  readonly isLinuxRoot: boolean;
}): ProviderName {
  const { wanted, variable, isLinuxRoot } = input;
  if (wanted !== undefined) return wanted;
  if (variable === undefined || variable === '') return isLinuxRoot ? 'native' : 'kind';
  return parseProvider(variable);
}

export function parseProvider(text: string): ProviderName {
  const found = providers.find((name) => name === text);
  if (found === undefined) throw new Error(`There is no provider "${text}": use ${providers.join(', ')}`);
  return found;
}
