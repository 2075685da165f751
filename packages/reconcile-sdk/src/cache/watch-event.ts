import { errorFromStatus, resourceText, type KubeObject, type Resource } from '../client/index.ts';
import { OperatorError } from '../errors/index.ts';

/** One line of a watch. An ERROR of the server has been thrown by then. */
export interface WatchEvent<T extends KubeObject> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  object: T;
}

const types: ReadonlySet<string> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']);
const endOfContents = 'k8s.io/initial-events-end';

/** Throws what the server reports as an error, and `bad-response` for what is no event. */
export function parseWatchEvent<T extends KubeObject>(line: string, resource: Resource<T>): WatchEvent<T> {
  let event: { type?: string; object?: unknown } | null;
  try {
    event = JSON.parse(line) as typeof event;
  } catch (cause) {
    throw nonsense(resource, 'a line that is not JSON', cause);
  }
  const object = event?.object;
  if (typeof object !== 'object' || object === null) throw nonsense(resource, 'a line that is no event');
  if (event?.type === 'ERROR') {
    const status = object as { code?: number; message?: string; reason?: string };
    throw errorFromStatus(status.code ?? 500, status, `watch ${resourceText(resource)}`);
  }
  if (!types.has(event?.type ?? '')) {
    throw nonsense(resource, `an event of the unknown type ${JSON.stringify(event?.type)}`);
  }
  const { name } = (object as KubeObject).metadata ?? {};
  if (event?.type !== 'BOOKMARK' && !name) throw nonsense(resource, 'an object without a name');
  return event as WatchEvent<T>;
}

/** Whether this bookmark says that all that existed has been streamed. */
export const endsContents = ({ type, object }: WatchEvent<KubeObject>): boolean =>
  type === 'BOOKMARK' && object.metadata?.annotations?.[endOfContents] === 'true';

const nonsense = (resource: Resource, what: string, cause?: unknown): OperatorError =>
  new OperatorError('bad-response', `watch ${resourceText(resource)}: the server sent ${what}`, { cause });
