import { execFile } from 'node:child_process';
import { eventually, startControlPlane } from '@stateful/local-cluster';
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
  const kubectl: Plane['kubectl'] = (args, items) =>
    new Promise((resolve) => {
      const env = { ...process.env, KUBECONFIG: plane.kubeconfigPath };
      const child = execFile(
        plane.kubectlPath,
        [...args],
        { env, timeout: 60_000 },
        (_error, stdout, stderr) => {
          resolve(stdout + stderr);
        },
      );
      child.stdin?.end(items ? JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) : '');
    });
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
