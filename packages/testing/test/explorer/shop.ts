import {
  child,
  conditionsFrom,
  defineResource,
  isAlreadyExists,
  operation,
  resources,
  type Answer,
  type Condition,
  type DesiredChild,
  type KubeClient,
  type OperationDefinition,
  type OperationStatus,
  type Parent,
  type PlanDefinition,
} from '@stateful/reconcile-sdk';
import { type Outside, type Scenario, type Step, type SystemUnderTest } from '../../src/index.ts';
import { installTestKind } from '../test-kind.ts';

/** A kind with everything that goes wrong elsewhere: children, some of them optional, a number, a saga, a finalizer. */
export interface Shop extends Parent {
  spec: { address: string; shelves: number; sign?: string };
  status?: ShopStatus;
}
export interface ShopStatus extends OperationStatus {
  observedGeneration?: number;
  address?: string;
  conditions?: Condition[] | undefined;
}
export const shops = defineResource<Shop>('test.example.com', 'v1', 'Shop', 'shops');

/** What is outside: who has which address. Takes each request as often as it comes. */
export type Town = Map<string, string>;

export interface View {
  readonly shop: Shop;
  /** Whether the wanted address, and the one held so far, are ours. */
  readonly hasWanted: boolean;
  readonly hasPresent: boolean;
}

const { configMaps, secrets, services } = resources;

export function childrenOf({ metadata, spec }: Shop): DesiredChild[] {
  const name = metadata?.name ?? '';
  const shelves = Array.from({ length: spec.shelves }, (_, index) =>
    child(configMaps, { metadata: { name: `${name}-shelf-${index}` }, data: { of: name } }),
  );
  return [
    child(configMaps, { metadata: { name }, data: { address: spec.address } }),
    ...shelves,
    ...(spec.sign === undefined
      ? []
      : [
          child(secrets, {
            metadata: { name: `${name}-sign` },
            data: { text: Buffer.from(spec.sign).toString('base64') },
          }),
          child(services, { metadata: { name: `${name}-sign` }, spec: { ports: [{ port: 80 }] } }),
        ]),
  ];
}

const uidOf = ({ metadata }: Shop): string => metadata?.uid ?? '';
const namesOf = (params: unknown): { address: string; previous: string } =>
  params as { address: string; previous: string };

/** Moves from one address to another: first the new one is taken, then the old one let go. */
const move = (town: Town, outside: Outside): OperationDefinition<View> =>
  operation({
    kind: 'move',
    deadlineMs: 600_000,
    steps: [
      {
        name: 'claim',
        done: ({ hasWanted }) => hasWanted,
        act: ({ shop }, { params }) =>
          outside.change('claim an address', () => void town.set(namesOf(params).address, uidOf(shop))),
        undo: {
          done: ({ hasWanted }) => !hasWanted,
          act: (_, { params }) =>
            outside.change('release an address', () => void town.delete(namesOf(params).address)),
        },
      },
      {
        name: 'release',
        pointOfNoReturn: true,
        done: ({ hasPresent }, { params }) => {
          const { address, previous } = namesOf(params);
          return previous === '' || previous === address || !hasPresent;
        },
        act: (_, { params }) =>
          outside.change('release an address', () => void town.delete(namesOf(params).previous)),
      },
    ],
  });

const leave = (town: Town, outside: Outside): OperationDefinition<View> =>
  operation({
    kind: 'leave',
    steps: [
      {
        name: 'release',
        done: isGone,
        act: ({ shop }) =>
          outside.change('release all addresses', () => {
            for (const [address, owner] of town) if (owner === uidOf(shop)) town.delete(address);
          }),
      },
    ],
  });

const isGone = ({ hasWanted, hasPresent }: View): Answer => !hasWanted && !hasPresent;

