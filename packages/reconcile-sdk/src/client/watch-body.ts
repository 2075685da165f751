import type { IncomingMessage } from 'node:http';
import { OperatorError } from '../errors/index.ts';

export interface WatchBody {
  readonly chunks: AsyncIterable<Buffer>;
  /** Ends it as the server would: after a whole line, at once when none is under way. */
  end(): void;
}

const newline = 0x0a;

/** The body of a watch. Whatever breaks it is thrown as an OperatorError that says of which call. */
export function createWatchBody(response: IncomingMessage, signal: AbortSignal, what: string): WatchBody {
  let isEnding = false;
  let isBetweenLines = true;
  async function* chunks(): AsyncGenerator<Buffer, void, undefined> {
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        isBetweenLines = chunk[chunk.length - 1] === newline;
        yield chunk;
        if (isEnding && isBetweenLines) return;
      }
    } catch (cause) {
      if (isEnding && isBetweenLines) return;
      if (signal.aborted) throw signal.reason;
      throw new OperatorError('network', `${what}: the connection broke`, { cause });
    }
  }
  return {
    chunks: chunks(),
    end() {
      isEnding = true;
      if (isBetweenLines) response.destroy();
    },
  };
}
