import { OperatorError } from '../errors/index.ts';
import { type AnswerHead } from './answer-parser.ts';

/** An answer whose head has come. Its body is taken in one of three ways, once. */
export interface Answer extends AnswerHead {
  /** The whole body; one that exceeds `maxBytes` is cut off with its connection, and told as `bad-response`. */
  text(maxBytes: number, what: string): Promise<string>;
  /** As `text`, but what is beyond `maxBytes` is left away: for what is only shown to people. */
  excerpt(maxBytes: number): Promise<string>;
  /** Pieces as they come. Whoever stops early cuts the connection. */
  chunks(): AsyncIterableIterator<Buffer>;
  /** Cuts the connection; readers see the end of the body. */
  cut(): void;
  /** Called once when nothing more comes, whatever the reason. */
  onOver(listener: () => void): void;
}

/** An answer, and the side from which its connection fills it. */
export interface ArrivingAnswer {
  readonly answer: Answer;
  push(chunk: Buffer): void;
  /** Without an error: that was all. */
  end(error?: Error): void;
}

/** What waits to be read may be so large before the connection is held up. */
const heldUpBytes = 262_144;

/** `holdUp` stops and resumes the connection, `cut` ends it: both of a body that is not over. */
export function createArrivingAnswer(
  head: AnswerHead,
  { holdUp, cut }: { holdUp: (held: boolean) => void; cut: () => void },
): ArrivingAnswer {
  let waiting: Buffer[] = [];
  let bytes = 0;
  let isOver = false;
  let isHeld = false;
  let isStreamed = false;
  let failure: Error | undefined;
  /** Looks again, of whoever reads. */
  let look: (() => void) | undefined;
  let told: (() => void) | undefined;

  function end(error?: Error): void {
    if (isOver) return;
    isOver = true;
    failure = error;
    look?.();
    told?.();
  }
  function stop(): void {
    if (isOver) return;
    end();
    cut();
  }
  function take(): Buffer[] {
    const taken = waiting;
    waiting = [];
    bytes = 0;
    return taken;
  }
  const whole = (isEnough: () => boolean): Promise<Buffer[]> =>
    new Promise((resolve, reject) => {
      look = () => {
        if (failure) reject(failure);
        else if (isOver || isEnough()) resolve(take());
      };
      look();
    });

  return {
    push(chunk) {
      waiting.push(chunk);
      bytes += chunk.length;
      if (isStreamed && bytes > heldUpBytes && !isHeld) holdUp((isHeld = true));
      look?.();
    },
    end,
    answer: {
      ...head,
      async text(maxBytes, what) {
        let isTooLarge = false;
        const chunks = await whole(() => (isTooLarge = bytes > maxBytes));
        if (!isTooLarge && chunks.length === 1) return chunks[0]!.toString('utf8');
        if (!isTooLarge) return Buffer.concat(chunks).toString('utf8');
        stop();
        throw new OperatorError(
          'bad-response',
          `${what}: the answer has more than ${maxBytes} bytes: ask for less at once, or allow more`,
        );
      },
      async excerpt(maxBytes) {
        const chunks = await whole(() => bytes >= maxBytes);
        stop();
        return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8');
      },
      chunks() {
        isStreamed = true;
        const done = { done: true, value: undefined } as const;
        const iterator: AsyncIterableIterator<Buffer> = {
          [Symbol.asyncIterator]: () => iterator,
          next: () =>
            new Promise((resolve, reject) => {
              look = () => {
                const chunk = waiting.shift();
                if (!chunk && !isOver) return;
                look = undefined;
                if (!chunk) return failure ? reject(failure) : resolve(done);
                bytes -= chunk.length;
                if (isHeld && bytes === 0) holdUp((isHeld = false));
                resolve({ done: false, value: chunk });
              };
              look();
            }),
          return() {
            stop();
            return Promise.resolve(done);
          },
        };
        return iterator;
      },
      cut: stop,
      onOver(listener) {
        if (isOver) listener();
        else told = listener;
      },
    },
  };
}

/** Throws `bad-response` without quoting the text, which may be a Secret. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new OperatorError('bad-response', `${what}: the answer is not JSON`);
  }
}
