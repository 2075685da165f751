import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type KubeClient, type KubeObject, type ObjectKey, type Resource } from '../src/client/index.ts';
import { createManualClock, createSeededRandom, type Clock } from '../src/clock/index.ts';
import { OperatorError } from '../src/errors/index.ts';
import { createLogger } from '../src/logging/index.ts';
import { type Serving } from '../src/webhook/certificates/holdings.ts';
import { createCertificateKeeper, type CertificateKeeper } from '../src/webhook/certificates/keeper.ts';
import { type CertificatePolicy } from '../src/webhook/certificates/machine.ts';
import { inspectBundle, type Inspected } from '../src/webhook/certificates/inspect.ts';
import { createSecretSource } from '../src/webhook/certificates/source.ts';
import { bundleTargets } from '../src/webhook/certificates/targets.ts';

/*
 * The real keeper with real certificates, several replicas of it, in virtual time: calls take time, fail before or
 * after they took effect, processes die between any two of them, clocks differ, users meddle with the Secret, and two
 * API servers act on bundles only after a while. Whatever happens, a replica that has once been ready must at every
 * instant show a certificate that every API server accepts.
 */
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const policy: CertificatePolicy = {
  authorityMs: 30 * hour,
  servingMs: 9 * hour,
  propagationMs: minute,
  clockSkewMs: 10 * minute,
};
const hosts = ['operator.system.svc'];
const secretKey = { namespace: 'system', name: 'certs' };
const targets = bundleTargets({
  admission: ['validate.a', 'validate.b'].map((name) => ({ kind: 'validating', name, configuration: 'op' })),
  definitions: ['gadgets.example.com'],
});

interface Replica {
  keeper: CertificateKeeper;
  shown: Serving | undefined;
  /** Endpoints point at it. */
  isReady: boolean;
  die: () => Promise<void>;
}

