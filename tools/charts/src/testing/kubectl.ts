import { run, type ControlPlane } from '@stateful/local-cluster';

/** What of an object these tests look at. */
export interface Seen {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly names?: { readonly shortNames: readonly string[] };
    readonly [field: string]: unknown;
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** kubectl as cluster admin. Throws with what it complained about. */
export function kubectl(plane: ControlPlane, ...args: readonly string[]): Promise<string> {
  return run(plane.kubectlPath, args, { env: { KUBECONFIG: plane.kubeconfigPath }, timeoutMs: 20_000 });
}

/** Objects by `KIND` or `KIND NAME`, wherever they are; an object that is not there is left out. */
export async function get(plane: ControlPlane, kind: string, name = '', namespace = ''): Promise<Seen[]> {
  const where = namespace === '' ? (name === '' ? ['--all-namespaces'] : []) : ['--namespace', namespace];
  const text = await kubectl(
    plane,
    'get',
    kind,
    ...(name === '' ? [] : [name]),
    ...where,
    '--ignore-not-found',
    '--output=json',
  );
  if (text.trim() === '') return [];
  const answer = JSON.parse(text) as Seen & { items?: Seen[] };
  return answer.items ?? [answer];
}
