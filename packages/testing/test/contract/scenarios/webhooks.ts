import { type ApiRequest } from '../../../src/api-server/exchange.ts';
import { type Scenario, type World } from '../world.ts';

const registration = '/apis/admissionregistration.k8s.io/v1';

/** The request of an AdmissionReview, as far as these webhooks look at it. */
interface Asked {
  uid: string;
  object?: { metadata?: { labels?: Record<string, string> }; data?: Record<string, string> };
  operation: string;
}
type Response = Record<string, unknown>;

/** Answers a review by what is said of its request. */
const answering =
  (say: (request: Asked) => Response) =>
  (review: unknown): unknown => {
    const { request } = review as { request: Asked };
    return {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: request.uid, ...say(request) },
    };
  };
const patching = (...operations: object[]): Response => ({
  allowed: true,
  patchType: 'JSONPatch',
  patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
});
const allowed = answering(() => ({ allowed: true }));

interface Hook {
  name: string;
  answer?: (review: unknown) => unknown;
  more?: object;
}

/** Registers webhooks for ConfigMaps of this scenario's namespace, in one configuration; not written down. */
async function register(
  { webhook, quietly, ask, settle, namespace }: World,
  kind: 'Mutating' | 'Validating',
  name: string,
  hooks: readonly Hook[],
): Promise<() => Promise<void>> {
  const path = `${registration}/${kind.toLowerCase()}webhookconfigurations`;
  const webhooks: object[] = [];
  for (const { name: hook, answer = allowed, more } of hooks) {
    webhooks.push({
      name: `${hook}.example.com`,
      clientConfig: await webhook(hook, answer, kind === 'Validating' ? 'in parallel' : 'in order'),
      rules: [
        {
          apiGroups: [''],
          apiVersions: ['v1'],
          resources: ['configmaps'],
          operations: ['CREATE', 'UPDATE', 'DELETE'],
        },
      ],
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      timeoutSeconds: 5,
      ...more,
    });
  }
  const full = `${namespace}-${name}`;
  await quietly(async () => {
    const made = (await ask({ method: 'POST', path, body: { metadata: { name: full }, webhooks } })) as {
      kind: string;
    };
    if (made.kind === 'Status') throw new Error(JSON.stringify(made));
    await settle(800);
  });
  return () =>
    quietly(async () => {
      await ask({ method: 'DELETE', path: `${path}/${full}` });
      await settle(500);
    });
}

const calls = ({ namespace, ask }: World) => {
  const maps = `/api/v1/namespaces/${namespace}/configmaps`;
  const call = (method: ApiRequest['method'], rest: string, body?: unknown, contentType?: string) =>
    ask({
      method,
      path: `${maps}${rest}`,
      ...(body === undefined ? {} : { body }),
      ...(contentType ? { contentType } : {}),
    });
  return {
    create: (name: string, more: object = {}, query = '') =>
      call('POST', query, { metadata: { name }, data: { k: '1' }, ...more }),
    patch: (name: string, body: object, query = '') =>
      call('PATCH', `/${name}${query}`, body, 'application/merge-patch+json'),
    apply: (name: string, body: object) =>
      call(
        'PATCH',
        `/${name}?fieldManager=applier&force=true`,
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...body },
        'application/apply-patch+yaml',
      ),
    get: (name: string) => call('GET', `/${name}`),
    remove: (name: string, query = '') => call('DELETE', `/${name}${query}`),
  };
};

