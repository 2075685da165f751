/** Structured logs. Secrets are redacted by type and by name before a line is written. */
export { createLogger, type Logger, type LoggerOptions, type LogLevel } from './logger.ts';
export { errorRecord, type ErrorRecord } from './error-record.ts';
export { textWithoutSecrets, withoutSecrets } from './redaction.ts';
export { type SamplingOptions } from './sampling.ts';
export { isSecretText, redacted, secret, type SecretText } from './secret-text.ts';
