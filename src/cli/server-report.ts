import type { ServerMode } from '../server/words/server-info.js';

/** What a server process that was started with `--report` tells the process that started it. */
export interface ServerReport {
  /** What it serves as; null when it no longer serves. */
  readonly mode: ServerMode | null;
}

/**
 * Where a server process that was asked to reports what it is. Whoever asked wants it no longer than it lives itself: when
 * it is gone, `abandoned` is called.
 */
export function reporter(abandoned: () => void): (mode: ServerMode | null) => void {
  process.once('disconnect', abandoned);
  return (mode) => {
    const report: ServerReport = { mode };
    if (process.connected) process.send?.(report);
  };
}