function createWorld(
  seed: number,
  options: {
    policy?: CertificatePolicy;
    lagMs?: number;
    resyncMs?: number;
    isCalm?: boolean;
    isBundleReplaced?: boolean;
  } = {},
) {
  const random = createSeededRandom(seed);
  const rules = options.policy ?? policy;
  const lagMs = options.lagMs ?? 0.9 * rules.propagationMs;
  const clock = createManualClock();
  const objects = new Map<string, KubeObject>();
  /** What each API server acts on, per target and entry. */
  const views = [new Map<string, Inspected[][]>(), new Map<string, Inspected[][]>()];
  const replicas = new Set<Replica>();
  const violations: string[] = [];
  const seen = { authorities: new Set<string>(), certificates: new Set<string>(), checks: 0, writes: 0 };
  let version = 1;
  /** Bundles that were taken away by others: calls fail until they are back, whatever we do. */
  const wiped = new Map<string, number>();

  const pathOf = (resource: Resource, key: ObjectKey): string => `${resource.plural}/${key.name}`;
  const bundlesOf = (object: KubeObject): Inspected[][] => {
    const spec = object as {
      webhooks?: { clientConfig: { caBundle?: string } }[];
      spec?: { conversion: { webhook: { clientConfig: { caBundle?: string } } } };
    };
    const configs = spec.webhooks?.map((entry) => entry.clientConfig) ?? [
      spec.spec!.conversion.webhook.clientConfig,
    ];
    return configs.map(({ caBundle }) => inspectBundle(Buffer.from(caBundle ?? '', 'base64').toString()));
  };

  const isTrustedBy = (view: Map<string, Inspected[][]>, path: string, authority: string): boolean =>
    view
      .get(path)
      ?.every((bundle) => bundle.some(({ id, notAfter }) => id === authority && notAfter > clock.now())) ??
    true;

  function check(): void {
    seen.checks++;
    const now = clock.now();
    const ready = [...replicas].filter(({ isReady }) => isReady);
    for (const [path, since] of wiped) {
      const isBack = ready.every(({ shown }) =>
        views.every((view) => isTrustedBy(view, path, shown?.authority ?? '')),
      );
      // Not before everybody has seen that it was taken away.
      if (isBack && ready.length > 0 && now > since + lagMs) wiped.delete(path);
    }
    for (const { shown } of ready) {
      const say = (what: string): void => void violations.push(`${new Date(now).toISOString()}: ${what}`);
      if (!shown || shown.notAfter <= now || shown.notBefore > now)
        say('a ready replica shows an invalid certificate');
      else
        for (const [server, view] of views.entries())
          for (const path of view.keys())
            if (!wiped.has(path) && !isTrustedBy(view, path, shown.authority))
              say(`API server ${server} does not trust it for ${path}`);
    }
  }

  function store(path: string, object: KubeObject, spec: boolean): KubeObject {
    const held = objects.get(path);
    const stored = structuredClone(object);
    stored.metadata = {
      ...held?.metadata,
      ...stored.metadata,
      uid: held?.metadata?.uid ?? `uid-${version}`,
      resourceVersion: String(++version),
      generation: (held?.metadata?.generation ?? 0) + (spec ? 1 : 0),
      managedFields: [{ manager: 'x', time: new Date(clock.now()).toISOString() }],
    };
    objects.set(path, stored);
    seen.writes++;
    if (path.startsWith('secrets/')) {
      for (const replica of replicas) clock.setTimer(random.next() * 500, () => replica.keeper.wake());
      return stored;
    }
    for (const view of views) {
      // A watch may lag, but never goes back in time.
      clock.setTimer(random.next() * lagMs, () => {
        const entries = bundlesOf(objects.get(path) ?? stored);
        view.set(path, entries);
        check();
      });
    }
    for (const replica of replicas) clock.setTimer(random.next() * 500, () => replica.keeper.wake());
    return stored;
  }

  /** A client of one process, which `die` cuts off for good. */
  function clientOf(life: AbortSignal, crashAt: number): KubeClient {
    let calls = 0;
    async function call<T>(signal: AbortSignal | undefined, effect: () => T): Promise<T> {
      const crashes = ++calls === crashAt;
      await clock.sleep(1 + random.next() * 100, signal);
      if (life.aborted) throw new OperatorError('network', 'the process is gone');
      const luck = options.isCalm ? 1 : random.next();
      if (luck < 0.02 || (crashes && luck < 0.5)) throw new OperatorError('network', 'lost on the way');
      const result = effect();
      await clock.sleep(1 + random.next() * 100, signal);
      if (luck < 0.04 || crashes) throw new OperatorError('network', 'the answer was lost');
      return structuredClone(result);
    }
    const preconditioned = (path: string, object: KubeObject): KubeObject => {
      const held = objects.get(path);
      const wanted = object.metadata?.resourceVersion;
      if (!held || (wanted && wanted !== held.metadata?.resourceVersion))
        throw new OperatorError('conflict', 'precondition', { httpStatus: 409 });
      return held;
    };
    return {
      find: (resource: Resource, key: ObjectKey, { signal }: { signal: AbortSignal }) =>
        call(signal, () => objects.get(pathOf(resource, key))),
      create: (resource: Resource, object: KubeObject, { signal }: { signal: AbortSignal }) =>
        call(signal, () => {
          const path = pathOf(resource, { name: object.metadata!.name! });
          if (objects.has(path)) throw new OperatorError('already-exists', 'exists', { httpStatus: 409 });
          return store(path, object, true);
        }),
      apply: (resource: Resource, object: KubeObject, { signal }: { signal: AbortSignal }) =>
        call(signal, () => {
          const path = pathOf(resource, { name: object.metadata!.name! });
          const held = preconditioned(path, object);
          if (options.isBundleReplaced) keepNewestOnly(object);
          return store(path, merge(held, object), true);
        }),
    } as unknown as KubeClient;
  }

  function start(crashAt = Infinity): Replica {
    const life = new AbortController();
    const skew = (random.next() - 0.5) * rules.clockSkewMs;
    const own: Clock = { ...clock, now: () => clock.now() + skew };
    const client = clientOf(life.signal, crashAt);
    const replica: Replica = {
      shown: undefined,
      isReady: false,
      keeper: createCertificateKeeper({
        name: 'op',
        source: createSecretSource({ client, secret: secretKey, managedBy: 'op' }),
        targets,
        hosts,
        client,
        clock: own,
        random,
        log: createLogger({ name: 'op', destination: { write: () => undefined } }),
        policy: rules,
        resyncMs: options.resyncMs ?? 2 * hour,
        onServing(serving) {
          replica.shown = serving;
          seen.authorities.add(serving.authority);
          seen.certificates.add(serving.id);
          check();
        },
      }),
      async die() {
        replicas.delete(replica);
        life.abort();
        await ended;
      },
    };
    const ended = replica.keeper.run(life.signal);
    replicas.add(replica);
    return replica;
  }

  /** Lets time pass, looking at everything often enough that no gap longer than a minute is missed at first. */
  async function pass(ms: number, step = 10 * minute): Promise<void> {
    const end = clock.monotonic() + ms;
    while (clock.monotonic() < end) {
      const isBusy = [...replicas].some((replica) => !replica.isReady);
      await clock.advance(Math.min(isBusy ? 5_000 : step, end - clock.monotonic()));
      for (const replica of replicas) replica.isReady ||= replica.keeper.isTrusted();
      check();
    }
  }

  const install = (): void => {
    for (const { resource, name } of targets) wiped.set(pathOf(resource, { name }), clock.now());
    store(
      'validatingwebhookconfigurations/op',
      {
        metadata: { name: 'op' },
        webhooks: targets[0]!.webhooks!.map((name) => ({ name, clientConfig: {}, failurePolicy: 'Fail' })),
      } as KubeObject,
      true,
    );
    store(
      'customresourcedefinitions/gadgets.example.com',
      {
        metadata: { name: 'gadgets.example.com' },
        spec: { conversion: { strategy: 'Webhook', webhook: { clientConfig: {} } } },
      } as KubeObject,
      true,
    );
  };
  return {
    clock,
    objects,
    views,
    replicas,
    violations,
    seen,
    wiped,
    random,
    store,
    start,
    pass,
    install,
    check,
    secret: () => objects.get('secrets/certs') as KubeObject & { data: Record<string, string> },
  };
}

