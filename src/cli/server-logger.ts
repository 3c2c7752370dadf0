import type { Clock, Logger } from '../runtime/index.js';
import { logLine } from './log-line.js';
import { LOG_LEVELS } from './log-options.js';
import type { LoggerOptions, LogLevel } from './log-options.js';
import { writeToStdout } from './standard-output.js';

/**
 * The log of a server process, on standard output. Records are written at once: they are rare, and the last ones before
 * an exit are the ones that matter.
 */
export async function serverLogger(options: LoggerOptions, clock: Clock): Promise<Logger> {
  const { level, serverId = null } = options;
  if (options.format === 'line') return lineLogger(level, serverId, clock);
  // Loading it takes as long as a quarter of a server's start: only who wants it waits for it.
  const { jsonLogger } = await import('./json-logger.js');
  return jsonLogger(level, serverId);
}

function lineLogger(leastLevel: LogLevel, serverId: number | null, clock: Clock): Logger {
  const least = LOG_LEVELS.indexOf(leastLevel);
  const log =
    (level: keyof Logger): Logger['info'] =>
    (message, details) => {
      if (LOG_LEVELS.indexOf(level) < least) return;
      writeToStdout(logLine({ level, wallMs: clock.wallMs(), serverId, message, details }));
    };
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
}
