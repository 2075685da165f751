import {
  child,
  conditionsFrom,
  defineResource,
  resources,
  type Condition,
  type KubeClient,
  type Parent,
  type PlanDefinition,
} from '@stateful/reconcile-sdk';
import { installTestKind } from '../test-kind.ts';

/** A kind whose child changes with the time of day, so that an operator has something to do for weeks. */
export interface Rota extends Parent {
  spec: { team: string };
  status?: RotaStatus;
}
export interface RotaStatus {
  hour: number;
  team: string;
  conditions?: Condition[] | undefined;
}
export const rotas = defineResource<Rota>('test.example.com', 'v1', 'Rota', 'rotas');
export const hourMs = 3_600_000;

export const rotaPlan: PlanDefinition<Rota, Rota, RotaStatus> = {
  name: 'rota',
  resource: rotas,
  owns: [{ resource: resources.configMaps }],
  observe: (rota) => rota,
  plan(rota, now) {
    const hour = Math.floor(now / hourMs);
    const { name = '', generation = 0 } = rota.metadata ?? {};
    const { team } = rota.spec;
    return {
      children: [child(resources.configMaps, { metadata: { name }, data: { team, hour: String(hour) } })],
      status: {
        hour,
        team,
        conditions: conditionsFrom(
          rota.status?.conditions,
          [{ type: 'Ready', status: 'True', reason: 'Made', message: 'its map says whose hour it is' }],
          generation,
          now,
        ),
      },
      requeueAfterMs: (hour + 1) * hourMs - now,
    };
  },
  withProblems: (status) => status,
};

const schema = {
  type: 'object',
  properties: {
    spec: { type: 'object', required: ['team'], properties: { team: { type: 'string' } } },
    status: {
      type: 'object',
      properties: {
        hour: { type: 'integer' },
        team: { type: 'string' },
        conditions: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['type'],
          items: {
            type: 'object',
            required: ['type'],
            properties: {
              type: { type: 'string' },
              status: { type: 'string' },
              reason: { type: 'string' },
              message: { type: 'string' },
              observedGeneration: { type: 'integer' },
              lastTransitionTime: { type: 'string' },
            },
          },
        },
      },
    },
  },
};

/** Installs the kind. */
export const installRotas = (client: KubeClient): Promise<unknown> =>
  installTestKind(client, 'Rota', 'rotas', schema);
