import { startControlPlane, type ControlPlane } from '@stateful/local-cluster';
import { customResourceDefinitions } from '@stateful/postgres-api';
import {
  connect,
  defineResource,
  loadKubeConfig,
  resources,
  type KubeClient,
  type PolicyRule,
} from '@stateful/reconcile-sdk';
import { operatorRules, postgresClusters } from '../src/index.ts';
import { eventually } from '@stateful/local-cluster';

const rbac = 'rbac.authorization.k8s.io';
const clusterRoles = defineResource(rbac, 'v1', 'ClusterRole', 'clusterroles', 'cluster');
const clusterRoleBindings = defineResource(
  rbac,
  'v1',
  'ClusterRoleBinding',
  'clusterrolebindings',
  'cluster',
);

export interface Plane {
  readonly plane: ControlPlane;
  /** Cluster admin. */
  readonly user: KubeClient;
  /** Path of the kubeconfig of a user who has the operator's rights and no others. */
  readonly operatorKubeconfig: string;
  stop(): Promise<void>;
}

export interface PlaneOptions {
  readonly apiServerFlags?: readonly string[];
  /** Gives the operator its rights, in all namespaces. Default true. */
  readonly roles?: boolean;
}

/** An API server that serves PostgresClusters and knows the operator. */
export async function startPlane({ apiServerFlags = [], roles = true }: PlaneOptions = {}): Promise<Plane> {
  const plane = await startControlPlane({ auditLog: true, apiServerFlags });
  const user = connect({
    config: await loadKubeConfig({ path: plane.kubeconfigPath }),
    fieldManager: 'a-user',
  });
  for (const crd of customResourceDefinitions()) {
    // Our schemas are narrower than the generated type, whose keys are those of the Go client.
    await user.create(resources.customResourceDefinitions, crd);
  }
  await eventually('PostgresClusters are served', () =>
    user.list(postgresClusters, { namespace: 'default' }),
  );
  if (roles) await grantEverywhere(user, 'operator', operatorRules);
  return {
    plane,
    user,
    operatorKubeconfig: plane.kubeconfigFor('operator'),
    async stop() {
      await user.close();
      await plane.stop();
    },
  };
}

/** Whom a binding is for. */
export const userSubject = (account: string) => ({ apiGroup: rbac, kind: 'User', name: account });
/** What a binding gives. */
export const roleRef = (kind: 'Role' | 'ClusterRole', name: string) => ({ apiGroup: rbac, kind, name });

/** Gives a user rights in all namespaces. */
export async function grantEverywhere(
  user: KubeClient,
  account: string,
  rules: readonly PolicyRule[],
): Promise<void> {
  const metadata = { name: account };
  await user.create(clusterRoles, { metadata, rules } as never);
  await user.create(clusterRoleBindings, {
    metadata,
    roleRef: roleRef('ClusterRole', account),
    subjects: [userSubject(account)],
  } as never);
}
