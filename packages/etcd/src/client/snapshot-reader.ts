import { type SnapshotMessage } from './messages.ts';

export interface SnapshotReader {
  /** Takes bytes of the answer as they come, from `at` on, until the piece is full; returns where it stopped. Throws RangeError. */
  read(bytes: Buffer, at: number): number;
  isFull(): boolean;
  isEmpty(): boolean;
  /** Nothing of a message is missing. */
  isComplete(): boolean;
  /** The piece so far; its memory is used again. */
  take(): SnapshotMessage;
}

const frameHeaderBytes = 5;

/**
 * Reads a stream of gRPC messages that are SnapshotResponses, and gathers their blobs into pieces of `pieceBytes`. It makes no message
 * of what comes: the blobs are copied once, from the frames of the connection to the piece.
 */
export function createSnapshotReader(pieceBytes: number): SnapshotReader {
  const piece = Buffer.allocUnsafeSlow(pieceBytes);
  let filled = 0;
  let remaining = 0;
  /** Of the current message, behind its header. */
  let messageLeft = 0;
  let blobLeft = 0;
  /** Of a field that is passed over. */
  let skipLeft = 0;
  // Headers, tags and lengths may be cut anywhere: they are gathered here.
  const head = Buffer.alloc(16);
  let headFilled = 0;

  /** One byte more of a message's header or of a field's head. */
  function step(byte: number): void {
    if (headFilled === head.length) throw new RangeError('a field in an answer of etcd has no end');
    head[headFilled++] = byte;
    if (messageLeft === 0) {
      if (headFilled < frameHeaderBytes) return;
      if (head[0] !== 0) throw new RangeError('etcd sends compressed messages');
      messageLeft = head.readUInt32BE(1);
      // It is left out where it is 0.
      remaining = 0;
      headFilled = 0;
      return;
    }
    messageLeft--;
    // A byte below 0x80 ends a number: the tag of a field, or what stands behind it.
    if (byte < 0x80) field(numbersIn(head, headFilled));
    const isCut = messageLeft === 0 && headFilled > 0;
    if (isCut || blobLeft > messageLeft || skipLeft > messageLeft)
      throw new RangeError('a field in an answer of etcd is cut off');
  }

  function field([tag = 0, value]: readonly number[]): void {
    const [type, number] = [tag & 7, tag >>> 3];
    if (value === undefined && (type === 0 || type === 2)) return;
    headFilled = 0;
    if (type === 0) remaining = number === 2 ? value! : remaining;
    else if (type === 2 && number === 3) blobLeft = value!;
    else skipLeft = value ?? { 1: 8, 5: 4 }[type] ?? Infinity;
  }

  return {
    read(bytes, from) {
      let at = from;
      while (at < bytes.length && filled < pieceBytes) {
        if (blobLeft > 0) {
          const length = Math.min(blobLeft, bytes.length - at, pieceBytes - filled);
          bytes.copy(piece, filled, at, at + length);
          filled += length;
          blobLeft -= length;
          messageLeft -= length;
          at += length;
        } else if (skipLeft > 0) {
          const length = Math.min(skipLeft, bytes.length - at);
          skipLeft -= length;
          messageLeft -= length;
          at += length;
        } else step(bytes[at++]!);
      }
      return at;
    },
    isFull: () => filled === pieceBytes,
    isEmpty: () => filled === 0,
    isComplete: () => messageLeft === 0 && headFilled === 0,
    take() {
      const blob = piece.subarray(0, filled);
      filled = 0;
      return { blob, remainingBytes: remaining + blobLeft };
    },
  };
}

/** The unsigned varints that stand in a field's head: its tag, and the number or length behind it. */
function numbersIn(bytes: Buffer, end: number): number[] {
  const numbers: number[] = [];
  let value = 0;
  let unit = 1;
  for (let at = 0; at < end; at++) {
    const byte = bytes[at]!;
    value += (byte & 0x7f) * unit;
    unit *= 128;
    if (byte >= 0x80) continue;
    numbers.push(value);
    value = 0;
    unit = 1;
  }
  return numbers;
}
