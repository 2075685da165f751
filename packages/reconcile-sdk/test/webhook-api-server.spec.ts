import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  eventually,
  canRunControlPlane,
  startBalancer,
  startControlPlane,
  type ControlPlane,
} from '@stateful/local-cluster';
import {
  connect,
  defineResource,
  loadKubeConfig,
  resources,
  type KubeClient,
  type KubeObject,
} from '../src/client/index.ts';
import { systemClock, systemRandom } from '../src/clock/index.ts';
import { createLogger } from '../src/logging/index.ts';
import { OperatorError } from '../src/errors/index.ts';
import { issueAuthority, issueServing } from '../src/webhook/certificates/issue.ts';
import { createDispatch } from '../src/webhook/server/dispatch.ts';
import { createHttpsServer } from '../src/webhook/server/https-server.ts';
import { defaultLimits } from '../src/webhook/server/limits.ts';
import {
  configurationOf,
  converting,
  createWebhookServer,
  hubAndSpoke,
  mutating,
  mutatingWebhookConfigurations,
  validating,
  validatingWebhookConfigurations,
  webhookManifests,
  type AdmissionWebhook,
  type CertificatePolicy,
  type Verdict,
  type Webhook,
  type WebhookLimits,
  type WebhookObserver,
  type WebhookServer,
} from '../src/webhook/index.ts';

/** The real kube-apiserver calls the webhooks: what is believed about its side is checked on it. */
const canRun = await canRunControlPlane('The webhook server');

interface Gadget extends KubeObject {
  spec: { size: number; color?: string; tags?: string[] };
}
interface OldGadget extends KubeObject {
  spec: { count: string; colour?: string; tags?: string[] };
}
const group = 'webhooks.example.com';
const gadgets = defineResource<Gadget>(group, 'v1', 'Gadget', 'gadgets');
const oldGadgets = defineResource<OldGadget>(group, 'v1beta1', 'Gadget', 'gadgets');

const validateGadget = validating(gadgets, {
  operations: ['CREATE', 'UPDATE', 'DELETE'],
  handler(request) {
    if (request.operation === 'DELETE') {
      const isKept = request.oldObject.metadata?.labels?.['keep'] === 'yes';
      return isKept ? { denied: `${request.name} is labelled keep=yes` } : { allowed: true };
    }
    const { spec, metadata } = request.object;
    if (metadata?.name === 'explodes') throw new TypeError(`cannot use s3cr3t of ${metadata.name}`);
    if (metadata?.name === 'refuses') throw new OperatorError('unavailable', 'the store does not answer');
    if (metadata?.name === 'hangs') return new Promise(() => undefined);
    const shrinks = request.operation === 'UPDATE' && request.oldObject.spec.size > spec.size;
    const fields = [
      ...(spec.size < 1 ? [{ field: 'spec.size', message: 'must be at least 1' }] : []),
      ...(shrinks ? [{ field: 'spec.size', message: 'must not shrink', reason: 'FieldValueForbidden' }] : []),
      ...(spec.color === 'beige' ? [{ field: 'spec.color', message: 'must not be beige' }] : []),
    ];
    return fields.length > 0
      ? { denied: 'the gadget cannot be', fields }
      : { allowed: true, warnings: spec.size > 100 ? ['that is large'] : [] };
  },
});
const mutateGadget = mutating(gadgets, {
  operations: ['CREATE', 'UPDATE'],
  handler({ object }) {
    object.spec.color ??= 'red';
    object.metadata = {
      ...object.metadata,
      annotations: { ...object.metadata?.annotations, 'webhooks.example.com/seen-by': 'us' },
    };
    return object;
  },
});
const convertGadget = converting(gadgets, {
  convert: hubAndSpoke(gadgets, {
    v1beta1: {
      toHub(object) {
        const { count, colour, ...rest } = (object as OldGadget).spec;
        return { ...object, spec: { ...rest, size: Number(count), ...(colour ? { color: colour } : {}) } };
      },
      fromHub(object) {
        const { size, color, ...rest } = (object as Gadget).spec;
        if (color === 'unspeakable')
          throw new OperatorError('invalid', 'v1beta1 has no word for that colour');
        return { ...object, spec: { ...rest, count: String(size), ...(color ? { colour: color } : {}) } };
      },
    },
  }),
});

