import { pino, stdSerializers } from 'pino';
import type { DestinationStream } from 'pino';
import type { Logger } from '../runtime/index.js';
import { logLine } from './log-line.js';
import type { LoggerOptions } from './log-options.js';

const STDOUT = 1;

/**
 * The log of a server process, on standard output. Records are written at once: they are rare, and the last ones before
 * an exit are the ones that matter.
 */
export function serverLogger(options: LoggerOptions): Logger {
  const stdout = pino.destination({ dest: STDOUT, sync: true });
  // Whoever read the log is gone; that is no reason to take the service down.
  stdout.on('error', () => undefined);
  const stream = options.format === 'json' ? stdout : inLines(stdout);
  const log = pino({ level: options.level, serializers: { error: stdSerializers.err } }, stream);
  return {
    debug: (message, details) => log.debug(details, message),
    info: (message, details) => log.info(details, message),
    warn: (message, details) => log.warn(details, message),
    error: (message, details) => log.error(details, message),
  };
}

function inLines(stream: DestinationStream): DestinationStream {
  return { write: (record) => stream.write(logLine(JSON.parse(record) as Record<string, unknown>)) };
}
