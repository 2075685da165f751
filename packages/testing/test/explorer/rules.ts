import {
  child,
  guardedDelete,
  keyOf,
  operation,
  resources,
  type DesiredChild,
  type HttpRequest,
  type Plan,
  type PlanDefinition,
  type StepDefinition,
  type Transport,
} from '@stateful/reconcile-sdk';
import {
  countsOf,
  crashes,
  type CacheView,
  type ExploreOptions,
  type Oracle,
  type Outside,
  type Scenario,
  type Strikes,
  type SystemUnderTest,
} from '../../src/index.ts';
import {
  close,
  open,
  scenarios,
  set,
  shopKey,
  shopPlan,
  shops,
  shopSystem,
  type Shop,
  type ShopStatus,
  type Town,
  type View,
} from './shop.ts';

/** One of the rules R1 to R13, a way to break it, and the exploration that has to find out. */
export interface BrokenRule {
  readonly rule: string;
  readonly how: string;
  readonly broken: SystemUnderTest;
  /** The same with the rule kept: nothing may be found. */
  readonly kept: SystemUnderTest;
  readonly exploration: Pick<ExploreOptions, 'scenario' | 'strikes' | 'depth' | 'oracles'>;
}

type ShopPlan = PlanDefinition<Shop, View, ShopStatus>;
type Tamper = NonNullable<SystemUnderTest['operator']['tamper']>;
const { configMaps, secrets } = resources;
const nothing: Strikes = () => [];

// --- Rules of the engine: broken on the way between the operator and its requests. ---

function tampered(tamper: Tamper): SystemUnderTest {
  const system = shopSystem();
  return { ...system, operator: { ...system.operator, tamper } };
}
/** Some requests are answered otherwise. */
const answering =
  (
    answer: (request: HttpRequest, inner: Transport, view: CacheView) => Promise<unknown> | undefined,
  ): Tamper =>
  (inner, view) => ({
    stream: (request) => inner.stream(request),
    close: () => inner.close(),
    request: (request) => answer(request, inner, view) ?? inner.request(request),
  });

/** Deletes whatever has the name. */
const unbound = answering((request, inner) =>
  request.method === 'DELETE' ? inner.request({ ...request, body: {} }) : undefined,
);

/** Answers a look at one object by what a list as old as the caches shows: no look past the cache. */
const asCached = (plural: string): Tamper =>
  answering((request, inner, view) => {
    const [path = ''] = request.path.split('?');
    if (request.method !== 'GET' || !path.includes(`/${plural}/`)) return undefined;
    const at = view.revision();
    const query = at === undefined ? '' : `?resourceVersion=${at}&resourceVersionMatch=Exact`;
    const list = { ...request, path: `${path.slice(0, path.lastIndexOf('/'))}${query}` };
    return inner.request(list).then((answer) => {
      const { items } = answer as { items: { metadata: { name: string } }[] };
      return items.find(({ metadata }) => path.endsWith(`/${metadata.name}`)) ?? inner.request(request);
    });
  });

/** The sign goes and comes so quickly that it is never taken down. */
const flicker: Scenario = {
  name: 'the sign is taken down and put up at once',
  steps: [
    open,
    {
      name: 'take the sign down and put it up',
      async run(users) {
        await set('', { sign: null }).run(users);
        await set('', { sign: 'hello' }).run(users);
      },
    },
    set('3 shelves', { shelves: 3 }),
  ],
};
const brief: Scenario = { name: 'a shop opens and closes', steps: [open, close] };

// --- Rules of whoever writes a plan: broken in a plan that is wrong. ---

const changed = (change: (plan: ShopPlan, town: Town, outside: Outside) => ShopPlan): SystemUnderTest =>
  shopSystem((town, outside) => change(shopPlan(town, outside), town, outside));

/** The plan with other children. */
const withChildren = (
  plan: ShopPlan,
  children: (view: View, plan: Plan<ShopStatus>) => readonly DesiredChild[],
): ShopPlan => ({
  ...plan,
  plan(view, now) {
    const usual = plan.plan(view, now);
    return { ...usual, children: children(view, usual) };
  },
});