/** What a rotation does that knows no overlap: the newest authority is the only one in each bundle. */
function keepNewestOnly(object: KubeObject): void {
  const { webhooks = [], spec } = object as {
    webhooks?: { clientConfig: { caBundle: string } }[];
    spec?: { conversion: { webhook: { clientConfig: { caBundle: string } } } };
  };
  for (const config of [
    ...webhooks.map(({ clientConfig }) => clientConfig),
    ...(spec ? [spec.conversion.webhook.clientConfig] : []),
  ]) {
    const newest = inspectBundle(Buffer.from(config.caBundle, 'base64').toString())
      .sort((a, b) => b.notBefore - a.notBefore)
      .slice(0, 1);
    config.caBundle = Buffer.from(newest.map(({ pem }) => pem).join('')).toString('base64');
  }
}

/** As server-side apply merges: lists by `name`. */
function merge<T>(held: T, applied: T): T {
  if (Array.isArray(held) && Array.isArray(applied)) {
    const items = applied as { name: string }[];
    const merged = (held as { name: string }[]).map((item) =>
      merge(item, items.find(({ name }) => name === item.name) ?? item),
    );
    return merged as T;
  }
  if (typeof held !== 'object' || held === null || typeof applied !== 'object') return applied;
  const result = { ...held } as Record<string, unknown>;
  for (const [key, value] of Object.entries(applied as object))
    result[key] = merge(result[key], value as unknown);
  return result as T;
}

type Mischief = 'crash' | 'delete' | 'empty' | 'key' | 'restore' | 'wipe' | 'replace-configuration' | 'quiet';

