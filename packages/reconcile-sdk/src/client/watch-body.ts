import { OperatorError } from '../errors/index.ts';
import { type Answer } from './answer-body.ts';
import { type CallLimit } from './call-limit.ts';

export interface WatchBody {
  readonly chunks: AsyncIterableIterator<Buffer>;
  /** Ends it as the server would: after a whole line, at once when none is under way. */
  end(): void;
}

const newline = 0x0a;

/** The body of a watch. Whatever breaks it is thrown as an OperatorError that says of which call. */
export function createWatchBody(answer: Answer, limit: Pick<CallLimit, 'reason'>, what: string): WatchBody {
  const source = answer.chunks();
  let isEnding = false;
  let isBetweenLines = true;
  const chunks: AsyncIterableIterator<Buffer> = {
    [Symbol.asyncIterator]: () => chunks,
    async next() {
      if (isEnding && isBetweenLines) return source.return!();
      try {
        const next = await source.next();
        if (!next.done) isBetweenLines = next.value[next.value.length - 1] === newline;
        return next;
      } catch (cause) {
        if (limit.reason) throw limit.reason;
        throw new OperatorError('network', `${what}: the connection broke`, { cause });
      }
    },
    return: () => source.return!(),
  };
  return {
    chunks,
    end() {
      isEnding = true;
      if (isBetweenLines) answer.cut();
    },
  };
}
