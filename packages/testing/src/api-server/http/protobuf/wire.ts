/** One field of a message as it stands on the wire. */
export interface WireField {
  number: number;
  /** Of a varint, or of a fixed number in its bits. */
  value: bigint;
  /** Of a text, bytes, or a message. */
  bytes: Uint8Array;
}

const nothing = new Uint8Array();

/** Reads the fields of a message, in their order. Throws a RangeError when it ends too early or is none. */
export function* readFields(message: Uint8Array): Generator<WireField, void, undefined> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError('a protobuf message ends inside a number');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a protobuf message holds a number of more than 64 bits');
  };
  const take = (length: number): Uint8Array => {
    if (at + length > message.length) throw new RangeError('a protobuf message ends inside a field');
    at += length;
    return message.subarray(at - length, at);
  };
  const fixed = (length: number): bigint =>
    take(length).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  while (at < message.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    switch (tag & 7) {
      case 0:
        yield { number, value: varint(), bytes: nothing };
        break;
      case 1:
        yield { number, value: fixed(8), bytes: nothing };
        break;
      case 2:
        yield { number, value: 0n, bytes: take(Number(varint())) };
        break;
      case 5:
        yield { number, value: fixed(4), bytes: nothing };
        break;
      default:
        throw new RangeError(`a protobuf message holds a field of the unknown wire type ${tag & 7}`);
    }
  }
}
