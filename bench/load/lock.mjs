// Mode lock: sessions contend for one lock as Curator's InterProcessMutex does, each watching only the one before it.
import { randomUUID } from 'node:crypto';
import { Histogram } from './histogram.mjs';
import { EPHEMERAL_SEQUENTIAL, Op } from './requests.mjs';
import { createdPath } from './values.mjs';

/** @import { Load, Mode } from './mode.mjs' */
/** @import { Pending, Reply, Session } from './session.mjs' */

const NO_NODE = -101;
const NODE_DELETED = 2;

/**
 * @typedef {object} Contender
 * @property {string} path of its node
 * @property {boolean} waits for the event of its watch
 * @property {boolean} told by an event that overtook the answer to the read that set the watch
 * @property {number} sinceMs when it asked for the lock
 */

/**
 * @param {Load} load
 * @returns {Mode}
 */
export function lock({ options, stage, tally }) {
  const folder = `/lock-${randomUUID()}`;
  const root = `${options.prefix}${folder}`;
  const handOffs = new Histogram();
  const waits = new Histogram();
  /** @type {Map<Session, Contender>} */
  const contenders = new Map();
  /** @type {Session | null} */
  let holder = null;
  let lastTurn = -1;
  let releasedMs = 0;
  let releases = 0;
  let events = 0;

  const contend = (/** @type {Session} */ session) => {
    const sinceMs = performance.now();
    contenders.set(session, { path: '', waits: false, told: false, sinceMs });
    const path = `${root}/_c_${randomUUID()}-lock-`;
    const data = Buffer.alloc(15);
    session.requests.create(session.expect(Op.create, 0, sinceMs), { path, data, flags: EPHEMERAL_SEQUENTIAL });
  };
  const list = (/** @type {Session} */ session) =>
    session.requests.read(session.expect(Op.getChildren, 0, performance.now()), {
      op: Op.getChildren,
      path: root,
      watch: false,
    });
  const acquired = (/** @type {Session} */ session, /** @type {number} */ turn, /** @type {Contender} */ mine) => {
    const nowMs = performance.now();
    if (holder !== null) tally.problem('verifyErrors', 'lock: held twice');
    if (turn <= lastTurn) tally.problem('verifyErrors', 'lock: granted out of order');
    lastTurn = turn;
    holder = session;
    if (stage.measuring) {
      waits.add(nowMs - mine.sinceMs);
      if (releasedMs > 0) handOffs.add(nowMs - releasedMs);
    }
    if (!stage.running) return;
    holder = null;
    releasedMs = nowMs;
    if (stage.measuring) releases += 1;
    session.requests.delete(session.expect(Op.delete, 0, nowMs), mine.path);
  };
  const look = (/** @type {Session} */ session, /** @type {Contender} */ mine, /** @type {Reply} */ reply) => {
    const own = mine.path.slice(root.length + 1);
    const turn = turnOf(own);
    let before = '';
    let isListed = false;
    for (const name of names(reply)) {
      if (name === own) isListed = true;
      else if (turnOf(name) < turn && (before === '' || turnOf(name) > turnOf(before))) before = name;
    }
    if (!isListed) tally.problem('verifyErrors', 'lock: the own node is not among the children');
    else if (before === '') acquired(session, turn, mine);
    else {
      mine.waits = mine.told = false;
      const path = `${root}/${before}`;
      session.requests.read(session.expect(Op.getData, 0, reply.nowMs), { op: Op.getData, path, watch: true });
    }
  };
  /** @type {Record<number, (session: Session, mine: Contender, reply: Reply) => void>} */
  const answers = {
    [Op.create]: (session, mine, reply) => {
      mine.path = createdPath(reply) ?? '';
      if (mine.path === '') tally.problem('verifyErrors', 'lock: the create answered no path');
      else list(session);
    },
    [Op.getChildren]: look,
    [Op.getData]: (session, mine, { error }) => {
      if (error === NO_NODE || mine.told) list(session);
      else mine.waits = true;
    },
    [Op.delete]: (session) => {
      if (stage.running) contend(session);
    },
  };

  return {
    sessions: options.connections,
    needs: { folders: [folder], keys: 0 },
    handlers: {
      onReply: (/** @type {Session} */ session, /** @type {Pending} */ { op }, /** @type {Reply} */ reply) => {
        const mine = contenders.get(session);
        if (reply.error !== 0 && !(op === Op.getData && reply.error === NO_NODE)) tally.error(reply.error);
        else if (mine !== undefined) answers[op]?.(session, mine, reply);
      },
      onEvent: (session, type) => {
        const mine = contenders.get(session);
        if (stage.measuring) events += 1;
        if (type !== NODE_DELETED || mine === undefined) tally.problem('badEvents', `lock: event of type ${type}`);
        else if (mine.waits) {
          mine.waits = false;
          list(session);
        } else mine.told = true;
      },
    },
    begin: (sessions) => {
      for (const session of sessions) contend(session);
    },
    figures: () => ({
      ops: waits.count,
      acquisitions: waits.count,
      releases,
      watch_events: events,
      events_per_release: releases === 0 ? 0 : events / releases,
      handoff: handOffs,
      wait: waits,
    }),
  };
}

/** @param {string} name */
function turnOf(name) {
  return Number(name.slice(-10));
}

/**
 * The names that a getChildren answered.
 * @param {Reply} reply
 */
function names({ bytes, start }) {
  /** @type {string[]} */
  const found = [];
  let at = start + 4;
  for (let left = bytes.readInt32BE(start); left > 0; left -= 1) {
    const end = at + 4 + bytes.readInt32BE(at);
    found.push(bytes.toString('latin1', at + 4, end));
    at = end;
  }
  return found;
}
