const LEVEL_NAMES: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};

/** What a logging library adds to a record and people need not see. */
const HIDDEN = new Set(['level', 'time', 'msg', 'pid', 'hostname']);

/**
 * A log record in ZooKeeper's layout, for which log shippers have patterns:
 * `2026-11-21 19:31:32,293 [myid:] - INFO  [main:pinfold@0] - text key=value`. A stack trace follows on lines of its own.
 */
export function logLine(record: Readonly<Record<string, unknown>>): string {
  const { level, time, msg, error } = record;
  const name = (typeof level === 'number' ? LEVEL_NAMES[level] : undefined) ?? 'INFO';
  const head = `${timestamp(typeof time === 'number' ? time : 0)} [myid:] - ${name.padEnd(5)} [main:pinfold@0] - `;
  const details = Object.entries(record)
    .filter(([key]) => !HIDDEN.has(key) && key !== 'error')
    .map(([key, value]) => ` ${key}=${shown(value)}`);
  return `${head}${typeof msg === 'string' ? msg : ''}${details.join('')}${stackOf(error)}\n`;
}

/** Local time, as logs of ZooKeeper have it. */
function timestamp(wallMs: number): string {
  const date = new Date(wallMs);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time},${String(date.getMilliseconds()).padStart(3, '0')}`;
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(typeof value === 'number' ? rounded(value) : value);
  return /^[\w./:@+-]+$/.test(text) ? text : JSON.stringify(text);
}

/** Durations come with more digits than anybody wants to read. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function stackOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('stack' in error)) return '';
  return typeof error.stack === 'string' ? `\n${error.stack}` : '';
}
