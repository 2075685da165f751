import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { systemClock, type Clock } from '../clock/index.ts';
import { OperatorError } from '../errors/index.ts';
import { textWithoutSecrets, withoutSecrets } from './redaction.ts';
import { createSampler, type SamplingOptions } from './sampling.ts';

/**
 * JSON lines, one object a line; bindings such as `controller` and `reconcileID` come with every line. Setting
 * `level` on any logger sets it for all that come from the same root, children made before included; `child` takes
 * bindings and no options.
 */
export type Logger = PinoLogger;

/** Pino's levels; `silent` writes nothing. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** What `createLogger` takes. */
export interface LoggerOptions {
  /** With every line, as `name`. */
  name: string;
  /** Debug lines too: short for `level: 'debug'`. */
  verbose?: boolean;
  /** Default `info`. */
  level?: LogLevel;
  /** Debug and trace lines are thinned out by message; `false` writes them all. Default 20 of each in 10 s. */
  sampling?: SamplingOptions | false;
  /** Default standard output, written before the call returns. */
  destination?: DestinationStream;
  /** Default the machine's. */
  clock?: Clock;
}

/** Secrets are redacted by type and by name, see `secret` and `withoutSecrets`, in bindings and messages too. */
export function createLogger(options: LoggerOptions): Logger {
  const { name, clock = systemClock } = options;
  const sampler = options.sampling === false ? undefined : createSampler(options.sampling);
  const values = pino.levels.values;
  const valueOf = (level: string): number => values[level] ?? Infinity;
  const debug = valueOf('debug');
  let level: string = options.level ?? (options.verbose ? 'debug' : 'info');
  let threshold = valueOf(level);

  const root = pino(
    {
      // Everything reaches the hook, which decides: a level of pino's own would be fixed for children at their birth.
      level: 'trace',
      base: { name },
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      // Errors are serialised by the hook already.
      serializers: { err: (error: unknown) => error },
      hooks: {
        logMethod(args, method, lineLevel) {
          if (lineLevel < threshold) return;
          const [first, ...rest]: unknown[] = args;
          const hasFields = typeof first === 'object' && first !== null;
          let fields = first;
          if (sampler && lineLevel <= debug) {
            const message = hasFields ? rest[0] : first;
            const taken = sampler.take(typeof message === 'string' ? message : '', clock.monotonic());
            if (!taken) return;
            if (taken.dropped > 0 && hasFields) fields = { ...first, linesDropped: taken.dropped };
          }
          const isDebugging = threshold <= debug;
          const plain = (value: unknown): unknown => withoutSecrets(value, isDebugging);
          if (first instanceof Error) {
            const text = typeof rest[0] === 'string' ? rest[0] : textWithoutSecrets(first.message);
            return method.call(this, { err: plain(first) }, text, ...rest.slice(1).map(plain));
          }
          method.apply(this, [plain(fields), ...rest.map(plain)] as never);
        },
      },
    },
    options.destination ?? pino.destination({ dest: 1, sync: true }),
  );

  // Children come into being by Object.create, so what is set on the root holds for all of them.
  const birth = root.child;
  const child = function (this: Logger, bindings: object) {
    return birth.call(this, withoutSecrets(bindings) as Record<string, unknown>);
  };
  Object.defineProperties(root, {
    child: { value: child },
    level: {
      get: () => level,
      set(wanted: string) {
        if (wanted !== 'silent' && values[wanted] === undefined) throw unknownLevel(wanted);
        level = wanted;
        threshold = valueOf(wanted);
      },
    },
    levelVal: { get: () => threshold },
    isLevelEnabled: { value: (wanted: string) => valueOf(wanted) >= threshold },
  });
  return root;
}

const unknownLevel = (wanted: string): Error =>
  new OperatorError(
    'bad-configuration',
    `"${wanted}" is no log level; there are ${Object.keys(pino.levels.values).join(', ')} and silent`,
  );