/** R4: takes the sign down when it has seen that it was up before. */
const edgeTriggered = changed((plan) => {
  const wasUp = new Set<string>();
  return {
    ...plan,
    owns: plan.owns.map((owned) => (owned.resource.plural === 'secrets' ? { ...owned, keep: true } : owned)),
    async observe(shop, context) {
      const view = await plan.observe(shop, context);
      const sign = context.store(secrets).get('default', `${shop.metadata?.name}-sign`);
      return { ...view, sign };
    },
    plan(view, now) {
      const { shop, sign } = view as View & { sign?: object };
      const uid = shop.metadata?.uid ?? '';
      const isTakenDown = wasUp.has(uid) && shop.spec.sign === undefined;
      if (shop.spec.sign !== undefined) wasUp.add(uid);
      const usual = plan.plan(view, now);
      return isTakenDown && sign
        ? {
            ...usual,
            deletes: [
              guardedDelete({
                resource: secrets,
                object: sign,
                isStillSo: () => true,
                because: 'taken down',
              }),
            ],
          }
        : usual;
    },
  };
});

/** A saga that claims an address and puts it in the telephone book. */
const twoEffects = (steps: (town: Town, outside: Outside) => StepDefinition<View>[]): SystemUnderTest =>
  changed((plan, town, outside) => ({
    ...plan,
    finalizer: undefined as never,
    operations: [operation<View>({ kind: 'move', steps: steps(town, outside) })],
  }));
const claim = (town: Town, outside: Outside, { shop }: View): Promise<void> =>
  outside.change('claim an address', () => void town.set(shop.spec.address, shop.metadata?.uid ?? ''));
const enlist = (town: Town, outside: Outside, { shop }: View): Promise<void> =>
  outside.change('enlist', () => void town.set(`book ${shop.spec.address}`, shop.metadata?.uid ?? ''));
const has = (town: Town, view: View, prefix = ''): boolean => town.has(`${prefix}${view.shop.spec.address}`);

/** R5: whether the address is there stands for both. */
const oneForBoth = twoEffects((town, outside) => [
  {
    name: 'both',
    done: (view) => has(town, view),
    async act(view) {
      await claim(town, outside, view);
      await enlist(town, outside, view);
    },
  },
]);
const oneForEach = twoEffects((town, outside) => [
  { name: 'claim', done: (view) => has(town, view), act: (view) => claim(town, outside, view) },
  { name: 'enlist', done: (view) => has(town, view, 'book '), act: (view) => enlist(town, outside, view) },
]);

/** R6: what was done is kept in memory, and the town writes every request down anew. */
const forgetful = (remembers: boolean): SystemUnderTest =>
  changed((plan, town, outside) => {
    const done = new Set<string>();
    return {
      ...plan,
      async observe(shop, context) {
        const entry = `visit ${shop.metadata?.uid}`;
        const isDone = remembers ? done.has(entry) : [...town.keys()].some((key) => key.startsWith(entry));
        if (!isDone) await outside.change('visit', () => void town.set(`${entry} ${town.size}`, ''));
        done.add(entry);
        return plan.observe(shop, context);
      },
    };
  });

/** R8: the main shelf is the first of the list, or the first by name. */
const mainShelf = (order: (names: string[]) => string[]): SystemUnderTest =>
  changed((plan) => ({
    ...plan,
    async observe(shop, context) {
      const names = context
        .store(configMaps)
        .ownedBy(shop.metadata?.uid ?? '')
        .map(({ metadata }) => metadata?.name ?? '')
        .filter((name) => name.includes('shelf'));
      return { ...(await plan.observe(shop, context)), main: order(names)[0] ?? '' };
    },
    plan(view, now) {
      const usual = plan.plan(view, now);
      const main = child(configMaps, {
        metadata: { name: `${view.shop.metadata?.name}-main` },
        data: { shelf: (view as View & { main: string }).main },
      });
      return { ...usual, children: [...(usual.children as DesiredChild[]), main] };
    },
  }));

/** R9: reads a block that need not be there. */
const trusting = changed((plan) =>
  withChildren(plan, ({ shop }, usual) => [
    ...(usual.children as DesiredChild[]),
    child(configMaps, { metadata: { name: 'shout' }, data: { sign: shop.spec.sign!.toUpperCase() } }),
  ]),
);

