import { type ApiRequest } from '../../../src/api-server/exchange.ts';
import { type Scenario, type World } from '../world.ts';

const rbac = '/apis/rbac.authorization.k8s.io/v1';
type Who = Pick<ApiRequest, 'impersonate' | 'token'>;
const as = (user: string, ...groups: string[]): Who => ({
  impersonate: { user, ...(groups.length > 0 ? { groups } : {}) },
});
const alice = as('alice');

/** Short calls of one scenario: `call('GET', '/api/v1/nodes', undefined, alice)`. */
const caller =
  (world: World) =>
  (method: ApiRequest['method'], path: string, body?: unknown, who: Who = {}): Promise<unknown> =>
    world.ask({ method, path, ...(body === undefined ? {} : { body }), ...who });

interface Rule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

/** Makes a Role or ClusterRole and binds it to subjects; not written down. */
async function grant(
  { quietly, ask, settle, namespace }: World,
  { name, kind = 'Role', rules, to }: { name: string; kind?: string; rules: Rule[]; to: object[] },
): Promise<void> {
  await quietly(async () => {
    const isCluster = kind === 'ClusterRole';
    const at = isCluster ? rbac : `${rbac}/namespaces/${namespace}`;
    await ask({
      method: 'POST',
      path: `${at}/${isCluster ? 'clusterroles' : 'roles'}`,
      body: { metadata: { name }, rules },
    });
    await ask({
      method: 'POST',
      path: `${at}/${isCluster ? 'clusterrolebindings' : 'rolebindings'}`,
      body: {
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
        subjects: to,
      },
    });
    // The authorizer learns of roles by a watch of its own.
    await settle(300);
  });
}
const user = (name: string): object => ({ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name });
const group = (name: string): object => ({ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name });

