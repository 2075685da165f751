import { hash } from 'node:crypto';
import { microTime, type KubeObject } from '../client/index.ts';

/** What is to be told of an object. */
export interface EventInput {
  type: 'Normal' | 'Warning';
  /** CamelCase word: why. */
  reason: string;
  /** CamelCase word: what was being done. */
  action: string;
  /** For people. Cut at 1024 bytes, which is the API server's limit. */
  note: string;
  /** A second object that has to do with it, such as the child that was made. */
  related?: KubeObject;
}

/** Who tells it. */
export interface EventSource {
  /** `db.example.com/postgres-operator` */
  controller: string;
  /** Name of this process. Cut at 128 bytes. */
  instance: string;
}

/** What makes two events the same: they are then one with a count. */
export function eventIdentity(object: KubeObject, event: EventInput, { controller }: EventSource): string {
  const parts = [
    controller,
    referenceText(object),
    event.type,
    event.reason,
    event.action,
    noteOf(event),
    event.related ? referenceText(event.related) : '',
  ];
  return hash('sha256', parts.join('\n'), 'hex').slice(0, 16);
}

/**
 * The same for the same event in the same window, whichever process tells it: one that has just begun finds the
 * Event of the one before.
 */
export function eventName(object: KubeObject, identity: string, now: number, windowMs: number): string {
  const name = (object.metadata?.name ?? '')
    .toLowerCase()
    .slice(0, 200)
    .replace(/[^a-z0-9.-]/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
  return `${name || 'object'}.${identity}.${Math.floor(now / windowMs).toString(36)}`;
}

/** Events of objects without a namespace are in `default`: the API server insists on it. */
export const eventNamespace = (object: KubeObject): string => object.metadata?.namespace ?? 'default';

export function eventObject(object: KubeObject, event: EventInput, source: EventSource, now: number) {
  return {
    eventTime: microTime(now),
    type: event.type,
    reason: cutBytes(event.reason, 128),
    action: cutBytes(event.action, 128),
    note: noteOf(event),
    reportingController: source.controller,
    reportingInstance: cutBytes(source.instance, 128),
    regarding: reference(object),
    ...(event.related ? { related: reference(event.related) } : {}),
  };
}

const noteOf = ({ note }: EventInput): string => cutBytes(note, 1_024);

/** An ObjectReference. */
function reference({ apiVersion, kind, metadata = {} }: KubeObject) {
  const { namespace, name, uid, resourceVersion } = metadata;
  return {
    ...(apiVersion ? { apiVersion } : {}),
    ...(kind ? { kind } : {}),
    ...(namespace ? { namespace } : {}),
    ...(name ? { name } : {}),
    ...(uid ? { uid } : {}),
    ...(resourceVersion ? { resourceVersion } : {}),
  };
}

const referenceText = ({ kind, metadata = {} }: KubeObject): string =>
  metadata.uid ?? `${kind} ${metadata.namespace ?? ''}/${metadata.name ?? ''}`;

/** At most so many bytes of UTF-8, never half a character. */
export function cutBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes - 3;
  // A byte 10xxxxxx goes on with a character that began before.
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return `${bytes.toString('utf8', 0, end)}...`;
}
