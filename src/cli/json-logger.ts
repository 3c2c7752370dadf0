import { pino, stdSerializers } from 'pino';
import type { Logger } from '../runtime/index.js';
import type { LogLevel } from './log-options.js';
import { writeToStdout } from './standard-output.js';

/** One JSON object a line, for programs. */
export function jsonLogger(level: LogLevel): Logger {
  const log = pino({ level, serializers: { error: stdSerializers.err } }, { write: writeToStdout });
  return {
    debug: (message, details) => log.debug(details, message),
    info: (message, details) => log.info(details, message),
    warn: (message, details) => log.warn(details, message),
    error: (message, details) => log.error(details, message),
  };
}
