/** Where a component tells people what it does. `details` are fields, never part of the sentence. */
export interface Logger {
  /** What helps to understand a run: every connection, every step. */
  debug(message: string, details?: Readonly<Record<string, unknown>>): void;
  /** What happens in a healthy life, a lost connection among it. */
  info(message: string, details?: Readonly<Record<string, unknown>>): void;
  /** What goes on, but somebody should look at. */
  warn(message: string, details?: Readonly<Record<string, unknown>>): void;
  /** What failed and will not mend itself. */
  error(message: string, details?: Readonly<Record<string, unknown>>): void;
}

function silent(): void {
  // Nobody listens.
}

/** Drops everything: the default wherever a logger may be given. */
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
