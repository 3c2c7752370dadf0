/** Where a component tells people what it does. `details` are fields, never part of the sentence. */
export interface Logger {
  debug(message: string, details?: Readonly<Record<string, unknown>>): void;
  info(message: string, details?: Readonly<Record<string, unknown>>): void;
  warn(message: string, details?: Readonly<Record<string, unknown>>): void;
  error(message: string, details?: Readonly<Record<string, unknown>>): void;
}

function silent(): void {
  // Nobody listens.
}

export const SILENT_LOGGER: Logger = Object.freeze({ debug: silent, info: silent, warn: silent, error: silent });

/** The same logger, but one that throws does not disturb whoever logs. */
export function shielded(logger: Logger): Logger {
  const shield =
    (level: keyof Logger): Logger['info'] =>
    (message, details) => {
      try {
        logger[level](message, details);
      } catch {
        // A log line is not worth a connection.
      }
    };
  return { debug: shield('debug'), info: shield('info'), warn: shield('warn'), error: shield('error') };
}
