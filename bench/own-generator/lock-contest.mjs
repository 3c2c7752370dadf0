// Mode lock: sessions contend for one lock as Curator's InterProcessMutex does, each watching only the one before it.
import { randomUUID } from 'node:crypto';
import { Histogram } from './histogram.mjs';
import { EPHEMERAL_SEQUENTIAL, Op } from './requests.mjs';
import { createdPath, namesOf } from './values.mjs';

/** @import { Load, Mode } from './mode.mjs' */
/** @import { Pending, Reply, Session } from './session.mjs' */

const NO_NODE = -101;
const NODE_DELETED = 2;
const DATA = Buffer.alloc(15);

/**
 * @typedef {object} Contender
 * @property {Session} session
 * @property {string} path of its node
 * @property {boolean} waits for the event of its watch
 * @property {boolean} told by an event that overtook the answer to the read that set the watch
 * @property {number} sinceMs when it asked for the lock
 */

/** @implements {Mode} */
export class LockContest {
  #load;
  #root;
  #handOffs = new Histogram();
  #waits = new Histogram();
  /** @type {Map<Session, Contender>} */
  #contenders = new Map();
  #isHeld = false;
  #lastTurn = -1;
  #releasedMs = 0;
  #releases = 0;
  #events = 0;
  handlers = { onReply: this.#onReply.bind(this), onEvent: this.#onEvent.bind(this) };

  /** @param {Load} load */
  constructor(load) {
    const folder = `/lock-${randomUUID()}`;
    this.#load = load;
    this.#root = `${load.options.prefix}${folder}`;
    this.sessions = load.options.connections;
    this.needs = { folders: [folder], keys: 0 };
  }

  /** @param {readonly Session[]} sessions */
  begin(sessions) {
    for (const session of sessions) this.#contend(session);
  }

  figures() {
    return {
      ops: this.#waits.count,
      acquisitions: this.#waits.count,
      releases: this.#releases,
      watch_events: this.#events,
      events_per_release: this.#releases === 0 ? 0 : this.#events / this.#releases,
      handoff: this.#handOffs,
      wait: this.#waits,
    };
  }

  /**
   * @param {Session} session
   * @param {Pending} request
   * @param {Reply} reply
   */
  #onReply(session, { op }, reply) {
    const mine = this.#contenders.get(session);
    const isGone = op === Op.getData && reply.error === NO_NODE;
    if (reply.error !== 0 && !isGone) this.#load.tally.error(reply.error);
    else if (mine === undefined) return;
    else if (op === Op.create) this.#created(mine, reply);
    else if (op === Op.getChildren) this.#look(mine, reply);
    else if (op === Op.getData) {
      if (isGone || mine.told) this.#list(mine);
      else mine.waits = true;
    } else if (this.#load.stage.running) this.#contend(session);
  }

  /**
   * @param {Session} session
   * @param {number} type
   */
  #onEvent(session, type) {
    const mine = this.#contenders.get(session);
    if (this.#load.stage.measuring) this.#events += 1;
    if (type !== NODE_DELETED || mine === undefined) {
      this.#load.tally.problem('badEvents', `lock: event of type ${type}`);
    } else if (mine.waits) {
      mine.waits = false;
      this.#list(mine);
    } else mine.told = true;
  }

  /** @param {Session} session */
  #contend(session) {
    const sinceMs = performance.now();
    this.#contenders.set(session, { session, path: '', waits: false, told: false, sinceMs });
    const path = `${this.#root}/_c_${randomUUID()}-lock-`;
    const xid = session.expect(Op.create, 0, sinceMs);
    session.requests.create(xid, { path, data: DATA, flags: EPHEMERAL_SEQUENTIAL });
  }

  /**
   * @param {Contender} mine
   * @param {Reply} reply
   */
  #created(mine, reply) {
    mine.path = createdPath(reply) ?? '';
    if (mine.path === '') this.#load.tally.problem('verifyErrors', 'lock: the create answered no path');
    else this.#list(mine);
  }

  /** @param {Contender} mine */
  #list({ session }) {
    const xid = session.expect(Op.getChildren, 0, performance.now());
    session.requests.read(xid, { op: Op.getChildren, path: this.#root, watch: false });
  }

  /**
   * Takes the lock, or watches the contender before.
   * @param {Contender} mine
   * @param {Reply} reply
   */
  #look(mine, reply) {
    const own = mine.path.slice(this.#root.length + 1);
    const turn = turnOf(own);
    const names = namesOf(reply);
    let before = '';
    for (const name of names) {
      if (turnOf(name) < turn && (before === '' || turnOf(name) > turnOf(before))) before = name;
    }
    if (!names.includes(own)) {
      this.#load.tally.problem('verifyErrors', 'lock: the own node is not among the children');
    } else if (before === '') this.#acquired(mine, turn);
    else {
      mine.waits = mine.told = false;
      const xid = mine.session.expect(Op.getData, 0, reply.nowMs);
      mine.session.requests.read(xid, { op: Op.getData, path: `${this.#root}/${before}`, watch: true });
    }
  }

  /**
   * @param {Contender} mine
   * @param {number} turn
   */
  #acquired({ session, path, sinceMs }, turn) {
    const { stage, tally } = this.#load;
    const nowMs = performance.now();
    if (this.#isHeld) tally.problem('verifyErrors', 'lock: held twice');
    if (turn <= this.#lastTurn) tally.problem('verifyErrors', 'lock: granted out of order');
    this.#lastTurn = turn;
    this.#isHeld = !stage.running;
    if (stage.measuring) {
      this.#waits.add(nowMs - sinceMs);
      if (this.#releasedMs > 0) this.#handOffs.add(nowMs - this.#releasedMs);
      this.#releases += 1;
    }
    if (!stage.running) return;
    this.#releasedMs = nowMs;
    session.requests.delete(session.expect(Op.delete, 0, nowMs), path);
  }
}

/** @param {string} name */
function turnOf(name) {
  return Number(name.slice(-10));
}
