import {
  agentConfigSchema,
  annotations,
  failoverAnnotation,
  failoverStateSchema,
  labels,
  names,
  type AgentConfig,
  type FailoverState,
} from '@stateful/postgres-api';
import {
  microTime,
  resources,
  pathOf,
  type EndpointSlice,
  type Lease,
  type OwnerReference,
  type Resource,
} from '@stateful/reconcile-sdk';
import { type ApiServer } from '@stateful/testing';

/** A Lease as the agents agree on it. */
export interface LeaseView {
  readonly object: Lease;
  readonly version: string;
  readonly holder: string | undefined;
  readonly epoch: number;
  readonly state: FailoverState;
}

/** What the agents of one cluster ask of the API server; each call is answered at once, or refused. */
export interface AgentApi {
  lease(): LeaseView | undefined;
  config(): AgentConfig | undefined;
  /** False when somebody else has written it meanwhile, or the right is missing. */
  writeLease(
    on: LeaseView | undefined,
    next: { holder: string | undefined; epoch: number; state: FailoverState },
  ): boolean;
  /** Merges into the metadata of a pod or a Job, if it is still the same one. */
  annotate(
    resource: Resource,
    name: string,
    uid: string,
    metadata: object,
    as?: 'instance' | 'backup',
  ): boolean;
  /** Leads the rw Service to the primary. */
  publish(primary: { name: string; uid: string; address: string }, epoch: number): boolean;
}

export interface AgentApiOptions {
  readonly server: Pick<ApiServer, 'ask'>;
  readonly namespace: string;
  readonly cluster: string;
  /** UID of the PostgresCluster, which owns what agents make. */
  readonly owner: OwnerReference;
  readonly now: () => number;
  /** Told of every request that was refused. */
  readonly onRefused: (what: string) => void;
}

export function createAgentApi({
  server,
  namespace,
  cluster,
  owner,
  now,
  onRefused,
}: AgentApiOptions): AgentApi {
  const accounts = { instance: names.instanceAccount(cluster), backup: names.backup(cluster) };
  function ask(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH',
    resource: Resource,
    name: string,
    body?: unknown,
    as: keyof typeof accounts = 'instance',
  ): unknown {
    const path = pathOf(resource, { namespace, ...(method === 'POST' ? {} : { name }) });
    const answer = server.ask({
      user: `system:serviceaccount:${namespace}:${accounts[as]}`,
      userAgent: 'postgres-agent',
      method,
      path,
      ...(body === undefined ? {} : { body }),
      ...(method === 'PATCH' ? { contentType: 'application/merge-patch+json' } : {}),
    });
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    if (answer.status !== 404 && answer.status !== 409)
      onRefused(`${method} ${path}: ${String((answer.body as { message?: string }).message)}`);
    return undefined;
  }
  return {
    lease() {
      const object = ask('GET', resources.leases, names.lease(cluster)) as Lease | undefined;
      const text = object?.metadata?.annotations?.[failoverAnnotation];
      if (!object || text === undefined) return undefined;
      return {
        object,
        version: object.metadata?.resourceVersion ?? '',
        holder: object.spec?.holderIdentity ? object.spec.holderIdentity : undefined,
        epoch: object.spec?.leaseTransitions ?? 0,
        state: failoverStateSchema.parse(JSON.parse(text)),
      };
    },
    config() {
      const map = ask('GET', resources.configMaps, names.config(cluster)) as
        { data?: Record<string, string> } | undefined;
      const text = map?.data?.['cluster.json'];
      return text === undefined ? undefined : agentConfigSchema.parse(JSON.parse(text));
    },
    writeLease(on, { holder, epoch, state }) {
      const body: Lease = {
        ...on?.object,
        metadata: {
          ...on?.object.metadata,
          namespace,
          name: names.lease(cluster),
          labels: { ...on?.object.metadata?.labels, [labels.cluster]: cluster },
          annotations: { ...on?.object.metadata?.annotations, [failoverAnnotation]: JSON.stringify(state) },
          ownerReferences: [owner],
        },
        spec: {
          ...on?.object.spec,
          holderIdentity: holder ?? '',
          leaseTransitions: epoch,
          leaseDurationSeconds: 10,
          renewTime: microTime(now()),
        },
      };
      return ask(on ? 'PUT' : 'POST', resources.leases, names.lease(cluster), body) !== undefined;
    },
    annotate: (resource, name, uid, metadata, as) =>
      ask('PATCH', resource, name, { metadata: { uid, ...metadata } }, as) !== undefined,
    publish({ name, uid, address }, epoch) {
      const slice = names.readWriteEndpoints(cluster);
      const before = ask('GET', resources.endpointSlices, slice) as EndpointSlice | undefined;
      if (Number(before?.metadata?.annotations?.[annotations.epoch] ?? 0) > epoch) return false;
      const body: EndpointSlice = {
        ...before,
        metadata: {
          ...before?.metadata,
          namespace,
          name: slice,
          labels: {
            'kubernetes.io/service-name': names.readWriteService(cluster),
            'endpointslice.kubernetes.io/managed-by': 'postgres-agent',
            [labels.cluster]: cluster,
          },
          annotations: { [annotations.epoch]: String(epoch) },
          ownerReferences: [owner],
        },
        addressType: 'IPv4',
        ports: [{ name: 'postgres', port: 5432, protocol: 'TCP' }],
        endpoints: [
          {
            addresses: [address],
            conditions: { ready: true, serving: true, terminating: false },
            targetRef: { kind: 'Pod', namespace, name, uid },
          },
        ],
      };
      return ask(before ? 'PUT' : 'POST', resources.endpointSlices, slice, body) !== undefined;
    },
  };
}
