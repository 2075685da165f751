/** As much of protobuf as etcd's maintenance needs: unsigned varints, bytes and texts. Unknown fields are passed over. */

/** One field as it stands in a message. */
export type Field = { readonly number: number } & (
  { readonly kind: 'varint'; readonly value: bigint } | { readonly kind: 'bytes'; readonly value: Buffer }
);

/** The fields of a message in order. Throws RangeError for what is no message. */
export function* fieldsOf(message: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    // Most are small, and big numbers are slow.
    const first = message[at];
    if (first !== undefined && first < 0x80) {
      at++;
      return BigInt(first);
    }
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new RangeError('a number in an answer of etcd is cut off');
  };
  while (at < message.length) {
    const tag = Number(varint());
    const number = tag >>> 3;
    switch (tag & 7) {
      case 0:
        yield { number, kind: 'varint', value: varint() };
        break;
      case 2: {
        const length = Number(varint());
        if (at + length > message.length) throw new RangeError('a field in an answer of etcd is cut off');
        yield { number, kind: 'bytes', value: message.subarray(at, at + length) };
        at += length;
        break;
      }
      case 1:
        at += 8;
        break;
      case 5:
        at += 4;
        break;
      default:
        throw new RangeError(`an answer of etcd has a field of the unknown type ${tag & 7}`);
    }
  }
}

function varintBytes(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/** A message from its fields, by number; 0, false and empty ones are left out, as protobuf does. */
export function message(
  fields: Readonly<Record<number, number | bigint | boolean | string | Uint8Array>>,
): Buffer {
  const parts: Uint8Array[] = [];
  for (const [number, value] of Object.entries(fields)) {
    const tag = Number(number) << 3;
    if (typeof value === 'string' || value instanceof Uint8Array) {
      const bytes = typeof value === 'string' ? Buffer.from(value) : value;
      if (bytes.length > 0) parts.push(varintBytes(tag | 2), varintBytes(bytes.length), bytes);
    } else if (value !== 0 && value !== 0n && value !== false) {
      parts.push(varintBytes(tag), varintBytes(typeof value === 'boolean' ? 1 : value));
    }
  }
  return Buffer.concat(parts);
}

/** A message with its fields looked up by number; the last of each counts. */
export interface Reader {
  number(field: number): number;
  big(field: number): bigint;
  flag(field: number): boolean;
  text(field: number): string;
  bytes(field: number): Buffer;
  message(field: number): Reader;
  all(field: number): Buffer[];
}

const nothing = Buffer.alloc(0);

export function reader(source: Buffer): Reader {
  const fields = [...fieldsOf(source)];
  const big = (field: number): bigint => {
    const found = fields.findLast(({ number }) => number === field);
    return found?.kind === 'varint' ? found.value : 0n;
  };
  const all = (field: number): Buffer[] =>
    fields.flatMap((found) => (found.number === field && found.kind === 'bytes' ? [found.value] : []));
  const bytes = (field: number): Buffer => all(field).at(-1) ?? nothing;
  return {
    big,
    all,
    bytes,
    number: (field) => Number(BigInt.asIntN(64, big(field))),
    flag: (field) => big(field) !== 0n,
    text: (field) => bytes(field).toString('utf8'),
    message: (field) => reader(bytes(field)),
  };
}
