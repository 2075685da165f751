/** Where the key of a stored row is, and when it was created; filled by `readKeyValue`. */
export interface KeyValueFields {
  keyStart: number;
  keyEnd: number;
  createRevision: number;
}

/**
 * Reads a row's value, `KeyValue` of etcd's kv.proto, from `start` to before `end`, without making objects: there are millions.
 * False: it is no such message. A row without any field is one of the empty key, as a bump of the revision leaves it.
 */
export function readKeyValue(bytes: Buffer, start: number, end: number, into: KeyValueFields): boolean {
  into.keyStart = start;
  into.keyEnd = start;
  into.createRevision = 0;
  let at = start;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; at < end; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };
  while (at < end) {
    const tag = varint();
    const number = tag >>> 3;
    const wire = tag & 7;
    if (wire === 2) {
      const length = varint();
      if (!(at + length <= end)) return false;
      if (number === 1) {
        into.keyStart = at;
        into.keyEnd = at + length;
      }
      at += length;
    } else if (wire === 0) {
      const value = varint();
      if (Number.isNaN(value)) return false;
      if (number === 2) into.createRevision = value;
    } else return false;
  }
  return true;
}