describe('certificates over time', () => {
  it('five years of two replicas with the default lifetimes', async () => {
    const world = createWorld(1, {
      policy: { authorityMs: 365 * day, servingMs: 90 * day, propagationMs: 30_000, clockSkewMs: hour },
      resyncMs: 10 * day,
      isCalm: true,
    });
    world.install();
    world.start();
    world.start();
    await world.pass(5 * 365 * day, 12 * hour);
    expect(world.violations.slice(0, 5)).toEqual([]);
    // An authority every 8 months or so, certificates every 60 days.
    expect(world.seen.authorities.size).toBeGreaterThanOrEqual(7);
    expect(world.seen.certificates.size).toBeGreaterThanOrEqual(25);
    expect(world.seen.writes).toBeLessThan(120);
    for (const entries of world.views[0]!.values())
      for (const bundle of entries) expect(bundle.length).toBeLessThanOrEqual(2);
    for (const replica of world.replicas) {
      expect(replica.isReady).toBe(true);
      await replica.die();
    }
  }, 60_000);

  it('two replicas that start at once end with one authority', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const world = createWorld(seed, { isCalm: true });
      world.install();
      const both = [world.start(), world.start()];
      await world.pass(3 * minute);
      expect(both.map(({ isReady }) => isReady)).toEqual([true, true]);
      expect(world.seen.authorities.size).toBe(1);
      expect(inspectBundle(Buffer.from(world.secret().data['ca.crt']!, 'base64').toString())).toHaveLength(1);
      for (const replica of both) await replica.die();
    }
  });

  it('a replica that starts in the middle of a rotation is ready as soon as it may be', async () => {
    const world = createWorld(2, { isCalm: true });
    world.install();
    const first = world.start();
    await world.pass(22 * hour);
    // Long after the last change, the API server's own dates say that trust is old.
    const late = world.start();
    await world.pass(10_000);
    expect([world.seen.authorities.size, late.isReady]).toEqual([2, true]);
    world.store(
      'customresourcedefinitions/gadgets.example.com',
      world.objects.get('customresourcedefinitions/gadgets.example.com')!,
      true,
    );
    const early = world.start();
    await world.pass(10_000);
    expect(early.isReady).toBe(false);
    await world.pass(2 * policy.propagationMs);
    expect(early.isReady).toBe(true);
    expect(world.violations).toEqual([]);
    for (const replica of [first, late, early]) await replica.die();
  });

  it('negative control: API servers that lag for longer than they are given are met too early', async () => {
    const world = createWorld(3, { lagMs: 20 * policy.propagationMs, isCalm: true });
    world.install();
    const both = [world.start(), world.start()];
    await world.pass(48 * hour);
    expect(world.violations.join()).toContain('does not trust it');
    for (const replica of both) await replica.die();
  });

  it('negative control: a bundle that is replaced instead of extended breaks what is shown', async () => {
    const world = createWorld(4, { isCalm: true, isBundleReplaced: true });
    world.install();
    const both = [world.start(), world.start()];
    for (let h = 0; h < 24 && world.violations.length === 0; h++) await world.pass(hour);
    expect(world.violations.join()).toContain('does not trust it');
    // Two that fight do not storm the API server.
    const writes = world.seen.writes;
    await world.pass(hour);
    expect(world.seen.writes - writes).toBeLessThan(600);
    for (const replica of both) await replica.die();
  });

  it('whoever dies when, and whatever is done to the Secret', async () => {
    const mischief = fc.record({
      afterMs: fc.integer({ min: 1, max: 12 * hour }),
      crashAt: fc.integer({ min: 1, max: 60 }),
      what: fc.constantFrom<Mischief>(
        'crash',
        'crash',
        'delete',
        'empty',
        'key',
        'restore',
        'wipe',
        'replace-configuration',
        'quiet',
      ),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.array(mischief, { minLength: 1, maxLength: 10 }),
        async (seed, events) => {
          const world = createWorld(seed);
          world.install();
          world.start(events[0]!.crashAt);
          world.start();
          await world.pass(5 * minute);
          const oldCopy = structuredClone(world.secret()?.data);
          for (const { afterMs, crashAt, what } of events) {
            await world.pass(afterMs);
            await meddle(world, what, crashAt, oldCopy);
          }
          await world.pass(24 * hour);
          expect(world.violations.slice(0, 5)).toEqual([]);
          for (const replica of world.replicas) {
            expect(replica.isReady).toBe(true);
            await replica.die();
          }
        },
      ),
      { numRuns: 40, endOnFailure: true },
    );
  }, 240_000);
});

async function meddle(
  world: ReturnType<typeof createWorld>,
  what: Mischief,
  crashAt: number,
  oldCopy: Record<string, string> | undefined,
): Promise<void> {
  const secret = world.secret();
  switch (what) {
    case 'crash': {
      const [first] = world.replicas;
      await first?.die();
      world.start(crashAt);
      return;
    }
    case 'delete':
      world.objects.delete('secrets/certs');
      return;
    case 'empty':
      if (secret) world.store('secrets/certs', { ...secret, data: {} } as KubeObject, true);
      return;
    case 'key':
      if (secret) {
        const data = { ...secret.data, 'tls.key': 'bm90IGEga2V5', 'ca.key': '' };
        world.store('secrets/certs', { ...secret, data } as KubeObject, true);
      }
      return;
    case 'restore':
      if (secret && oldCopy) world.store('secrets/certs', { ...secret, data: oldCopy } as KubeObject, true);
      return;
    case 'wipe': {
      const path = 'customresourcedefinitions/gadgets.example.com';
      const held = world.objects.get(path)!;
      world.wiped.set(path, world.clock.now());
      const spec = { conversion: { strategy: 'Webhook', webhook: { clientConfig: {} } } };
      world.store(path, { ...held, spec } as KubeObject, true);
      return;
    }
    case 'replace-configuration': {
      const path = 'validatingwebhookconfigurations/op';
      world.objects.delete(path);
      world.install();
      return;
    }
    case 'quiet':
      return;
  }
}
