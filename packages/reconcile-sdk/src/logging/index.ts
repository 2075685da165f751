/** Structured logs. Secrets are redacted by name before a line is written. */
export { createLogger, type Logger, type LoggerOptions } from './logger.ts';
