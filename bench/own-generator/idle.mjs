// Mode idle: sessions that are held and only ping.
import { Histogram } from './histogram.mjs';

/** @import { Load, Mode } from './mode.mjs' */
/** @import { Session } from './session.mjs' */

/**
 * @param {Load} load
 * @returns {Mode}
 */
export function idle({ options, stage }) {
  const pings = new Histogram();
  /** @type {readonly Session[]} */
  let sessions = [];
  return {
    sessions: options.connections,
    needs: { folders: [], keys: 0 },
    handlers: {
      onReply: () => {},
      onPing: (latencyMs) => {
        if (stage.measuring) pings.add(latencyMs);
      },
    },
    begin: (all) => {
      sessions = all;
    },
    figures: () => ({
      ops: pings.count,
      pings: pings.count,
      held: sessions.filter((session) => session.isOpen).length,
      negotiated_timeout_ms: sessions[0]?.negotiatedMs ?? 0,
      ping: pings,
    }),
  };
}