/** Who may do what, and who is who. */
export const access: readonly Scenario[] = [
  {
    name: 'a stranger may do nothing, and is told what',
    async run(world) {
      const { namespace } = world;
      const call = caller(world);
      const maps = `/api/v1/namespaces/${namespace}/configmaps`;
      await call('GET', maps, undefined, alice);
      await call('GET', `${maps}?watch=true`, undefined, alice);
      await call('GET', `${maps}/a`, undefined, alice);
      await call('POST', maps, { metadata: { name: 'a' } }, alice);
      await call('PUT', `${maps}/a`, { metadata: { name: 'a' } }, alice);
      await world.ask({
        method: 'PATCH',
        path: `${maps}/a`,
        contentType: 'application/merge-patch+json',
        body: {},
        ...alice,
      });
      await call('DELETE', `${maps}/a`, undefined, alice);
      await call('DELETE', maps, undefined, alice);
      await call('GET', '/api/v1/configmaps', undefined, alice);
      await call('GET', '/api/v1/nodes/n', undefined, alice);
      await call('GET', `/api/v1/namespaces/${namespace}`, undefined, alice);
      await call('PUT', `/api/v1/namespaces/${namespace}/finalize`, {}, alice);
      await call('GET', `/apis/apps/v1/namespaces/${namespace}/deployments/d/scale`, undefined, alice);
      await call('POST', `/api/v1/namespaces/${namespace}/pods/p/eviction`, {}, alice);
      await call('GET', `/apis/none.example.com/v1/namespaces/${namespace}/things/t`, undefined, alice);
      await call('GET', '/metrics', undefined, alice);
      await call('GET', '/none/at/all', undefined, alice);
    },
  },
  {
    name: 'roles, resourceNames and sub-resources',
    async run(world) {
      const { namespace } = world;
      const call = caller(world);
      const maps = `/api/v1/namespaces/${namespace}/configmaps`;
      await grant(world, {
        name: 'r',
        rules: [
          {
            verbs: ['get', 'update', 'delete'],
            apiGroups: [''],
            resources: ['configmaps'],
            resourceNames: ['a'],
          },
          { verbs: ['create'], apiGroups: [''], resources: ['configmaps'] },
          { verbs: ['get'], apiGroups: ['apps'], resources: ['*/scale'] },
          { verbs: ['*'], apiGroups: [''], resources: ['secrets'] },
          { verbs: ['list'], apiGroups: [''], resources: ['pods'], resourceNames: ['p'] },
        ],
        to: [user('alice'), group('crew')],
      });
      await call('POST', maps, { metadata: { name: 'a' } }, alice);
      await call('POST', maps, { metadata: { name: 'b' } }, as('bob', 'crew'));
      await call('GET', `${maps}/a`, undefined, alice);
      await call('GET', `${maps}/b`, undefined, alice);
      await call('GET', maps, undefined, alice);
      await call('GET', `/apis/apps/v1/namespaces/${namespace}/deployments/d/scale`, undefined, alice);
      await call('GET', `/apis/apps/v1/namespaces/${namespace}/deployments/d`, undefined, alice);
      await call('GET', `/api/v1/namespaces/${namespace}/secrets`, undefined, alice);
      await call('GET', `/api/v1/namespaces/${namespace}/pods`, undefined, alice);
      await call(
        'GET',
        `/api/v1/namespaces/${namespace}/pods?fieldSelector=metadata.name%3Dp`,
        undefined,
        alice,
      );
      await call('DELETE', `${maps}/a`, undefined, as('carol'));
      await call('DELETE', `${maps}/a`, undefined, alice);
      // A role of one namespace reaches no other.
      await call('GET', '/api/v1/namespaces/default/configmaps/a', undefined, alice);
    },
  },
  {
    name: 'cluster roles and paths that name no resource',
    async run(world) {
      const { namespace } = world;
      const call = caller(world);
      const dora = as(`dora-${namespace}`);
      await grant(world, {
        name: `${namespace}-paths`,
        kind: 'ClusterRole',
        rules: [
          { verbs: ['get'], nonResourceURLs: ['/metrics', '/logs/*'] },
          { verbs: ['get', 'list'], apiGroups: [''], resources: ['nodes'] },
        ],
        to: [user(`dora-${namespace}`)],
      });
      await call('GET', '/api/v1/nodes/none', undefined, dora);
      await call('DELETE', '/api/v1/nodes/none', undefined, dora);
      await call('GET', '/logs/none', undefined, dora);
      // Bound in one namespace, a cluster role counts there.
      const bound = {
        metadata: { name: 'there' },
        roleRef: {
          apiGroup: 'rbac.authorization.k8s.io',
          kind: 'ClusterRole',
          name: `${namespace}-paths`,
        },
        subjects: [user('eve')],
      };
      await call('POST', `${rbac}/namespaces/${namespace}/rolebindings`, bound);
      await call('POST', `${rbac}/namespaces/${namespace}/rolebindings`, {
        ...bound,
        metadata: { name: 'nowhere' },
        roleRef: { ...bound.roleRef, name: `${namespace}-none` },
      });
      await world.settle(300);
      await call('GET', '/api/v1/nodes/none', undefined, as('eve'));
      await call('GET', `/api/v1/namespaces/${namespace}/pods`, undefined, as('eve'));
    },
  },
  {
    name: 'nobody gives away what he does not hold',
    async run(world) {
      const { namespace } = world;
      const call = caller(world);
      const at = `${rbac}/namespaces/${namespace}`;
      await grant(world, {
        name: 'granter',
        rules: [
          {
            verbs: ['create', 'update', 'get'],
            apiGroups: ['rbac.authorization.k8s.io'],
            resources: ['roles', 'rolebindings'],
          },
          { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] },
        ],
        to: [user('alice')],
      });
      const role = (name: string, rules: Rule[]) => ({ metadata: { name }, rules });
      const pods = (...verbs: string[]): Rule => ({ verbs, apiGroups: [''], resources: ['pods'] });
      await call('POST', `${at}/roles`, role('less', [pods('get')]), alice);
      await call('POST', `${at}/roles`, role('more', [pods('get', 'delete')]), alice);
      await call(
        'POST',
        `${at}/roles`,
        role('other', [
          pods('*'),
          {
            verbs: ['get'],
            apiGroups: ['apps', ''],
            resources: ['deployments', 'secrets'],
            resourceNames: ['x'],
          },
        ]),
        alice,
      );
      await call('PUT', `${at}/roles/less`, role('less', [pods('get', 'watch')]), alice);
      const binding = (name: string, to: string) => ({
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: to },
        subjects: [user('bob')],
      });
      await call('POST', `${at}/rolebindings`, binding('b1', 'less'), alice);
      await call('POST', `${at}/rolebindings`, binding('b2', 'granter'), alice);
      await call('POST', `${at}/rolebindings`, binding('b3', 'none'), alice);
      await call('POST', `${at}/roles`, role('power', [pods('get', 'delete')]));
      await call('POST', `${at}/rolebindings`, binding('b4', 'power'), alice);
      await grant(world, {
        name: 'binder',
        rules: [
          {
            verbs: ['bind', 'escalate'],
            apiGroups: ['rbac.authorization.k8s.io'],
            resources: ['roles'],
          },
        ],
        to: [user('alice')],
      });
      await call('POST', `${at}/rolebindings`, binding('b5', 'power'), alice);
      await call('POST', `${at}/roles`, role('all', [pods('*')]), alice);
      // What a binding refers to never changes.
      await call('PUT', `${at}/rolebindings/b1`, binding('b1', 'power'));
      await call('POST', `${at}/roles`, role('bad', [{ verbs: [], apiGroups: [''], resources: ['pods'] }]));
      await call('POST', `${at}/roles`, role('bad', [{ verbs: ['get'], nonResourceURLs: ['/x'] }]));
      await call('POST', `${at}/roles`, role('bad', [{ verbs: ['get'], resources: ['pods'] }]));
      await call('POST', `${at}/roles`, role('bad', [{ verbs: ['get'], apiGroups: [''] }]));
    },
  },
  {
    name: 'impersonation is a right like others',
    async run(world) {
      const { namespace } = world;
      const call = caller(world);
      const self = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
      const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
      await call('POST', self, review, as('alice', 'crew'));
      await call('POST', self, review, as('alice'));
      await call('POST', self, review, as(`system:serviceaccount:${namespace}:sa`));
      await call('POST', self, review, as('system:anonymous'));
      await call('POST', self, review, { impersonate: { user: 'u', uid: 'id', groups: ['g'] } });
    },
  },
  {
    name: 'what may I do',
    async run(world) {
      const { namespace } = world;
      const call = caller(world);
      await grant(world, {
        name: 'r',
        rules: [{ verbs: ['get'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['a'] }],
        to: [user('alice')],
      });
      const attributes = (more: object) => ({
        resourceAttributes: { namespace, verb: 'get', resource: 'configmaps', ...more },
      });
      const self = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
      const mine = (spec: object): Promise<unknown> =>
        call(
          'POST',
          self,
          { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec },
          alice,
        );
      await mine(attributes({ name: 'a' }));
      await mine(attributes({ name: 'b' }));
      await mine(attributes({}));
      await mine({ nonResourceAttributes: { path: '/openapi/v2', verb: 'get' } });
      await mine({ nonResourceAttributes: { path: '/secret', verb: 'get' } });
      await mine({});
      const other = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
      const theirs = (spec: object, who: Who = {}): Promise<unknown> =>
        call(
          'POST',
          other,
          { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec },
          who,
        );
      await theirs({ user: 'alice', ...attributes({ name: 'a' }) });
      await theirs({ user: 'x', groups: ['system:masters'], ...attributes({ verb: 'delete' }) });
      await theirs({
        user: 'x',
        ...attributes({ group: 'apps', resource: 'deployments', subresource: 'scale' }),
      });
      await theirs({ ...attributes({}) });
      await theirs({ user: 'alice', ...attributes({}) }, alice);
      await call('POST', `/apis/authorization.k8s.io/v1/namespaces/${namespace}/localsubjectaccessreviews`, {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'LocalSubjectAccessReview',
        metadata: { namespace },
        spec: { user: 'alice', ...attributes({ name: 'a' }) },
      });
    },
  },
  {
    name: 'tokens of service accounts',
    async run(world) {
      const { namespace, quietly } = world;
      const call = caller(world);
      const at = `/api/v1/namespaces/${namespace}`;
      await call('POST', `${at}/serviceaccounts/none/token`, {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: {},
      });
      await call('POST', `${at}/serviceaccounts`, { metadata: { name: 'sa' } });
      await grant(world, {
        name: 'r',
        rules: [{ verbs: ['list'], apiGroups: [''], resources: ['configmaps'] }],
        to: [{ kind: 'ServiceAccount', name: 'sa', namespace }],
      });
      const request = (spec: object): Promise<unknown> =>
        call('POST', `${at}/serviceaccounts/sa/token`, {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          spec,
        });
      const answer = (await request({ expirationSeconds: 3600 })) as { status: { token: string } };
      await request({ expirationSeconds: 60 });
      const { token } = answer.status;
      const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
      await call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', review, { token });
      await call('GET', `${at}/configmaps`, undefined, { token });
      await call('GET', `${at}/secrets`, undefined, { token });
      await call('GET', `${at}/secrets`, undefined, { token: 'nonsense' });
      await call('GET', `${at}/secrets`, undefined, { token, impersonate: { user: 'alice' } });
      await call('GET', `${at}/secrets`, undefined, {
        token,
        impersonate: { user: 'alice', groups: ['crew'] },
      });
      await call('POST', '/apis/authentication.k8s.io/v1/tokenreviews', {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token: 'nonsense' },
      });
      // A token goes with its account.
      await quietly(() => call('DELETE', `${at}/serviceaccounts/sa`));
    },
  },
];
