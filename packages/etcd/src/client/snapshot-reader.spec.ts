import { describe, expect, it } from '@jest/globals';
import { createSnapshotReader } from './snapshot-reader.ts';
import { message } from './wire.ts';

/** As gRPC frames it. */
const framed = (body: Buffer): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
};
const blobs = [Buffer.alloc(300, 1), Buffer.alloc(7, 2), Buffer.alloc(1000, 3), Buffer.alloc(32, 4)];
const whole = Buffer.concat(blobs);
let left = 1307;
const answer = Buffer.concat(
  blobs.map((blob, index) => {
    left = Math.max(0, left - blob.length);
    // A header before it and a version behind it, as etcd 3.6 may send.
    return framed(
      message({
        1: message({ 1: 77, 2: 2n ** 63n }),
        2: left,
        3: blob,
        ...(index === 0 ? { 4: '3.6.0' } : {}),
      }),
    );
  }),
);

function readAll(bytes: Buffer, cut: number, pieceBytes: number) {
  const reader = createSnapshotReader(pieceBytes);
  const pieces: Buffer[] = [];
  let remaining = -1;
  const take = (): void => {
    const { blob, remainingBytes } = reader.take();
    pieces.push(Buffer.from(blob));
    remaining = remainingBytes;
  };
  for (let from = 0; from < bytes.length; from += cut) {
    const chunk = bytes.subarray(from, from + cut);
    for (let at = 0; at < chunk.length;) {
      at = reader.read(chunk, at);
      if (reader.isFull()) take();
    }
  }
  if (!reader.isEmpty()) take();
  return { whole: Buffer.concat(pieces), sizes: pieces.map(({ length }) => length), remaining, reader };
}

describe('a snapshot read from its stream', () => {
  it.each([1, 2, 3, 5, 7, 64, 299, 1000, 5000])(
    'is the same when the stream is cut every %d bytes',
    (cut) => {
      for (const pieceBytes of [1, 100, 256, 4096]) {
        const found = readAll(answer, cut, pieceBytes);
        expect(found.whole.equals(whole)).toBe(true);
        expect(found.remaining).toBe(0);
        expect(found.reader.isComplete()).toBe(true);
        // All but the last are full.
        expect(found.sizes.slice(0, -1).every((size) => size === pieceBytes)).toBe(true);
      }
    },
  );

  it('says what remains behind a piece, and when a message is cut off', () => {
    const short = readAll(answer.subarray(0, 200), 50, 100);
    expect(short.reader.isComplete()).toBe(false);
    expect(short.remaining).toBe(1307 - short.whole.length);
    // Cut where a message ends: nothing is missing of it, and much of the snapshot.
    const first = framed(message({ 2: 1007, 3: blobs[0]! }));
    const cut = readAll(first, 10, 4096);
    expect(cut.reader.isComplete()).toBe(true);
    expect(cut.remaining).toBe(1007);
  });

  it('refuses what is no such message', () => {
    expect(() => readAll(Buffer.from([1, 0, 0, 0, 1, 0]), 10, 10)).toThrow('compressed');
    expect(() => readAll(framed(Buffer.from([0x1a, 50, 1, 2])), 10, 10)).toThrow('cut off');
    expect(() => readAll(framed(Buffer.from([0x1a])), 10, 10)).toThrow('cut off');
    expect(() => readAll(framed(Buffer.alloc(30, 0xff)), 10, 10)).toThrow('no end');
    expect(() => readAll(framed(Buffer.from([0x1b, 1])), 10, 10)).toThrow('cut off');
  });
});
