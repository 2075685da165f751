import { createKubectl, eventually, startControlPlane, tryRun } from '@stateful/local-cluster';
import { customResourceDefinitions } from '../src/index.ts';

export interface Plane {
  /** kubectl as cluster admin. */
  kubectl(...args: string[]): Promise<string>;
  /** Asks the API server to take objects without keeping them: its refusals by name, all others were accepted. */
  refusals(objects: readonly object[]): Promise<ReadonlyMap<string, string>>;
  stop(): Promise<void>;
}

/** An API server that serves the kinds of this package. */
export async function startPlane(): Promise<Plane> {
  const plane = await startControlPlane();
  const kubectl = createKubectl([plane.kubectlPath], plane.kubeconfigPath);
  const send = async (args: string[], objects: readonly object[]): Promise<string> => {
    const { code, stderr } = await tryRun(plane.kubectlPath, args, {
      env: { KUBECONFIG: plane.kubeconfigPath },
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
    });
    if (code !== 0 && !stderr.includes('is invalid')) throw new Error(stderr);
    return stderr;
  };
  await send(['create', '--filename=-'], customResourceDefinitions());
  await eventually('the kinds are served', async () => {
    for (const { metadata } of customResourceDefinitions()) await kubectl('get', metadata.name);
  });
  return {
    kubectl,
    async refusals(objects) {
      const stderr = await send(['create', '--dry-run=server', '--validate=false', '--filename=-'], objects);
      const [, ...named] = stderr.split(/"([a-z0-9-]+)" is invalid/);
      return new Map(
        named.flatMap((name, index) => (index % 2 === 0 ? [[name, named[index + 1] ?? ''] as const] : [])),
      );
    },
    stop: () => plane.stop(),
  };
}
