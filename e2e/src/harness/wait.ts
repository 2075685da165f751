import {
  createReflector,
  describeError,
  systemClock,
  systemRandom,
  type KubeClient,
  type KubeObject,
  type ObjectKey,
  type Resource,
} from '@stateful/reconcile-sdk';

/**
 * Waits until one object is as wanted, by watching it; fails after the deadline with what it was waiting for and
 * what the object was like then.
 */
export async function waitForObject<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  key: ObjectKey,
  what: string,
  isSo: (object: T | undefined) => boolean,
  timeoutMs: number,
  describe: (object: T | undefined) => string = (object) =>
    object ? 'it is there, but not so' : 'it is not there',
): Promise<T | undefined> {
  const stop = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const reflector = createReflector<T>({
    client,
    resource,
    ...(key.namespace ? { namespace: key.namespace } : {}),
    fieldSelector: `metadata.name=${key.name}`,
    clock: systemClock,
    random: systemRandom,
    onAdvance: () => {
      if (isSo(reflector.store.get(key.namespace, key.name))) resolve();
    },
  });
  const timer = setTimeout(() => {
    const now = describe(reflector.store.get(key.namespace, key.name));
    const failing = reflector.health().failing;
    reject(new Error(`${what}: not within ${timeoutMs / 1000} s; ${now}${failing ? ` (${failing})` : ''}`));
  }, timeoutMs);
  const running = reflector.run(stop.signal);
  try {
    await promise;
    return reflector.store.get(key.namespace, key.name);
  } finally {
    clearTimeout(timer);
    stop.abort();
    await running;
  }
}

/** For what no watch tells: asks until it is so. The pause is between questions, never in place of the answer. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  timeoutMs: number,
  pauseMs = 250,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(`${what}: not within ${timeoutMs / 1000} s${last ? ` (${describeError(last)})` : ''}`, {
        cause: last,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
