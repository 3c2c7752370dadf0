// Mode session: slots that open a session, close it, and open the next.
import { Histogram } from './histogram.mjs';

/** @import { Load, Mode } from './mode.mjs' */
/** @import { Session } from './session.mjs' */

/**
 * @param {Load} load
 * @returns {Mode}
 */
export function sessionCycles({ options, stage, tally }) {
  const cycles = new Histogram();
  const opens = new Histogram();
  const closes = new Histogram();

  const cycle = async (/** @type {Session} */ session) => {
    await session.close(); // the one it came with
    while (stage.running) {
      const startedMs = performance.now();
      await session.open();
      if (!session.isOpen) continue; // the tally has it
      const openMs = performance.now();
      const closed = await session.close();
      const endMs = performance.now();
      if (!closed) tally.problem('protocolErrors', 'a session was not closed with an answer');
      else if (stage.measuring) {
        opens.add(openMs - startedMs);
        closes.add(endMs - openMs);
        cycles.add(endMs - startedMs);
      }
    }
  };

  return {
    sessions: options.connections,
    needs: { folders: [], keys: 0 },
    handlers: { onReply: () => {} },
    begin: (sessions) => {
      for (const session of sessions) void cycle(session);
    },
    figures: () => ({ ops: cycles.count, sessions: cycles.count, cycle: cycles, open: opens, close: closes }),
  };
}
