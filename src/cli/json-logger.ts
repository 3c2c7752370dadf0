import { hostname } from 'node:os';
import { pino, stdSerializers } from 'pino';
import type { Logger } from '../runtime/index.js';
import type { LogLevel } from './log-options.js';
import { writeToStdout } from './standard-output.js';

/** One JSON object a line, for programs. */
export function jsonLogger(level: LogLevel, serverId: number | null): Logger {
  const base = { pid: process.pid, hostname: hostname(), ...(serverId === null ? {} : { myid: serverId }) };
  const log = pino({ level, base, serializers: { error: stdSerializers.err } }, { write: writeToStdout });
  return {
    debug: (message, details) => log.debug(details, message),
    info: (message, details) => log.info(details, message),
    warn: (message, details) => log.warn(details, message),
    error: (message, details) => log.error(details, message),
  };
}
