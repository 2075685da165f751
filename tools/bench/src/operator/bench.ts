import {
  child,
  conditionsFrom,
  defineResource,
  readyFrom,
  resources,
  type Condition,
  type KubeObject,
  type PlanDefinition,
} from '@stateful/reconcile-sdk';
import { childLabel, childSelector, kind } from '../kind.ts';

/** Asks for one ConfigMap that holds a value. */
export interface Bench extends KubeObject {
  spec: { value: string };
  status?: BenchStatus;
}

export interface BenchStatus {
  observedGeneration?: number;
  conditions?: Condition[];
}

const benches = defineResource<Bench>(kind.group, kind.version, kind.kind, kind.plural);

/** All that the operator is; ../../go/reconciler.go is the same on controller-runtime. */
export const benchPlan: PlanDefinition<Bench, Bench, BenchStatus> = {
  name: 'bench',
  resource: benches,
  owns: [{ resource: resources.configMaps, labelSelector: childSelector }],
  observe: (bench) => bench,
  plan: ({ metadata, spec, status }, now) => {
    const { name = '', generation = 0 } = metadata ?? {};
    return {
      children: [
        child(resources.configMaps, { metadata: { name, labels: childLabel }, data: { value: spec.value } }),
      ],
      status: {
        observedGeneration: generation,
        conditions: conditionsFrom(status?.conditions, [readyFrom([])], generation, now),
      },
    };
  },
};
