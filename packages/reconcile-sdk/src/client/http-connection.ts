import { createArrivingAnswer, type Answer, type ArrivingAnswer } from './answer-body.ts';
import { createAnswerParser } from './answer-parser.ts';
import { type Connection } from './open-connection.ts';

/** Who waits for an answer. One of `answered` and `failed` is called, and `over` last, when the body is over too. */
export interface Asker {
  answered(answer: Answer): void;
  failed(error: Error): void;
  over(): void;
}

/** One connection that carries one request after another. */
export interface HttpConnection {
  /** Writes a request at once, head and body in one piece. Only when it is at rest. */
  send(text: string, asker: Asker): void;
  /** Nobody uses it: it keeps no process alive, and closes after so many milliseconds. */
  rest(closeAfterMs: number): void;
  isClosed(): boolean;
  /** Ends it; the call under way fails with the reason. `reset`: bytes that the kernel still holds never leave. */
  end(reason: Error, reset: boolean): void;
}

/** `onRest`: it can be used again. `onClosed`: it never can. */
export function createHttpConnection(
  { socket, raw }: Connection,
  {
    onRest,
    onClosed,
  }: { onRest: (connection: HttpConnection) => void; onClosed: (connection: HttpConnection) => void },
): HttpConnection {
  let asker: Asker | undefined;
  let arriving: ArrivingAnswer | undefined;
  let isClosed = false;

  /** The call that was under way, which is no longer. */
  function leave(error?: Error): void {
    const [who, what] = [asker, arriving];
    asker = arriving = undefined;
    if (what) what.end(error);
    else if (error) who?.failed(error);
    who?.over();
  }
  function shut(): void {
    isClosed = true;
    socket.destroy();
    onClosed(connection);
  }
  function close(error: Error): void {
    if (isClosed) return;
    shut();
    leave(error);
  }
  /** What the parser throws is the end of the connection. */
  function parse(step: () => void): void {
    try {
      step();
    } catch (error) {
      close(error as Error);
    }
  }

  const parser = createAnswerParser({
    head(head) {
      if (!asker) throw new Error('the server spoke without being asked');
      arriving = createArrivingAnswer(head, {
        holdUp: (held) => void (held ? socket.pause() : socket.resume()),
        cut: () => close(new Error('the rest of the answer is not wanted')),
      });
      asker.answered(arriving.answer);
    },
    body: (chunk) => arriving?.push(chunk),
    end(reusable) {
      if (!reusable && !isClosed) shut();
      leave();
      if (reusable && !isClosed) onRest(connection);
    },
  });

  const connection: HttpConnection = {
    send(text, who) {
      asker = who;
      socket.ref();
      socket.setTimeout(0);
      socket.write(text, 'utf8');
    },
    rest(closeAfterMs) {
      socket.unref();
      socket.setTimeout(closeAfterMs);
    },
    isClosed: () => isClosed,
    end(reason, reset) {
      if (reset && !isClosed) raw.resetAndDestroy();
      close(reason);
    },
  };

  socket.on('data', (bytes: Buffer) => {
    const isAsked = asker !== undefined;
    if (isAsked) parse(() => parser.push(bytes));
    // What comes without a question, or behind its answer, would be taken for the next answer.
    if (!isAsked || (!asker && !parser.isBetween())) close(new Error('the server spoke without being asked'));
  });
  socket.on('end', () => {
    parse(() => parser.close());
    close(new Error('the server closed the connection'));
  });
  socket.on('error', close);
  socket.on('close', () => close(new Error('the connection was closed')));
  socket.on('timeout', () => close(new Error('the connection was idle for long')));
  return connection;
}
