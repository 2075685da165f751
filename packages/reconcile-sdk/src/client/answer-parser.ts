import { OperatorError } from '../errors/index.ts';

/** What is used of the head of an answer. */
export interface AnswerHead {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** Each `Warning` header. */
  readonly warnings: readonly string[];
  /** Of the body, where the head tells. */
  readonly contentLength: number | undefined;
}

/** What a parser finds, in order: a head, pieces of its body, the end. */
export interface AnswerListener {
  head(head: AnswerHead): void;
  body(chunk: Buffer): void;
  /** `reusable`: the connection can carry another request. */
  end(reusable: boolean): void;
}

/** Reads answers of HTTP/1.1 (RFC 9112) one after another. Pure. */
export interface AnswerParser {
  /** Throws `bad-response` for what is no answer; then nothing that comes later means anything. */
  push(bytes: Buffer): void;
  /** The server closed the connection. Throws in the middle of an answer. */
  close(): void;
  /** No answer has begun. */
  isBetween(): boolean;
}

/** As much as Node's own client takes, four times. */
const maxHeadBytes = 65_536;
const headEnd = Buffer.from('\r\n\r\n');
const lineEnd = Buffer.from('\r\n');
const none: string[] = [];
const lengthsOfNames = new Set(
  ['content-length', 'transfer-encoding', 'connection', 'retry-after', 'warning'].map(({ length }) => length),
);
const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [^\0-\x08\x0a-\x1f\x7f]*)?(?:\r\n|$)/;
const headerLines = /^[^\r\n]*(?:\r\n[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\0-\x08\x0a-\x1f\x7f]*)*$/;
const headerLine = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\0-\x08\x0a-\x1f\x7f]*$/;
const blanksAround = /^[ \t]+|[ \t]+$/g;
const chunkLine = /^([0-9A-Fa-f]{1,12})[ \t]*(?:;[^\0-\x08\x0a-\x1f\x7f]*)?$/;

/** `sized` and `chunk`: so many bytes of the body are still to come. */
type Place = 'head' | 'sized' | 'until-close' | 'chunk-line' | 'chunk' | 'chunk-end' | 'trailer';

/**
 * Strict on purpose: whoever reads the end of an answer wrongly takes the rest for the answer of another call. What
 * is not exactly as the standard says ends the connection.
 */
export function createAnswerParser(listener: AnswerListener): AnswerParser {
  let place: Place = 'head';
  let reusable = false;
  let left = 0;
  let trailerBytes = 0;
  /** The beginning of something that is not whole yet. */
  let rest: Buffer | undefined;

  function finish(): void {
    place = 'head';
    listener.end(reusable);
  }

  function begin(text: string): void {
    const found = statusLine.exec(text);
    if (!found) throw nonsense('a status line that is none');
    if (!headerLines.test(text)) throw nonsense('a header that is none');
    const status = Number(found[2]);
    let warnings: string[] = none;
    let retryAfter: string | undefined;
    let length: string | undefined;
    let encoding: string | undefined;
    let connection = '';
    // Answers have a dozen headers of which one or two matter: only those are taken out.
    for (let at = text.indexOf('\r\n'); at >= 0;) {
      const from = at + 2;
      const colon = text.indexOf(':', from);
      at = text.indexOf('\r\n', from);
      if (!lengthsOfNames.has(colon - from)) continue;
      const value = text.slice(colon + 1, at < 0 ? undefined : at).replace(blanksAround, '');
      switch (text.slice(from, colon).toLowerCase()) {
        case 'content-length':
          if (length !== undefined || !/^\d{1,15}$/.test(value)) throw nonsense('lengths that are none');
          length = value;
          break;
        case 'transfer-encoding':
          if (encoding !== undefined || value.toLowerCase() !== 'chunked') {
            throw nonsense(`the unknown transfer encoding ${value}`);
          }
          encoding = value;
          break;
        case 'connection':
          connection += `${value.toLowerCase()},`;
          break;
        case 'retry-after':
          retryAfter = value;
          break;
        case 'warning':
          warnings = [...warnings, value];
          break;
      }
    }
    if (length !== undefined && encoding !== undefined) throw nonsense('both a length and chunks');
    if (status === 101) throw nonsense('another protocol');
    // An interim answer: the real one follows.
    if (status < 200) return;
    const isEmpty = status === 204 || status === 304;
    const contentLength = length === undefined ? undefined : Number(length);
    const hasEnd = isEmpty || length !== undefined || encoding !== undefined;
    reusable = hasEnd && found[1] === '1' && !/(?:^|,)\s*close\s*,/.test(connection);
    left = isEmpty ? 0 : (contentLength ?? 0);
    place = encoding !== undefined && !isEmpty ? 'chunk-line' : hasEnd ? 'sized' : 'until-close';
    listener.head({ status, retryAfter, warnings, contentLength });
    if (place === 'sized' && left === 0) finish();
  }

  /** The text up to `end`, or undefined when it has not come yet. */
  function take(bytes: Buffer, at: number, end: Buffer): { text: string; at: number } | undefined {
    const found = bytes.indexOf(end, at);
    if ((found < 0 ? bytes.length : found) - at > maxHeadBytes) throw nonsense('a head without an end');
    if (found >= 0) return { text: bytes.toString('latin1', at, found), at: found + end.length };
    rest = bytes.subarray(at);
    return undefined;
  }

  return {
    push(fresh) {
      const bytes = rest ? Buffer.concat([rest, fresh]) : fresh;
      rest = undefined;
      let at = 0;
      while (at < bytes.length) {
        switch (place) {
          case 'head': {
            const taken = take(bytes, at, headEnd);
            if (!taken) return;
            at = taken.at;
            begin(taken.text);
            break;
          }
          case 'sized':
          case 'chunk': {
            const until = Math.min(bytes.length, at + left);
            listener.body(bytes.subarray(at, until));
            left -= until - at;
            at = until;
            if (left > 0) return;
            if (place === 'sized') finish();
            else place = 'chunk-end';
            break;
          }
          case 'until-close':
            listener.body(at === 0 ? bytes : bytes.subarray(at));
            return;
          case 'chunk-line': {
            const taken = take(bytes, at, lineEnd);
            if (!taken) return;
            at = taken.at;
            const size = chunkLine.exec(taken.text)?.[1];
            if (size === undefined) throw nonsense('a chunk without a size');
            left = parseInt(size, 16);
            trailerBytes = 0;
            place = left === 0 ? 'trailer' : 'chunk';
            break;
          }
          case 'chunk-end': {
            const taken = take(bytes, at, lineEnd);
            if (!taken) return;
            at = taken.at;
            if (taken.text !== '') throw nonsense('a chunk that is longer than it says');
            place = 'chunk-line';
            break;
          }
          case 'trailer': {
            const taken = take(bytes, at, lineEnd);
            if (!taken) return;
            trailerBytes += taken.at - at;
            at = taken.at;
            if (taken.text === '') finish();
            else if (trailerBytes > maxHeadBytes || !headerLine.test(taken.text))
              throw nonsense('a trailer that is none');
            break;
          }
        }
      }
    },
    close() {
      if (place === 'until-close') return finish();
      if (place !== 'head' || rest)
        throw new OperatorError('network', 'the connection was closed in the middle of an answer');
    },
    isBetween: () => place === 'head' && !rest,
  };
}

const nonsense = (what: string): OperatorError =>
  new OperatorError('bad-response', `the server sent ${what}`);