/** Admission webhooks: what they are asked, and what becomes of their answers. */
export const webhooks: readonly Scenario[] = [
  {
    name: 'a mutating webhook sees and changes every write',
    async run(world) {
      const { create, patch, apply, get, remove } = calls(world);
      const off = await register(world, 'Mutating', 'a', [
        {
          name: 'marks',
          answer: answering(({ object, operation }) =>
            operation === 'DELETE'
              ? { allowed: true, warnings: ['going'] }
              : {
                  ...patching({
                    op: 'add',
                    path: '/metadata/labels',
                    value: { ...object?.metadata?.labels, seen: operation.toLowerCase() },
                  }),
                  warnings: ['marked', 'with "quotes"'],
                },
          ),
        },
      ]);
      await create('a');
      await patch('a', { data: { k: '2' } });
      await patch('a', { data: { k: '2' } });
      await apply('b', { data: { x: '1' } });
      await apply('b', { data: { x: '2' } });
      await create('c', {}, '?dryRun=All&fieldManager=dry');
      await get('a');
      await remove('a');
      await off();
      await remove('b');
    },
  },
  {
    name: 'a validating webhook refuses in its own words',
    async run(world) {
      const { create, patch, remove } = calls(world);
      const answers: Record<string, Response> = {
        plain: { allowed: false },
        message: { allowed: false, status: { message: 'not this one' } },
        code: { allowed: false, status: { message: 'too many', code: 429, reason: 'TooManyRequests' } },
        invalid: {
          allowed: false,
          status: {
            message: 'bad',
            code: 422,
            reason: 'Invalid',
            details: { causes: [{ reason: 'FieldValueInvalid', message: 'no', field: 'data.k' }] },
          },
        },
        reason: { allowed: false, status: { reason: 'only a reason' } },
        warned: { allowed: false, status: { message: 'no' }, warnings: ['told you'] },
      };
      const off = await register(world, 'Validating', 'a', [
        {
          name: 'judge',
          answer: answering(
            ({ object, operation }) =>
              answers[operation === 'DELETE' ? 'message' : (object?.data?.['k'] ?? '')] ?? { allowed: true },
          ),
        },
      ]);
      for (const k of Object.keys(answers)) await create(`a-${k}`, { data: { k } });
      await create('a', { data: { k: 'fine' } });
      await patch('a', { data: { k: 'plain' } });
      await remove('a');
      await off();
      await remove('a');
    },
  },
  {
    name: 'which writes a webhook is asked about',
    async run(world) {
      const { create, patch } = calls(world);
      const off = await register(world, 'Validating', 'a', [
        { name: 'labelled', more: { objectSelector: { matchLabels: { watched: 'yes' } } } },
        {
          name: 'conditions',
          more: {
            matchConditions: [
              { name: 'k', expression: "has(object.data) && object.data.k == 'x'" },
              {
                name: 'who',
                expression: "request.userInfo.username != 'nobody' && request.operation == 'CREATE'",
              },
            ],
          },
        },
        {
          name: 'creates',
          more: {
            rules: [
              {
                apiGroups: ['*'],
                apiVersions: ['*'],
                resources: ['*'],
                operations: ['CREATE'],
                scope: 'Namespaced',
              },
            ],
          },
        },
        {
          name: 'status',
          more: {
            rules: [
              { apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps/status'], operations: ['*'] },
            ],
          },
        },
        { name: 'nowhere', more: { namespaceSelector: { matchLabels: { none: 'such' } } } },
      ]);
      await create('a');
      await create('b', { data: { k: 'x' } });
      await create('c', { metadata: { name: 'c', labels: { watched: 'yes' } } });
      await patch('a', { metadata: { labels: { watched: 'yes' } } });
      await patch('a', { metadata: { labels: { watched: null } } });
      await patch('a', { data: { k: '3' } });
      await off();
    },
  },
  {
    name: 'webhooks that fail',
    async run(world) {
      const { create } = calls(world);
      const failing = () => {
        throw new Error('it broke');
      };
      const one = async (
        name: string,
        hook: Partial<Hook>,
        kind: 'Mutating' | 'Validating' = 'Validating',
      ) => {
        const off = await register(world, kind, name, [{ name, ...hook }]);
        await create(`a-${name}`);
        await off();
      };
      await one('fails', { answer: failing });
      await one('ignored', { answer: failing, more: { failurePolicy: 'Ignore' } });
      await one('slow', {
        answer: () => new Promise((resolve) => setTimeout(() => resolve({}), 3000).unref()),
        more: { timeoutSeconds: 1 },
      });
      await one('mute', { answer: () => ({}) });
      await one('other', {
        answer: () => ({
          apiVersion: 'admission.k8s.io/v1',
          kind: 'AdmissionReview',
          response: { uid: 'another', allowed: true },
        }),
      });
      await one('patchless', { answer: answering(() => ({ allowed: true, patch: 'W10=' })) }, 'Mutating');
      await one(
        'badpatch',
        { answer: answering(() => patching({ op: 'remove', path: '/none' })) },
        'Mutating',
      );
      await one('patches', { answer: answering(() => patching({ op: 'add', path: '/data/y', value: '1' })) });
      await one(
        'breaks',
        { answer: answering(() => patching({ op: 'add', path: '/data', value: 'text' })) },
        'Mutating',
      );
    },
  },
  {
    name: 'several webhooks, in order and again',
    async run(world) {
      const { create } = calls(world);
      const append = (name: string) =>
        answering(({ object }) =>
          patching({ op: 'add', path: '/data/order', value: `${object?.data?.['order'] ?? ''}${name}` }),
        );
      const offs = [
        await register(world, 'Mutating', 'b', [{ name: 'third', answer: append('3') }]),
        await register(world, 'Mutating', 'a', [
          { name: 'first', answer: append('1'), more: { reinvocationPolicy: 'IfNeeded' } },
          { name: 'second', answer: append('2') },
        ]),
        await register(world, 'Validating', 'c', [{ name: 'last' }]),
      ];
      await create('a');
      for (const off of offs) await off();
    },
  },
  {
    name: 'dry runs and side effects',
    async run(world) {
      const { create } = calls(world);
      const off = await register(world, 'Validating', 'a', [
        { name: 'none' },
        { name: 'careful', more: { sideEffects: 'NoneOnDryRun' } },
      ]);
      await create('a', {}, '?dryRun=All');
      await off();
    },
  },
];
