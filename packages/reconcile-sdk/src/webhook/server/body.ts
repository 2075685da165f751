import type { IncomingMessage } from 'node:http';

/** Why a request gets no review, as HTTP says it. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** Bytes of bodies in memory, counted over all requests. */
export interface ByteBudget {
  take(bytes: number): boolean;
  give(bytes: number): void;
}

export function createByteBudget(most: number): ByteBudget {
  let taken = 0;
  return {
    take(bytes) {
      if (taken + bytes > most) return false;
      taken += bytes;
      return true;
    },
    give(bytes) {
      taken -= bytes;
    },
  };
}

/**
 * The parsed JSON body of a request, or why there is none. Never holds more than `limit` bytes; what it took from the
 * budget is given back once it is parsed. Messages never quote the body: it may hold secrets.
 */
export async function readJson(
  request: IncomingMessage,
  limit: number,
  budget: ByteBudget,
): Promise<{ value: unknown } | Refusal> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') return { status: 415, message: 'send application/json' };
  if (request.headers['content-encoding'] !== undefined)
    return { status: 415, message: 'send the body without content-encoding' };
  const tooLarge: Refusal = { status: 413, message: `the body is larger than ${limit} bytes` };
  if (Number(request.headers['content-length'] ?? 0) > limit) return tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  let taken = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) return tooLarge;
      if (!budget.take(chunk.length)) return { status: 503, message: 'too many bodies at once; try again' };
      taken += chunk.length;
      chunks.push(chunk);
    }
    return { value: JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown };
  } catch (error) {
    if (error instanceof SyntaxError) return { status: 400, message: 'the body is not JSON' };
    return { status: 400, message: 'the body did not arrive whole' };
  } finally {
    budget.give(taken);
  }
}
