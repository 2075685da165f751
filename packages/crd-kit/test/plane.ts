import { eventually, startControlPlane, tryRun } from '@stateful/local-cluster';
import { customResourceDefinition, type Kind } from '../src/index.ts';

export interface Plane {
  /** kubectl as cluster admin, with objects on its standard input; what it prints, complaints included. */
  kubectl(args: readonly string[], objects?: readonly object[]): Promise<string>;
  /** Installs or changes the CRD of a kind and waits until it is served. */
  serve(kind: Kind): Promise<void>;
  stop(): Promise<void>;
}

export async function startPlane(): Promise<Plane> {
  const plane = await startControlPlane();
  const kubectl: Plane['kubectl'] = async (args, items) => {
    const { stdout, stderr } = await tryRun(plane.kubectlPath, args, {
      env: { KUBECONFIG: plane.kubeconfigPath },
      ...(items ? { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) } : {}),
    });
    return stdout + stderr;
  };
  return {
    kubectl,
    async serve(kind) {
      const crd = customResourceDefinition(kind);
      const said = await kubectl(['apply', '--server-side', '--filename=-'], [crd]);
      if (!said.includes('serverside-applied')) throw new Error(said);
      const { metadata, spec } = crd;
      await kubectl(['wait', '--for=condition=Established', `crd/${metadata.name}`, '--timeout=20s']);
      const version = spec.versions.find(({ served }) => served)?.name ?? '';
      await eventually(`${kind.kind} is served`, async () => {
        const answer = await kubectl(['get', '--raw', `/apis/${spec.group}/${version}/${spec.names.plural}`]);
        if (!answer.includes('"items"')) throw new Error(answer);
      });
    },
    stop: () => plane.stop(),
  };
}
