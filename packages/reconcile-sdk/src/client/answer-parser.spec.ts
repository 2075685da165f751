import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createAnswerParser, type AnswerHead } from './answer-parser.ts';

interface Seen {
  head: AnswerHead;
  body: string;
  reusable: boolean | undefined;
}

/** What a parser makes of these pieces. */
function parse(pieces: readonly Buffer[], isClosed = false): Seen[] {
  const seen: Seen[] = [];
  let body: Buffer[] = [];
  const parser = createAnswerParser({
    head: (head) => void seen.push({ head, body: '', reusable: undefined }),
    body: (chunk) => void body.push(Buffer.from(chunk)),
    end(reusable) {
      Object.assign(seen.at(-1)!, { body: Buffer.concat(body).toString(), reusable });
      body = [];
    },
  });
  for (const piece of pieces) parser.push(piece);
  if (isClosed) parser.close();
  return seen;
}
const answer = (...lines: string[]): Buffer => Buffer.from(lines.join('\r\n'));
const one = (...lines: string[]): Seen | undefined => parse([answer(...lines)], true)[0];

/** Cuts bytes at these places. */
const cutAt = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...cuts].map((from, index) => bytes.subarray(from, cuts[index] ?? bytes.length));
};

describe('an answer', () => {
  it('ends where its length, its last chunk, its status or the connection says', () => {
    expect(one('HTTP/1.1 200 OK', 'Content-Length: 2', '', '{}')).toMatchObject({
      body: '{}',
      reusable: true,
    });
    expect(
      one(
        'HTTP/1.1 201',
        'Transfer-Encoding: chunked',
        '',
        '1;x=y',
        '{',
        '1',
        '}',
        '0',
        'Trailer: 1',
        '',
        '',
      ),
    ).toMatchObject({ head: { status: 201 }, body: '{}', reusable: true });
    expect(one('HTTP/1.1 204 No Content', '', '')).toMatchObject({ body: '', reusable: true });
    expect(one('HTTP/1.1 200 OK', '', 'to the end')).toMatchObject({ body: 'to the end', reusable: false });
    expect(one('HTTP/1.0 200 OK', 'content-length: 0', '', '')).toMatchObject({ reusable: false });
    expect(one('HTTP/1.1 200 OK', 'Connection: x, Close', 'content-length: 0', '', '')).toMatchObject({
      reusable: false,
    });
  });

  it('says what is asked of its head', () => {
    const seen = one(
      ...['HTTP/1.1 429 Too Many Requests', 'Retry-After:  7 ', 'warning: 299 - "a"', 'Warning: 299 - "b"'],
      ...['Content-Length: 3', '', 'abc'],
    );
    expect(seen?.head).toEqual({
      status: 429,
      retryAfter: '7',
      warnings: ['299 - "a"', '299 - "b"'],
      contentLength: 3,
    });
  });

  it('is not an interim one', () => {
    const bytes = answer(
      'HTTP/1.1 103 Early Hints',
      'link: </x>',
      '',
      'HTTP/1.1 200 OK',
      'content-length: 0',
      '',
      '',
    );
    expect(parse([bytes]).map(({ head }) => head.status)).toEqual([200]);
  });

  it.each<[string, ...string[]]>([
    ['a status line that is none', 'HTTP/2 200 OK', '', ''],
    ['a status line that is none', 'HTTP/1.1 20 OK', '', ''],
    ['a status line that is none', '', 'HTTP/1.1 200 OK', '', ''],
    ['a header that is none', 'HTTP/1.1 200 OK', 'a b: c', '', ''],
    ['a header that is none', 'HTTP/1.1 200 OK', 'a: b', ' folded', '', ''],
    ['a header that is none', 'HTTP/1.1 200 OK', 'a: b\ncontent-length: 3', '', 'abc'],
    ['a header that is none', 'HTTP/1.1 200 OK', 'a: b\rcontent-length: 3', '', 'abc'],
    ['lengths that are none', 'HTTP/1.1 200 OK', 'content-length: 1', 'content-length: 2', '', 'ab'],
    ['lengths that are none', 'HTTP/1.1 200 OK', 'content-length: 1, 1', '', 'a'],
    ['lengths that are none', 'HTTP/1.1 200 OK', 'content-length: +1', '', 'a'],
    [
      'both a length and chunks',
      'HTTP/1.1 200 OK',
      'content-length: 1',
      'transfer-encoding: chunked',
      '',
      'a',
    ],
    ['the unknown transfer encoding gzip', 'HTTP/1.1 200 OK', 'transfer-encoding: gzip', '', 'a'],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols', '', ''],
    ['a chunk without a size', 'HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '0x1', 'a', '0', '', ''],
    ['a chunk without a size', 'HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '-1', 'a', '0', '', ''],
    ['longer than it says', 'HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '1', 'ab', '0', '', ''],
    ['a trailer that is none', 'HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '0', 'no colon', '', ''],
    ['a head without an end', 'HTTP/1.1 200 OK', `a: ${'x'.repeat(70_000)}`],
    ['a chunk that is longer', 'HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '1', 'a0', '', ''],
  ])('is none: %s', (what, ...lines) => {
    expect(() => one(...lines)).toThrow(what);
  });

  it('cut short is told as such', () => {
    for (const lines of [
      ['HTTP/1.1 200 OK', 'content-le'],
      ['HTTP/1.1 200 OK', 'content-length: 3', '', 'ab'],
      ['HTTP/1.1 200 OK', 'transfer-encoding: chunked', '', '1', 'a', ''],
    ]) {
      expect(() => one(...lines)).toThrow('in the middle of an answer');
    }
  });

  it('is the same however the bytes are cut, and so is one after another', () => {
    const header = fc.constantFrom(
      'audit-id: 1',
      'Retry-After: 3',
      'warning: 299 - "x y"',
      'x:',
      'Date: a, b',
    );
    const text = fc.string({ unit: 'grapheme', maxLength: 40 });
    const sized = fc.tuple(fc.constant('sized'), text, fc.array(header));
    const chunked = fc.tuple(fc.constant('chunked'), text, fc.array(header));
    fc.assert(
      fc.property(
        fc.array(fc.oneof(sized, chunked), { maxLength: 5 }),
        fc.array(fc.nat(2_000)),
        (answers, places) => {
          const bytes = Buffer.concat(
            answers.map(([kind, body, headers]) => {
              const data = Buffer.from(body);
              const head = ['HTTP/1.1 200 OK', ...headers];
              if (kind === 'sized')
                return Buffer.concat([answer(...head, `content-length: ${data.length}`, '', ''), data]);
              const half = data.length >> 1;
              const chunks = [data.subarray(0, half), data.subarray(half)].filter(({ length }) => length > 0);
              const parts = chunks.flatMap((chunk) => [
                Buffer.from(`${chunk.length.toString(16)}\r\n`),
                chunk,
                Buffer.from('\r\n'),
              ]);
              return Buffer.concat([
                answer(...head, 'transfer-encoding: chunked', '', ''),
                ...parts,
                Buffer.from('0\r\n\r\n'),
              ]);
            }),
          );
          const seen = parse(cutAt(bytes, places));
          expect(seen.map(({ body }) => body)).toEqual(answers.map(([, body]) => body));
          expect(seen.every(({ reusable }) => reusable)).toBe(true);
        },
      ),
    );
  });

  it("is what Node's own server meant, whichever way it ends a body", async () => {
    const ways: ((response: ServerResponse, body: string) => void)[] = [
      (response, body) => response.end(body),
      (response, body) => void (response.write(body), response.end()),
      (response, body) => response.writeHead(200, { 'content-length': Buffer.byteLength(body) }).end(body),
      (response) => response.writeHead(204).end(),
      (response, body) => response.writeHead(200, { connection: 'close' }).end(body),
      (response, body) => {
        response.addTrailers({ 'x-end': '1' });
        for (const part of body.match(/.{1,7}/gu) ?? []) response.write(part);
        response.end();
      },
    ];
    const bodies = ['', '{}', 'ä'.repeat(3_000)];
    const server = createServer((request, response) => {
      const [way, body] = request.url!.slice(1).split('/').map(Number);
      ways[way!]!(response, bodies[body!]!);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    for (const way of ways.keys()) {
      for (const index of bodies.keys()) {
        const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
        socket.write(`GET /${way}/${index} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
        const pieces: Buffer[] = [];
        for await (const piece of socket) pieces.push(piece as Buffer);
        expect(parse(pieces, true)).toMatchObject([{ body: way === 3 ? '' : bodies[index]! }]);
      }
    }
    server.close();
  });
});
