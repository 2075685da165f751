import { OperatorError, isGone } from '../errors/index.ts';
import { type FailureCause } from './reflector-machine.ts';

/** The server does not stream contents. */
export class NoStream extends OperatorError {
  readonly silently: boolean;
  constructor(name: string, silently: boolean, cause?: unknown) {
    super('invalid', `watch ${name}: this server does not stream contents; using pages`, { cause });
    this.silently = silently;
  }
}

/** The words of a server that knows the request and will not have it; any other complaint may pass. */
export const refusesStreams = ({ message }: OperatorError): boolean =>
  /sendInitialEvents|resourceVersionMatch/.test(message);

/** The server is behind what was seen. */
export class WentBack extends OperatorError {
  constructor(message: string) {
    super('gone', message);
  }
}

/** What a failure means for the next step. */
export function causeOf(error: OperatorError): FailureCause {
  if (error instanceof NoStream) return 'no-stream';
  if (error instanceof WentBack) return 'back';
  if (isGone(error)) return 'gone';
  if (error.message.includes('Too large resource version')) return 'ahead';
  switch (error.code) {
    case 'forbidden':
    case 'not-found':
      return 'blocked';
    case 'bad-response':
      return 'data';
    default:
      return 'other';
  }
}
