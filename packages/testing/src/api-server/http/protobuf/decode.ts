import { type Fields } from '../../json.ts';
import { fieldsOf, messageOf, type MessageField } from './messages.ts';
import { readFields, type WireField } from './wire.ts';

const utf8 = new TextDecoder();
const magic = 'k8s\0';

/** A body in Kubernetes' own envelope: its kind, and the object as a message. */
export const isProtobuf = (body: Uint8Array): boolean => utf8.decode(body.subarray(0, 4)) === magic;

/**
 * Decodes `application/vnd.kubernetes.protobuf`, as kubectl and Helm send built-in kinds, into the JSON that the same
 * client would have sent. Throws an Error that says why not, also for a kind that the data do not have.
 */
export function decodeProtobuf(body: Uint8Array): Fields {
  let [apiVersion, kind] = ['', ''];
  let raw: Uint8Array = new Uint8Array();
  for (const { number, bytes } of readFields(body.subarray(4))) {
    if (number === 2) raw = bytes;
    if (number !== 1) continue;
    for (const part of readFields(bytes)) {
      if (part.number === 1) apiVersion = utf8.decode(part.bytes);
      if (part.number === 2) kind = utf8.decode(part.bytes);
    }
  }
  const message = messageOf(apiVersion, kind);
  if (message === undefined) {
    throw new Error(
      `no protobuf form of ${kind} in ${apiVersion} is known here: send it as application/json`,
    );
  }
  return { apiVersion, kind, ...decodeMessage(message, raw) };
}

function decodeMessage(message: string, bytes: Uint8Array): Fields {
  const fields = fieldsOf(message);
  const result: Fields = {};
  for (const wire of readFields(bytes)) {
    const field = fields.get(wire.number);
    if (field) put(result, field, wire);
  }
  return result;
}

function put(result: Fields, { json, form, type, isKept }: MessageField, wire: WireField): void {
  if (json === undefined) {
    Object.assign(result, decodeMessage(type, wire.bytes));
    return;
  }
  switch (form) {
    case 'many':
      ((result[json] ??= []) as unknown[]).push(valueOf(type, wire));
      return;
    case 'map': {
      const entry = [...readFields(wire.bytes)];
      const key = entry.find(({ number }) => number === 1)?.bytes ?? new Uint8Array();
      const value = entry.find(({ number }) => number === 2) ?? {
        number: 2,
        value: 0n,
        bytes: new Uint8Array(),
      };
      ((result[json] ??= {}) as Fields)[utf8.decode(key)] = valueOf(type, value);
      return;
    }
    case 'one': {
      const value = valueOf(type, wire);
      // Go writes what is empty into the message, and leaves it out of JSON.
      if (isKept || (value !== '' && value !== 0 && value !== false && value !== undefined))
        result[json] = value;
    }
  }
}

function valueOf(type: string, { value, bytes }: WireField): unknown {
  switch (type) {
    case 's':
      return utf8.decode(bytes);
    case 'b':
      return value !== 0n;
    case 'i':
      return Number(BigInt.asIntN(64, value));
    case 'd':
      return new Float64Array(new BigUint64Array([value]).buffer)[0];
    case 'B':
      return Buffer.from(bytes).toString('base64');
    case 'Q':
      return utf8.decode(fieldOf(bytes, 1)?.bytes);
    case 'T':
    case 'M':
      return timeOf(bytes, type === 'M');
    case 'I':
      return fieldOf(bytes, 1)?.value === 1n
        ? utf8.decode(fieldOf(bytes, 3)?.bytes)
        : Number(BigInt.asIntN(64, fieldOf(bytes, 2)?.value ?? 0n));
    case 'R':
      return JSON.parse(utf8.decode(fieldOf(bytes, 1)?.bytes) || '{}') as unknown;
    case 'L':
      return [...readFields(bytes)].map((item) => utf8.decode(item.bytes));
    default:
      return decodeMessage(type, bytes);
  }
}

const fieldOf = (bytes: Uint8Array, number: number): WireField | undefined =>
  [...readFields(bytes)].find((field) => field.number === number);

/** Seconds and nanoseconds; undefined for no time at all. */
function timeOf(bytes: Uint8Array, isMicro: boolean): string | undefined {
  const seconds = Number(BigInt.asIntN(64, fieldOf(bytes, 1)?.value ?? 0n));
  if (seconds === 0) return undefined;
  const text = new Date(seconds * 1000).toISOString().slice(0, 19);
  if (!isMicro) return `${text}Z`;
  const micros = Math.trunc(Number(fieldOf(bytes, 2)?.value ?? 0n) / 1000);
  return `${text}.${String(micros).padStart(6, '0')}Z`;
}