/** R10: shelves stay when they are no longer wanted, and are used again as they are. */
const hoarding = changed((plan) => ({
  ...plan,
  owns: plan.owns.map((owned) => (owned.resource.plural === 'configmaps' ? { ...owned, keep: true } : owned)),
}));
const freshShelf: Oracle = ({ changes }, _reference, system) => {
  const [made] = countsOf(changes, system).get('configmaps. default/a-shelf-1') ?? [0];
  return made === 2 ? [] : [`the shelf that came back was made ${made} times: it is the old one`];
};

/** R11: the town needs five seconds, and a shop without an address is lost. */
const slowTown = (isDone: (asked: boolean, view: View) => boolean): SystemUnderTest => {
  let complain: (text: string) => void = () => undefined;
  const system = changed((plan, town, outside) => {
    const of = (shop: Shop): string[] =>
      [...town].filter(([, owner]) => owner === shop.metadata?.uid).map(([address]) => address);
    const move = operation<View>({
      kind: 'move',
      steps: [
        {
          name: 'claim',
          done: (view, { asked }) => isDone(asked, view),
          act: ({ shop }, { params }) =>
            outside.change('ask for an address', () => {
              const { address } = params as { address: string };
              outside.clock.setTimer(5_000, () => void town.set(address, shop.metadata?.uid ?? ''));
            }),
        },
        {
          name: 'release',
          done: ({ shop }, { params }) => {
            const { previous, address } = params as { previous: string; address: string };
            return previous === '' || previous === address || !of(shop).includes(previous);
          },
          act: ({ shop }, { params }) =>
            outside.change('release an address', () => {
              town.delete((params as { previous: string }).previous);
              if (of(shop).length === 0) complain('the shop has no address');
            }),
        },
      ],
    });
    return { ...plan, operations: [move, ...(plan.operations ?? []).slice(1)] };
  });
  return {
    ...system,
    async setUp(world) {
      complain = (text) => world.complain(text);
      await system.setUp(world);
    },
  };
};

/** R12: what runs is started again when its settings are seen to change, or when it runs with others. */
const restarting = (isByHash: boolean): SystemUnderTest =>
  changed((plan) => ({
    ...plan,
    async observe(shop, context) {
      const get = (suffix: string) =>
        context.store(configMaps).get('default', `${shop.metadata?.name}${suffix}`)?.data;
      return { ...(await plan.observe(shop, context)), settings: get(''), runs: get('-process') };
    },
    plan(view, now) {
      const usual = plan.plan(view, now);
      const { shop, settings, runs } = view as View & {
        settings?: Record<string, string>;
        runs?: Record<string, string>;
      };
      const wanted = shop.spec.address;
      const isChanging = isByHash || !runs || settings?.['address'] !== wanted;
      const process = child(configMaps, {
        metadata: { name: `${shop.metadata?.name}-process` },
        data: { address: isChanging ? wanted : (runs['address'] ?? '') },
      });
      return { ...usual, children: [...(usual.children as DesiredChild[]), process] };
    },
  }));

/** R13: makes a child under a name of chance where the cache shows none. */
const numbering = (which: 'held' | 'not held'): SystemUnderTest => ({
  ...shopSystem(),
  operator: {
    name: 'shop-operator',
    build: (manager) =>
      manager.addController({
        name: 'shop',
        resource: shops,
        owns: [{ resource: configMaps }],
        async reconcile(key, context) {
          const shop = context.store(shops).get(key.namespace, key.name);
          if (!shop || context.store(configMaps).ownedBy(shop.metadata?.uid ?? '').length > 0)
            return undefined;
          const client = which === 'held' ? context.client : context.cluster.client;
          const { uid = '', name = '' } = shop.metadata ?? {};
          await client.create(configMaps, {
            metadata: {
              namespace: keyOf(shop).namespace ?? '',
              generateName: 'a-',
              ownerReferences: [
                { apiVersion: 'test.example.com/v1', kind: 'Shop', name, uid, controller: true },
              ],
            },
          });
          return { requeueAfterMs: 1_000 };
        },
      }),
  },
});
const oneChild: Oracle = ({ changes }, _reference, system) => {
  const made = [...countsOf(changes, system).values()].reduce((sum, [count]) => sum + count, 0);
  return made === 1 ? [] : [`${made} children were made instead of one`];
};

