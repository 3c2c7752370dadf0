export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['line', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** What is logged, and how. */
export interface LoggerOptions {
  readonly level: LogLevel;
  /** `line` is ZooKeeper's layout, `json` one JSON object a line. */
  readonly format: LogFormat;
  /** Of the server in its ensemble; null or absent when it is alone. */
  readonly serverId?: number | null;
}
