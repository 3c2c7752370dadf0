import type { LogLevel } from './log-options.js';

export interface LogRecord {
  readonly level: LogLevel;
  readonly wallMs: number;
  /** Null when there is no ensemble. */
  readonly serverId?: number | null;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** Causes of an error that are followed: more say nothing, and they might go round in a circle. */
const CAUSES_MAX = 8;

/**
 * A log record in ZooKeeper's layout, for which log shippers have patterns:
 * `2026-11-21 19:31:32,293 [myid:1] - INFO  [main:pinfold@0] - text key=value`. A stack trace follows on lines of its own.
 */
export function logLine({ level, wallMs, serverId, message, details = {} }: LogRecord): string {
  const head = `${timestamp(wallMs)} [myid:${serverId ?? ''}] - ${level.toUpperCase().padEnd(5)} [main:pinfold@0] - `;
  const fields = Object.entries(details).map(([key, value]) =>
    value instanceof Error ? '' : ` ${key}=${shown(value)}`,
  );
  const errors = Object.values(details).filter((value) => value instanceof Error);
  return `${head}${message}${fields.join('')}${errors.map(stackOf).join('')}\n`;
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
  const text = typeof value === 'string' || typeof value === 'bigint' ? String(value) : asJson(value);
  return /^[\w./:@+-]+$/.test(text) ? text : JSON.stringify(text);
}

function asJson(value: unknown): string {
  return JSON.stringify(value, plain) ?? String(value);
}

/** JSON has no bigints; and durations come with more digits than anybody wants to read. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'number') return Math.round(value * 1000) / 1000;
  return typeof value === 'bigint' ? value.toString() : value;
}

function stackOf(error: Error): string {
  const stacks: string[] = [];
  let each: unknown = error;
  while (each instanceof Error && stacks.length < CAUSES_MAX) {
    stacks.push(each.stack ?? each.message);
    each = each.cause;
  }
  return `\n${stacks.join('\ncaused by: ')}`;
}