const bare: Scenario = {
  name: 'a shop without a sign',
  steps: [
    {
      name: 'create it',
      run: (users) => users.create(shops, { metadata: shopKey, spec: { address: 'north', shelves: 1 } }),
    },
  ],
};
const moved: Scenario = { name: 'a shop moves', steps: scenarios.life.steps.slice(0, 2) };
/** Every older state, for a process that starts late in its predecessor's life. */
const everyBack =
  (from: number): Strikes =>
  (point) =>
    point < from
      ? []
      : Array.from({ length: 30 }, (_, index) => ({ do: 'stale-restart', back: index + 1, forMs: 20_000 }));

/** All of them. */
export const brokenRules: readonly BrokenRule[] = [
  {
    rule: 'R1',
    how: 'deletes are not bound to UID and resourceVersion',
    broken: tampered(unbound),
    kept: shopSystem(),
    exploration: { scenario: scenarios.toggle, strikes: nothing, depth: 1 },
  },
  {
    rule: 'R2',
    how: 'children are not looked at past the cache',
    broken: tampered(asCached('secrets')),
    kept: shopSystem(),
    exploration: { scenario: scenarios.toggle, strikes: nothing, depth: 1 },
  },
  {
    rule: 'R3',
    how: 'an older view of the parent may take away what a newer one built',
    broken: tampered(asCached('shops')),
    kept: shopSystem(),
    exploration: { scenario: flicker, strikes: everyBack(12), depth: 1 },
  },
  {
    rule: 'R4',
    how: 'what goes is decided from having seen it',
    broken: edgeTriggered,
    kept: shopSystem(),
    exploration: { scenario: scenarios.toggle, strikes: crashes, depth: 1 },
  },
  {
    rule: 'R5',
    how: 'one effect stands for two',
    broken: oneForBoth,
    kept: oneForEach,
    exploration: { scenario: { name: 'a shop', steps: [open] }, strikes: crashes, depth: 1 },
  },
  {
    rule: 'R6',
    how: 'what was done is kept in memory',
    broken: forgetful(true),
    kept: forgetful(false),
    exploration: { scenario: { name: 'a shop', steps: [open] }, strikes: crashes, depth: 1 },
  },
  {
    rule: 'R7',
    how: 'children are made for a parent that is gone',
    broken: tampered(asCached('shops')),
    kept: shopSystem(),
    exploration: { scenario: brief, strikes: everyBack(15), depth: 1 },
  },
  {
    rule: 'R8',
    how: 'the first of a list is chosen',
    broken: mainShelf((names) => names),
    kept: mainShelf((names) => names.toSorted()),
    exploration: { scenario: moved, strikes: () => [{ do: 'reversed-restart' }], depth: 1 },
  },
  {
    rule: 'R9',
    how: 'a block that may be missing is read',
    broken: trusting,
    kept: shopSystem(),
    exploration: { scenario: bare, strikes: nothing, depth: 1 },
  },
  {
    rule: 'R10',
    how: 'what belongs to a number that comes back is used again',
    broken: hoarding,
    kept: shopSystem(),
    exploration: { scenario: scenarios.shrink, strikes: nothing, depth: 1, oracles: [freshShelf] },
  },
  {
    rule: 'R11',
    how: 'a step is done when it was asked for',
    broken: slowTown((asked) => asked),
    kept: slowTown((_, { hasWanted }) => hasWanted),
    exploration: { scenario: moved, strikes: nothing, depth: 1 },
  },
  {
    rule: 'R12',
    how: 'what runs is started again when a change was seen',
    broken: restarting(false),
    kept: restarting(true),
    exploration: { scenario: moved, strikes: crashes, depth: 1 },
  },
  {
    rule: 'R13',
    how: 'a key is looked at before the caches have what was written for it',
    broken: numbering('not held'),
    kept: numbering('held'),
    exploration: {
      scenario: bare,
      strikes: () => [{ do: 'freeze', kind: 'configmaps', forMs: 5_000, then: 'resume' }],
      depth: 1,
      oracles: [oneChild],
    },
  },
];
