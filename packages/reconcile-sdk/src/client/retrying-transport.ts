import { type Clock, type Random } from '../clock/index.ts';
import { createCalls } from './calls.ts';
import { unlessAborted } from './failure.ts';
import { type Transport } from './http-request.ts';

/**
 * Gives a transport of single tries what the one over HTTP has: deadlines, and tries again where that does no harm.
 * For transports that are not over HTTP, such as to a server in the same process. It counts a request as sent once
 * the inner transport has called its `beforeSend`. Limits are kept on the given clock. Closing it closes the inner one.
 */
export function createRetryingTransport(
  inner: Transport,
  { clock, random }: { clock: Clock; random: Random },
): Transport {
  const calls = createCalls({ clock, random, renew: () => Promise.resolve(false) });
  return {
    request: (request) =>
      calls.run(request, (attempt, limit) =>
        unlessAborted(
          inner.request({
            ...request,
            signal: limit.signal,
            beforeSend() {
              limit.check();
              request.beforeSend?.();
              attempt.sent = true;
            },
          }),
          limit,
        ),
      ),
    stream: (request) =>
      calls.run(
        { ...request, retry: false },
        async (_, limit) => {
          const lines = await unlessAborted(inner.stream({ ...request, signal: limit.signal }), limit);
          limit.liftDeadline();
          return untilOver(lines, () => limit.release());
        },
        true,
      ),
    async close() {
      calls.close();
      await inner.close();
    },
  };
}

async function* untilOver(
  lines: AsyncIterable<Buffer>,
  over: () => void,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* lines;
  } finally {
    over();
  }
}
