import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';

/** JSON lines, one object a line; bindings such as `controller` and `reconcileID` come with every line. */
export type Logger = PinoLogger;

export interface LoggerOptions {
  name: string;
  /** Debug lines too. */
  verbose?: boolean;
  destination?: DestinationStream;
}

/** Names under which secrets travel in our objects; what stands there is never written out. */
const secretNames = [
  'password',
  'token',
  'secret',
  'secretAccessKey',
  'accessKeyId',
  'authorization',
  'data',
  'stringData',
];

export function createLogger({ name, verbose, destination }: LoggerOptions): Logger {
  return pino(
    {
      name,
      level: verbose ? 'debug' : 'info',
      base: { name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: secretNames.flatMap((secret) => [secret, `*.${secret}`, `*.*.${secret}`]),
        censor: '[redacted]',
      },
    },
    destination ?? pino.destination({ dest: 1, sync: true }),
  );
}