export const shopPlan = (town: Town, outside: Outside): PlanDefinition<Shop, View, ShopStatus> => ({
  name: 'shop',
  resource: shops,
  owns: [{ resource: configMaps }, { resource: secrets }, { resource: services }],
  observe: (shop) => ({
    shop,
    hasWanted: town.get(shop.spec.address) === uidOf(shop),
    hasPresent: town.get(shop.status?.address ?? '') === uidOf(shop),
  }),
  plan({ shop }, now) {
    const { status, spec, metadata } = shop;
    const { operation: record } = status ?? {};
    const hasMoved = record?.key === spec.address && record.phase === 'Succeeded';
    const address = hasMoved ? spec.address : status?.address;
    const isThere = address === spec.address;
    return {
      children: childrenOf(shop),
      operation: {
        kind: 'move',
        key: spec.address,
        params: { address: spec.address, previous: status?.address ?? '' },
      },
      status: {
        observedGeneration: metadata?.generation ?? 0,
        ...(address === undefined ? {} : { address }),
        conditions: conditionsFrom(
          status?.conditions,
          [
            {
              type: 'Ready',
              status: isThere ? 'True' : 'False',
              reason: isThere ? 'Open' : 'Moving',
              message: isThere ? `open at ${address}` : `moves to ${spec.address}`,
            },
          ],
          metadata?.generation ?? 0,
          now,
        ),
      },
    };
  },
  operations: [move(town, outside), leave(town, outside)],
  finalizer: {
    name: 'test.example.com/address',
    isNeeded: () => true,
    finalize: (view) => ({
      children: 'leave',
      operation: { kind: 'leave', key: uidOf(view.shop) },
      status: view.shop.status ?? {},
      done: isGone(view),
    }),
    deadlineMs: 3_600_000,
    onDeadline: 'hold',
  },
});

/** The kind, for the API server. */
export const installShops = (users: KubeClient): Promise<unknown> =>
  installTestKind(users, 'Shop', 'shops', schema);

/** What people may write. */
export const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['address', 'shelves'],
      properties: {
        address: { type: 'string', minLength: 1, maxLength: 20 },
        shelves: { type: 'integer', minimum: 0, maximum: 4 },
        sign: { type: 'string', maxLength: 20 },
      },
    },
    status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
};

/** Shops in a town of their own; `plan` may be another one, that does something wrong. */
export function shopSystem(plan: typeof shopPlan = shopPlan): SystemUnderTest {
  let town: Town = new Map();
  return {
    operator: { name: 'shop-operator', build: (manager, outside) => manager.addPlan(plan(town, outside)) },
    async setUp({ users }) {
      town = new Map();
      await installShops(users);
    },
    parents: shops,
    managed: [configMaps, secrets, services],
    outside: () => Object.fromEntries(town),
  };
}

export const shopKey = { namespace: 'default', name: 'a' };
/** `null` takes a field away. */
export const set = (name: string, spec: { address?: string; shelves?: number; sign?: string | null }) => ({
  name,
  run: (users: KubeClient) => users.mergePatch(shops, shopKey, { spec }),
});
/** Makes it; when one of that name is still going, as soon as it is gone. */
export const creation = (spec: Shop['spec']): Step => ({
  name: 'create the shop',
  async run(users, { clock }) {
    const create = (): Promise<void> =>
      users.create(shops, { metadata: shopKey, spec }).then(
        () => undefined,
        (error: unknown) => {
          if (!isAlreadyExists(error)) throw error;
          clock.setTimer(1_000, () => void create());
        },
      );
    await create();
  },
});
export const open = creation({ address: 'north', shelves: 2, sign: 'hello' });
export const close = { name: 'delete the shop', run: (users: KubeClient) => users.delete(shops, shopKey) };

/** What people do to a shop, by what it tries. */
export const scenarios = {
  creation: { name: 'a shop is made', steps: [open] },
  life: {
    name: 'a shop moves, loses its sign and closes',
    steps: [
      open,
      set('move to the south', { address: 'south' }),
      set('take the sign down', { sign: null }),
      close,
    ],
  },
  recreation: {
    name: 'a shop is deleted and made again under its name',
    steps: [open, close, open],
  },
  toggle: {
    name: 'the sign is taken down and put up',
    steps: [open, set('take the sign down', { sign: null }), set('put the sign up', { sign: 'hello' })],
  },
  grow: {
    name: 'more shelves, and less',
    steps: [open, set('4 shelves', { shelves: 4 }), set('2 shelves', { shelves: 2 })],
  },
  shrink: {
    name: 'less shelves, and more',
    steps: [open, set('1 shelf', { shelves: 1 }), set('2 shelves', { shelves: 2 })],
  },
} satisfies Record<string, Scenario>;
