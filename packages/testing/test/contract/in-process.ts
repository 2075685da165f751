import { createManualClock, createSeededRandom } from '@stateful/reconcile-sdk';
import { createApiServer } from '../../src/api-server/index.ts';
import { type ApiAnswer, type ApiWatch } from '../../src/api-server/index.ts';
import { type Exchange } from './exchange.ts';

/** The in-process server as the contract sees it. Its clock runs on as long as somebody waits for a watch. */
export function inProcessExchange(): Exchange {
  const clock = createManualClock();
  const server = createApiServer({ clock, random: createSeededRandom(1), controllers: false });
  async function* lines(watch: ApiWatch, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    const queue: Buffer[] = [];
    let ended = false;
    watch.onEvent((event) => queue.push(Buffer.from(`${JSON.stringify(event)}\n`)));
    watch.onEnd(() => void (ended = true));
    while (!signal.aborted) {
      const line = queue.shift();
      if (line) yield line;
      else if (ended) return;
      else await clock.advance(100);
    }
    watch.stop();
  }
  return {
    async ask(request) {
      let answer: ApiAnswer | undefined;
      const asked = server.answer(request).then((given) => void (answer = given));
      // Webhooks take time, and time passes by being waited for.
      for (let turn = 0; !answer && turn < 100; turn++) await clock.advance(100);
      await asked;
      return asSent(answer!);
    },
    settle: () => Promise.resolve(),
    serve(path, webhook) {
      const url = `https://webhooks.test${path}`;
      server.serveWebhook(url, webhook);
      return Promise.resolve({ url, caBundle: '' });
    },
    stream(request, signal) {
      const answer = server.watch(request);
      return Promise.resolve('status' in answer ? asSent(answer) : lines(answer, signal));
    },
    close: () => undefined,
  };
}

/** As it would come over the wire. */
const asSent = (answer: ApiAnswer): ApiAnswer => JSON.parse(JSON.stringify(answer)) as ApiAnswer;
