// Mode fanout: all sessions but one watch one node, the last one writes it; when every event has come, again.
import { Histogram } from './histogram.mjs';
import { Op } from './requests.mjs';
import { valueOf } from './values.mjs';

/** @import { Load, Mode } from './mode.mjs' */
/** @import { Session } from './session.mjs' */

const DATA_CHANGED = 3;

/**
 * @param {Load} load
 * @returns {Mode}
 */
export function fanOut({ options, stage, tally }) {
  const path = `${options.prefix}/fan`;
  const value = valueOf(0, options.size);
  const events = new Histogram();
  const rounds = new Histogram();
  const writes = new Histogram();
  /** @type {Set<Session>} */
  const armed = new Set();
  /** @type {readonly Session[]} */
  let watchers = [];
  /** @type {Session | undefined} */
  let writer;
  let firedMs = 0;
  let deliveringMs = 0;

  const arm = () => {
    for (const session of watchers) {
      session.requests.read(session.expect(Op.getData, 0, performance.now()), { op: Op.getData, path, watch: true });
    }
  };
  const fire = () => {
    firedMs = performance.now();
    writer?.requests.setData(writer.expect(Op.setData, 0, firedMs), path, value);
  };

  return {
    sessions: options.connections + 1,
    needs: { folders: ['/fan'], keys: 0 },
    handlers: {
      onReply: (session, { op, dueMs }, { error, nowMs }) => {
        if (error !== 0) tally.error(error);
        else if (op === Op.setData) {
          if (stage.measuring) writes.add(nowMs - dueMs);
        } else {
          armed.add(session);
          if (armed.size === watchers.length && stage.running) fire();
        }
      },
      onEvent: (session, type, nowMs) => {
        if (type !== DATA_CHANGED || !armed.delete(session)) {
          tally.problem(
            'badEvents',
            `event of type ${type} for a watcher that ${armed.has(session) ? 'is' : 'is not'} armed`,
          );
          return;
        }
        if (stage.measuring) events.add(nowMs - firedMs);
        if (armed.size > 0) return;
        if (stage.measuring) {
          rounds.add(nowMs - firedMs);
          deliveringMs += nowMs - firedMs;
        }
        if (stage.running) arm();
      },
    },
    begin: (sessions) => {
      watchers = sessions.slice(0, -1);
      writer = sessions.at(-1);
      arm();
    },
    figures: () => ({
      ops: rounds.count * watchers.length,
      rounds: rounds.count,
      events: events.count,
      events_per_s_delivery: deliveringMs === 0 ? 0 : (rounds.count * watchers.length * 1e3) / deliveringMs,
      event: events,
      round: rounds,
      write: writes,
    }),
  };
}