const propagationMs = 500;

(canRun ? describe : describe.skip)('webhooks of a real API server', () => {
  let plane: ControlPlane;
  let client: KubeClient;
  const stops: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    plane = await startControlPlane();
    client = connect({ config: await loadKubeConfig({ path: plane.kubeconfigPath }), fieldManager: 'test' });
  }, 600_000);
  afterAll(async () => {
    for (const stop of stops.splice(0)) await stop();
    await client?.close();
    await plane?.stop();
  }, 60_000);

  async function start(
    name: string,
    webhooks: readonly Webhook[],
    more: {
      address?: string;
      policy?: Partial<CertificatePolicy>;
      observer?: WebhookObserver;
      limits?: Partial<WebhookLimits>;
      lines?: string[];
      lameDuckMs?: number;
      kubeconfig?: string;
    } = {},
  ): Promise<{ server: WebhookServer; url: string; stop: () => Promise<void> }> {
    const own = connect({
      config: await loadKubeConfig({ path: more.kubeconfig ?? plane.kubeconfigPath }),
      fieldManager: `${name}-webhook`,
    });
    const server = createWebhookServer({
      name,
      address: more.address ?? '127.0.0.1:0',
      webhooks,
      client: own,
      clock: systemClock,
      random: systemRandom,
      log: createLogger({ name, destination: { write: (line) => void more.lines?.push(line) } }),
      certificates: {
        kind: 'built-in',
        secret: { namespace: 'default', name: `${name}-webhook` },
        hosts: ['127.0.0.1'],
        policy: { propagationMs, ...more.policy },
      },
      lameDuckMs: more.lameDuckMs ?? 0,
      ...(more.limits ? { limits: more.limits } : {}),
      ...(more.observer ? { observer: more.observer } : {}),
    });
    const stopping = new AbortController();
    const ended = server.run(stopping.signal);
    const stop = async (): Promise<void> => {
      stopping.abort();
      await ended;
      await own.close();
    };
    stops.push(stop);
    await eventually('the server listens', () => {
      if (server.port() === undefined) throw new Error(JSON.stringify(server.health()));
    });
    return { server, url: `https://127.0.0.1:${server.port()}`, stop };
  }

  async function install(name: string, webhooks: readonly Webhook[], url: string): Promise<void> {
    const admission = webhooks.filter(
      (webhook): webhook is AdmissionWebhook => webhook.kind !== 'converting',
    );
    const manifests = webhookManifests({ name, webhooks: admission, callAt: { url }, timeoutSeconds: 2 });
    for (const manifest of manifests.validating)
      await client.create(validatingWebhookConfigurations, manifest);
    for (const manifest of manifests.mutating) await client.create(mutatingWebhookConfigurations, manifest);
  }

  async function uninstall(name: string, webhooks: readonly Webhook[]): Promise<void> {
    const admission = webhooks.filter(
      (webhook): webhook is AdmissionWebhook => webhook.kind !== 'converting',
    );
    for (const webhook of admission)
      await client.delete(
        webhook.kind === 'validating' ? validatingWebhookConfigurations : mutatingWebhookConfigurations,
        { name: configurationOf(name, webhook) },
      );
  }

  const schema = (spec: object): object => ({
    openAPIV3Schema: {
      type: 'object',
      properties: {
        spec: { type: 'object', properties: { tags: { type: 'array', items: { type: 'string' } }, ...spec } },
      },
    },
  });
  const text = { type: 'string' };
  async function installDefinition(plural: string, kind: string, url: string): Promise<void> {
    await client.create(resources.customResourceDefinitions, {
      metadata: { name: `${plural}.${group}` },
      spec: {
        group,
        names: { kind, plural },
        scope: 'Namespaced',
        conversion: {
          strategy: 'Webhook',
          webhook: { clientConfig: { url }, conversionReviewVersions: ['v1'] },
        },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: schema({ size: { type: 'integer' }, color: text }),
          },
          {
            name: 'v1beta1',
            served: true,
            storage: false,
            schema: schema({ count: text, colour: text }),
          },
        ],
      },
    });
  }

  const gadget = (name: string, spec: Gadget['spec'], labels: Record<string, string> = {}): Gadget => ({
    metadata: { namespace: 'default', name, labels },
    spec,
  });

  it('validates, completes and converts', async () => {
    const lines: string[] = [];
    const facts: { webhook: string; code: number; allowed?: boolean; seconds: number }[] = [];
    const panics: string[] = [];
    const all = [validateGadget, mutateGadget, convertGadget];
    const { server, url } = await start('gadgets', all, {
      lines,
      observer: { request: (fact) => facts.push(fact), panicked: (path) => panics.push(path) },
    });
    // Before the chart: absent objects are reported and waited for.
    expect(
      server
        .health()
        .filter(({ ok }) => !ok)
        .map(({ message }) => message)
        .join(),
    ).toContain('does not exist');
    await installDefinition('gadgets', 'Gadget', url + convertGadget.path);
    await eventually('gadgets are served', () => client.list(gadgets));
    await install('gadgets', all, url);
    await eventually('the API server trusts us', () => {
      if (!server.isReady() || server.health().some(({ ok }) => !ok))
        throw new Error(JSON.stringify(server.health()));
    });

    const made = await client.create(gadgets, gadget('one', { size: 2, tags: ['a'] }));
    expect(made.spec).toEqual({ size: 2, tags: ['a'], color: 'red' });
    expect(made.metadata?.annotations).toEqual({ 'webhooks.example.com/seen-by': 'us' });

    const key = { namespace: 'default', name: 'one' };
    await expect(client.create(gadgets, gadget('two', { size: 0, color: 'beige' }))).rejects.toMatchObject({
      httpStatus: 422,
      message: expect.stringMatching(
        /"validate\.gadgets\.webhooks\.example\.com" denied the request: the gadget cannot be: spec\.size: must be at least 1; spec\.color: must not be beige/,
      ) as unknown,
    });
    await expect(client.mergePatch(gadgets, key, { spec: { size: 1 } })).rejects.toMatchObject({
      message: expect.stringContaining('must not shrink') as unknown,
    });
    expect((await client.mergePatch(gadgets, key, { spec: { size: 3 } })).spec.size).toBe(3);

    // Both ways through the converter.
    expect((await client.get(oldGadgets, key)).spec).toEqual({ count: '3', colour: 'red', tags: ['a'] });
    const old = await client.create(oldGadgets, {
      metadata: { namespace: 'default', name: 'old' },
      spec: { count: '5', colour: 'blue' },
    });
    expect(old.spec).toEqual({ count: '5', colour: 'blue' });
    expect((await client.get(gadgets, { ...key, name: 'old' })).spec).toEqual({ size: 5, color: 'blue' });
    expect((await client.list(oldGadgets)).items).toHaveLength(2);
    // The rule is for v1; what comes as v1beta1 is checked as v1 too.
    await expect(
      client.create(oldGadgets, { metadata: { namespace: 'default', name: 'x' }, spec: { count: '0' } }),
    ).rejects.toMatchObject({ message: expect.stringContaining('must be at least 1') as unknown });

    // What goes wrong is said in words, without what it was about.
    await expect(client.create(gadgets, gadget('explodes', { size: 1 }))).rejects.toMatchObject({
      httpStatus: 500,
      message: expect.stringMatching(
        /failed: an error in the operator; its log says more of request /,
      ) as unknown,
    });
    await expect(client.create(gadgets, gadget('refuses', { size: 1 }))).rejects.toMatchObject({
      message: expect.stringContaining('failed: the store does not answer') as unknown,
    });
    await expect(client.create(gadgets, gadget('hangs', { size: 1 }))).rejects.toMatchObject({
      message: expect.stringContaining('did not decide in time') as unknown,
    });
    expect(panics).toEqual([validateGadget.path, validateGadget.path]);
    expect(lines.join('')).not.toContain('s3cr3t');
    expect(lines.join('')).toContain('TypeError');

    await client.create(gadgets, gadget('kept', { size: 1 }, { keep: 'yes' }));
    await expect(client.delete(gadgets, { ...key, name: 'kept' })).rejects.toMatchObject({
      httpStatus: 403,
      message: expect.stringContaining('kept is labelled keep=yes') as unknown,
    });
    await client.delete(gadgets, key);
    await client.create(gadgets, gadget('odd', { size: 1, color: 'unspeakable' }));
    await expect(client.get(oldGadgets, { ...key, name: 'odd' })).rejects.toMatchObject({
      message: expect.stringContaining(
        'cannot convert Gadget default/odd from webhooks.example.com/v1 to webhooks.example.com/v1beta1: v1beta1 has no word for that colour',
      ) as unknown,
    });
    expect(facts.every(({ code }) => code === 200)).toBe(true);
    expect(new Set(facts.map(({ webhook }) => webhook)).size).toBe(3);
  }, 60_000);

  /** Adds up what a rotation under load cost. */
  function load(write: (worker: number, round: number) => Promise<unknown>, workers: number) {
    const failures: string[] = [];
    const latencies: number[] = [];
    let isOver = false;
    const done = Promise.all(
      Array.from({ length: workers }, async (_, worker) => {
        for (let round = 0; !isOver; round++) {
          const began = performance.now();
          await write(worker, round).catch((error: unknown) => failures.push(String(error)));
          latencies.push(performance.now() - began);
        }
      }),
    );
    return {
      failures,
      latencies,
      async end() {
        isOver = true;
        await done;
      },
    };
  }
  const percentile = (values: readonly number[], part: number): string =>
    ([...values].sort((a, b) => a - b)[Math.floor(values.length * part)] ?? NaN).toFixed(2);

  const things = defineResource<Gadget>(group, 'v1', 'Thing', 'things');
  const oldThings = defineResource<OldGadget>(group, 'v1beta1', 'Thing', 'things');
  const thing = (worker: number, round: number): { metadata: object; spec: object } => ({
    metadata: { namespace: 'default', name: `thing-${worker}` },
    spec: { count: String(round + 1) },
  });
  const validateThing = validating(things, {
    operations: ['CREATE', 'UPDATE'],
    handler: ({ object }) => (object.spec.size > 0 ? { allowed: true } : { denied: 'size' }),
  });
  const mutateThing = mutating(things, {
    operations: ['CREATE', 'UPDATE'],
    handler: ({ object }) => ({ ...object, spec: { ...object.spec, color: 'red' } }),
  });
  const convertThing = converting(things, { convert: convertGadget.convert });
  const everyThing = [validateThing, mutateThing, convertThing];

  it('rotates authorities under load without a failed call, with two replicas', async () => {
    const seconds: number[] = [];
    const policy = { authorityMs: 18_000, servingMs: 6_000, propagationMs: 1_000, clockSkewMs: 1_500 };
    const more = {
      policy,
      // Every call makes a new connection, so that every call verifies a certificate.
      limits: { requestsPerConnection: 1 },
      observer: { request: (fact: { seconds: number }) => seconds.push(fact.seconds * 1000) },
    };
    const replicas = [await start('things', everyThing, more), await start('things', everyThing, more)];
    const ports = replicas.map(({ server }) => server.port()!);
    const balancer = await startBalancer(ports);
    stops.push(balancer.stop);
    const url = `https://127.0.0.1:${balancer.port}`;
    await installDefinition('things', 'Thing', url + convertThing.path);
    await install('things', everyThing, url);
    await eventually('the API server trusts both', () => {
      if (!replicas.every(({ server }) => server.isReady())) throw new Error('not ready');
    });
    await eventually('things are served', () => client.list(oldThings));
    // A watch of the API server may lag behind what can be read.
    await eventually('a write goes through', () => client.apply(oldThings, thing(0, 0), { force: true }));

    const bundles = new Set<string>();
    const certificates = new Set<string>();
    const secret = { namespace: 'default', name: 'things-webhook' };
    const running = load(
      (worker, round) => client.apply(oldThings, thing(worker, round), { force: true }),
      4,
    );
    // Three times a new authority, and the last of them at work.
    const end = performance.now() + 120_000;
    const isLastAtWork = () => bundles.size >= 4 && certificates.size > lastChange + 1;
    let lastChange = Infinity;
    while (!isLastAtWork() && performance.now() < end) {
      const { data } = await client.get(resources.secrets, secret);
      certificates.add(data!['tls.crt']!);
      const configuration = await client.get(validatingWebhookConfigurations, {
        name: configurationOf('things', validateThing),
      });
      const bundle = Buffer.from(configuration.webhooks![0]!.clientConfig.caBundle!, 'base64').toString();
      for (const [pem] of bundle.matchAll(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g)) bundles.add(pem);
      if (bundles.size >= 4 && lastChange === Infinity) lastChange = certificates.size;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await running.end();
    console.info(
      `rotation under load: ${running.latencies.length} writes, ${seconds.length} webhook calls, ` +
        `${running.failures.length} failed; ${bundles.size} authorities, ${certificates.size} certificates; ` +
        `webhook P50 ${percentile(seconds, 0.5)} ms, P99 ${percentile(seconds, 0.99)} ms; ` +
        `whole write P50 ${percentile(running.latencies, 0.5)} ms, P99 ${percentile(running.latencies, 0.99)} ms; ` +
        `connections ${balancer.counts().join(' + ')}`,
    );
    expect(running.failures).toEqual([]);
    expect(running.latencies.length).toBeGreaterThan(200);
    expect(bundles.size).toBeGreaterThanOrEqual(4);
    expect(certificates.size).toBeGreaterThanOrEqual(7);
    expect(balancer.counts().every((count) => count > 100)).toBe(true);
    for (const { stop } of replicas) await stop();
    // Nobody answers for them any more.
    await uninstall('things', everyThing);
    await client.delete(resources.customResourceDefinitions, { name: `things.${group}` });
  }, 180_000);

  const mapsOnly = (name: string, handler: () => Verdict = () => ({ allowed: true })) =>
    validating(resources.configMaps, { name, operations: ['CREATE', 'UPDATE'], handler });
  const isTrusted = (server: WebhookServer) =>
    eventually(
      'the API server trusts us',
      () => {
        if (!server.isReady() || server.health().some(({ ok }) => !ok))
          throw new Error(JSON.stringify(server.health()));
      },
      30_000,
    );
  const writeMap = (worker: number, round = 0) =>
    client.apply(
      resources.configMaps,
      { metadata: { namespace: 'default', name: `m-${worker}` }, data: { round: String(round) } },
      { force: true },
    );

  it('owns nothing but caBundle, and gives it back when it is taken away', async () => {
    const maps = mapsOnly('validate.owned.example.com');
    const { server, url, stop } = await start('owned', [maps]);
    await install('owned', [maps], url);
    await isTrusted(server);
    const key = { name: configurationOf('owned', maps) };
    const held = await client.get(validatingWebhookConfigurations, key);
    const ours = held.metadata!.managedFields!.filter(({ manager }) => manager === 'owned-webhook');
    expect(ours.map(({ operation, fieldsV1 }) => ({ operation, fieldsV1: fieldsV1 as unknown }))).toEqual([
      {
        operation: 'Apply',
        fieldsV1: {
          'f:webhooks': {
            'k:{"name":"validate.owned.example.com"}': {
              '.': {},
              'f:clientConfig': { 'f:caBundle': {} },
              'f:name': {},
            },
          },
        },
      },
    ]);
    const bundleOf = async () =>
      (await client.get(validatingWebhookConfigurations, key)).webhooks![0]!.clientConfig.caBundle;
    // A chart that renders its part again leaves the bundle alone, whether it applies or replaces what it knows.
    const [rendered] = webhookManifests({ name: 'owned', webhooks: [maps], callAt: { url } }).validating;
    await client.apply(validatingWebhookConfigurations, rendered!, { force: true });
    expect(await bundleOf()).toBe(held.webhooks![0]!.clientConfig.caBundle);
    // One that replaces the object takes it away; so does a new object of the name.
    const began = performance.now();
    const { resourceVersion } = (await client.get(validatingWebhookConfigurations, key)).metadata!;
    await client.update(validatingWebhookConfigurations, {
      ...rendered,
      metadata: { ...key, ...(resourceVersion ? { resourceVersion } : {}) },
    });
    expect(await bundleOf()).toBeUndefined();
    await eventually('it is back', async () => expect(await bundleOf()).toBeDefined());
    const replacedMs = performance.now() - began;
    await client.delete(validatingWebhookConfigurations, key);
    await eventually('it is missed', () =>
      expect(
        server
          .health()
          .map(({ message }) => message)
          .join(),
      ).toContain('does not exist'),
    );
    expect(server.isReady()).toBe(true);
    await client.create(validatingWebhookConfigurations, rendered!);
    await eventually('it is back', async () => expect(await bundleOf()).toBeDefined());
    console.info(`a bundle that was taken away is back after ${replacedMs.toFixed(0)} ms`);
    await stop();
    await client.delete(validatingWebhookConfigurations, key);
  }, 60_000);

  it('outlives the loss of its Secret, and the restart of one replica after the other, under load', async () => {
    const maps = mapsOnly('validate.lossy.example.com');
    const more = { limits: { requestsPerConnection: 3 }, lameDuckMs: 500 };
    const first = await start('lossy', [maps], more);
    const second = await start('lossy', [maps], more);
    const balancer = await startBalancer([first.server.port()!, second.server.port()!]);
    stops.push(balancer.stop);
    await install('lossy', [maps], `https://127.0.0.1:${balancer.port}`);
    await isTrusted(first.server);
    await isTrusted(second.server);
    await eventually('a write goes through', () => writeMap(0));
    const running = load(writeMap, 4);
    const key = { namespace: 'default', name: 'lossy-webhook' };
    const before = (await client.get(resources.secrets, key)).data!['ca.crt'];
    await client.delete(resources.secrets, key);
    await eventually('another is made', async () => {
      expect((await client.get(resources.secrets, key)).data!['tls.crt']).toBeTruthy();
    });
    expect((await client.get(resources.secrets, key)).data!['ca.crt']).not.toBe(before);
    await client.mergePatch(resources.secrets, key, { data: { 'tls.key': 'AAAA', 'ca.key': null } });
    await eventually('it is mended', async () => {
      const { data } = await client.get(resources.secrets, key);
      expect(data!['ca.key']).toBeTruthy();
    });
    const third = await start('lossy', [maps], more);
    await isTrusted(third.server);
    balancer.route([second.server.port()!, third.server.port()!]);
    await first.stop();
    const fourth = await start('lossy', [maps], more);
    await isTrusted(fourth.server);
    balancer.route([third.server.port()!, fourth.server.port()!]);
    await second.stop();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await running.end();
    console.info(
      `loss and restarts under load: ${running.latencies.length} writes, ${running.failures.length} failed`,
    );
    expect(running.failures).toEqual([]);
    await third.stop();
    await fourth.stop();
    await uninstall('lossy', [maps]);
  }, 90_000);

  it('says which right it lacks, and does without the rest', async () => {
    const maps = mapsOnly('validate.poor.example.com');
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role' };
    await client.create(resources.roles, {
      ...role,
      metadata: { namespace: 'default', name: 'poor' },
      rules: [
        {
          apiGroups: [''],
          resources: ['secrets'],
          verbs: ['get', 'list', 'watch', 'create', 'update', 'patch'],
        },
      ],
    });
    await client.create(resources.roleBindings, {
      metadata: { namespace: 'default', name: 'poor' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'poor' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'poor' }],
    });
    const { server, stop } = await start('poor', [maps], { kubeconfig: plane.kubeconfigFor('poor') });
    expect(server.isReady()).toBe(false);
    expect(server.health().find(({ name }) => name.includes('validatingwebhook'))?.message).toMatch(
      /cannot be read: .*User "poor" cannot get resource "validatingwebhookconfigurations"/,
    );
    await stop();
  }, 30_000);

  it('negative control: the same without overlap fails calls', async () => {
    const maps = validating(resources.configMaps, {
      operations: ['UPDATE'],
      handler: () => ({ allowed: true }),
    });
    const limits = { ...defaultLimits, requestsPerConnection: 1 };
    const log = createLogger({ name: 'control', destination: { write: () => undefined } });
    const handle = createDispatch({
      webhooks: [maps],
      limits,
      log,
      clock: systemClock,
      observer: {},
      isDraining: () => false,
    });
    const https = createHttpsServer({ handle, limits, clock: systemClock });
    const validity = () => ({ notBefore: Date.now() - 60_000, notAfter: Date.now() + 600_000 });
    const rotate = async (): Promise<void> => {
      const authority = issueAuthority('control', validity());
      https.use(issueServing(authority, ['127.0.0.1'], validity()));
      const clientConfig = { caBundle: Buffer.from(authority.certPem).toString('base64') };
      const patch = {
        metadata: { name: configurationOf('control', maps) },
        webhooks: [{ name: maps.name, clientConfig }],
      };
      await client.apply(validatingWebhookConfigurations, patch, { force: true });
    };
    https.use(issueServing(issueAuthority('control', validity()), ['127.0.0.1'], validity()));
    await https.listen('127.0.0.1:0');
    stops.push(() => https.close(1_000));
    const key = { namespace: 'default', name: 'control' };
    await client.create(resources.configMaps, { metadata: key });
    await install('control', [maps], `https://127.0.0.1:${https.port()}`);
    await rotate();
    await eventually('the webhook works', () =>
      client.mergePatch(resources.configMaps, key, { data: { a: '0' } }),
    );
    const running = load(
      (worker, round) =>
        client.mergePatch(resources.configMaps, key, { data: { [`w${worker}`]: String(round) } }),
      4,
    );
    for (let round = 0; round < 10; round++) {
      await rotate();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await running.end();
    console.info(
      `rotation without overlap: ${running.latencies.length} writes, ${running.failures.length} failed`,
    );
    expect(running.failures.join()).toContain('x509: certificate signed by unknown authority');
    await uninstall('control', [maps]);
  }, 60_000);

  it('answers fast over kept connections', async () => {
    const seconds: number[] = [];
    const maps = [
      validating(resources.configMaps, {
        operations: ['CREATE', 'UPDATE'],
        handler: ({ object }) => (object.data?.['bad'] ? { denied: 'bad' } : { allowed: true }),
      }),
      mutating(resources.configMaps, {
        operations: ['CREATE', 'UPDATE'],
        handler: ({ object }) => ({ ...object, data: { ...object.data, added: 'yes' } }),
      }),
    ];
    const { server, url, stop } = await start('maps', maps, {
      observer: { request: (fact) => seconds.push(fact.seconds * 1000) },
    });
    await install('maps', maps, url);
    await eventually('the API server trusts us', () => {
      if (!server.isReady() || server.health().some(({ ok }) => !ok)) throw new Error('not trusted');
    });
    const key = (worker: number) => ({ namespace: 'default', name: `map-${worker}` });
    const data = { text: 'x'.repeat(20_000) };
    await eventually('a write goes through', () =>
      client.apply(resources.configMaps, { metadata: key(0), data }, { force: true }),
    );
    seconds.length = 0;
    const running = load(
      (worker, round) =>
        client.apply(
          resources.configMaps,
          { metadata: key(worker), data: { ...data, round: String(round) } },
          { force: true },
        ),
      4,
    );
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    await running.end();
    console.info(
      `kept connections, objects of 20 kB: ${running.latencies.length} writes, ${seconds.length} webhook calls; ` +
        `webhook P50 ${percentile(seconds, 0.5)} ms, P99 ${percentile(seconds, 0.99)} ms; ` +
        `whole write P50 ${percentile(running.latencies, 0.5)} ms, P99 ${percentile(running.latencies, 0.99)} ms`,
    );
    expect(running.failures).toEqual([]);
    await stop();
    await uninstall('maps', maps);
  }, 60_000);
});
