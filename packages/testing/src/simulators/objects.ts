import { controllerOf, type KubeObject, type Resource } from '@stateful/reconcile-sdk';
import { type ApiServer } from '../api-server/index.ts';
import { type Stored } from '../api-server/json.ts';
import { objectKey } from '../api-server/server-state.ts';
import { storedAs, type Live } from './kinds.ts';

/** What is stored now, as the simulators read it. Never stale: they are not what is tried here. */
export interface Objects {
  get<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string | undefined,
    name: string,
  ): Live<T> | undefined;
  /** In order of name; of one namespace when given. */
  list<T extends KubeObject>(resource: Resource<T>, namespace?: string): Live<T>[];
  /** Those whose controller has this UID, in order of name. */
  controlledBy<T extends KubeObject>(resource: Resource<T>, uid: string): Live<T>[];
}

/** Reads from a server's store, with an index of who controls what. */
export function readObjects({ store }: Pick<ApiServer, 'store'>): Objects {
  const byController = new Map<string, Map<string, Map<string, Stored>>>();
  const forget = (of: string, object: Stored): void => {
    const uid = controllerOf(object)?.uid;
    if (uid !== undefined) byController.get(uid)?.get(of)?.delete(keyOfStored(object));
  };
  const remember = (of: string, object: Stored): void => {
    const uid = controllerOf(object)?.uid;
    if (uid === undefined) return;
    const kinds = byController.get(uid) ?? new Map<string, Map<string, Stored>>();
    byController.set(uid, kinds);
    const held = kinds.get(of) ?? new Map<string, Stored>();
    kinds.set(of, held.set(keyOfStored(object), object));
  };
  for (const of of store.kinds()) for (const object of store.list(of) ?? []) remember(of, object);
  store.onChange(({ of, object, previous, deleted }) => {
    if (previous) forget(of, previous);
    if (!deleted) remember(of, object);
    else byController.delete(object.metadata.uid);
  });
  return {
    get: (resource, namespace, name) =>
      store.get(storedAs(resource), objectKey(resource.namespaced ? namespace : undefined, name)) as never,
    list: (resource, namespace) =>
      (store.list(storedAs(resource)) ?? []).filter(
        ({ metadata }) => namespace === undefined || metadata.namespace === namespace,
      ) as never,
    controlledBy: (resource, uid) =>
      [...(byController.get(uid)?.get(storedAs(resource)) ?? [])]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, object]) => object) as never,
  };
}

const keyOfStored = ({ metadata }: Stored): string => objectKey(metadata.namespace, metadata.name);
