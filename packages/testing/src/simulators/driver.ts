import {
  apiVersionOf,
  parseKey,
  pathOf,
  type Clock,
  type ObjectKey,
  type Timer,
} from '@stateful/reconcile-sdk';
import { type ApiAnswer, type ApiServer, type Change } from '../api-server/index.ts';
import { objectKey } from '../api-server/server-state.ts';
import { kinds, storedAs } from './kinds.ts';
import { type Step, type Write } from './writes.ts';

/** One controller: told of changes, it looks at objects; a look is a pure decision from what is stored. */
export interface Simulator {
  readonly name: string;
  /** `NAMESPACE/NAME` of the objects that a change concerns. */
  concerns(change: Change): readonly string[];
  look(key: ObjectKey, now: number): Step;
}

export interface Driver {
  /** Looks at an object soon, though nothing stored has changed. */
  wake(simulator: Simulator, key: string): void;
  stop(): void;
}

/** Failed writes are tried again after this, in milliseconds. */
const retryMs = 1_000;

/** Runs simulators on a server: changes and times in, writes out, in an order that depends on nothing else. */
export function drive(
  server: Pick<ApiServer, 'ask' | 'store'>,
  simulators: readonly Simulator[],
  { clock, reactionMs }: { clock: Clock; reactionMs: number },
): Driver {
  const dirty = new Map<Simulator, Set<string>>(simulators.map((each) => [each, new Set()]));
  const later = new Map<string, { at: number; timer: Timer }>();
  let isDue: Timer | undefined;
  let isStopped = false;

  function wake(simulator: Simulator, key: string): void {
    dirty.get(simulator)?.add(key);
    if (!isStopped) isDue ??= clock.setTimer(reactionMs, run);
  }

  function run(): void {
    isDue = undefined;
    for (const [simulator, keys] of dirty) {
      const now = [...keys];
      keys.clear();
      for (const key of now) look(simulator, key);
    }
  }

  function look(simulator: Simulator, key: string): void {
    const now = clock.now();
    const { writes, lookAt } = simulator.look(parseKey(key), now);
    const failed = writes.map((write) => carryOut(server, write, simulator.name)).some(isRefused);
    lookLater(simulator, key, failed ? now + retryMs : lookAt);
  }

  function lookLater(simulator: Simulator, key: string, at: number | undefined): void {
    const id = `${simulator.name} ${key}`;
    const set = later.get(id);
    if (set && set.at === at) return;
    set?.timer.cancel();
    later.delete(id);
    if (at === undefined || isStopped) return;
    const timer = clock.setTimer(Math.max(1, at - clock.now()), () => {
      later.delete(id);
      if (!isStopped) look(simulator, key);
    });
    later.set(id, { at, timer });
  }

  const unsubscribe = server.store.onChange((change) => {
    for (const simulator of simulators) for (const key of simulator.concerns(change)) wake(simulator, key);
  });
  // What was there before the simulators were.
  for (const of of server.store.kinds()) {
    for (const object of server.store.list(of) ?? []) {
      const change: Change = {
        revision: Number(object.metadata.resourceVersion),
        of,
        key: objectKey(object.metadata.namespace, object.metadata.name),
        object,
        previous: undefined,
        deleted: false,
      };
      for (const simulator of simulators) for (const key of simulator.concerns(change)) wake(simulator, key);
    }
  }
  return {
    wake,
    stop() {
      isStopped = true;
      unsubscribe();
      isDue?.cancel();
      for (const { timer } of later.values()) timer.cancel();
    },
  };
}

/** A conflict or a name that is taken: somebody else was there, and another look will tell. */
const isRefused = ({ status }: ApiAnswer): boolean => status >= 400 && status !== 404;

/** Sends a write to the server, as kube-controller-manager or a kubelet. */
export function carryOut(
  server: Pick<ApiServer, 'ask' | 'store'>,
  write: Write,
  userAgent: string,
): ApiAnswer {
  if (write.verb === 'bind') return bind(server, write);
  const { resource, object, verb } = write;
  const { name = '', namespace } = object.metadata ?? {};
  const place = namespace === undefined ? {} : { namespace };
  const body = { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
  switch (verb) {
    case 'create':
      return server.ask({ method: 'POST', path: pathOf(resource, place), body, userAgent });
    case 'update':
      return server.ask({ method: 'PUT', path: pathOf(resource, { ...place, name }), body, userAgent });
    case 'status':
      return server.ask({
        method: 'PUT',
        path: pathOf(resource, { ...place, name }, 'status'),
        body: { ...body, status: write.status },
        userAgent,
      });
    case 'delete':
      return server.ask({
        method: 'DELETE',
        path: pathOf(resource, { ...place, name }),
        body: {
          preconditions: { uid: object.metadata?.uid },
          propagationPolicy: 'Background',
          ...(write.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: write.gracePeriodSeconds }),
        },
        userAgent,
      });
  }
}

/** The binding sub-resource: the node is set, and the generation counts no change of anybody's. */
function bind({ store }: Pick<ApiServer, 'store'>, { object, node }: Write & { verb: 'bind' }): ApiAnswer {
  const { namespace, name, uid } = object.metadata;
  const held = store.get(storedAs(kinds.pods), objectKey(namespace, name));
  if (held?.metadata.uid !== uid) return { status: 404, body: {} };
  store.put(storedAs(kinds.pods), objectKey(namespace, name), {
    ...held,
    spec: { ...(held['spec'] as object), nodeName: node },
  });
  return { status: 201, body: {} };
}
