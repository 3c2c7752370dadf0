// Mode run: so many requests outstanding on each session all the time; or, with a rate, one whenever it is due.
import { Gap } from './gap.mjs';
import { Histogram } from './histogram.mjs';
import { operationOf } from './operations.mjs';
import { Op } from './requests.mjs';

/** @import { Load, Mode } from './mode.mjs' */
/** @import { Pending, Reply, Session } from './session.mjs' */

const PACE_MS = 1;

/** @implements {Mode} */
export class ClosedLoop {
  #load;
  #operation;
  #reads = new Histogram();
  #writes = new Histogram();
  #anything = new Gap();
  #anyWrite = new Gap();
  /** @type {readonly Session[]} */
  #all = [];
  #turn = 0;
  #issued = 0;
  #beganMs = 0;
  handlers = { onReply: this.#onReply.bind(this) };

  /** @param {Load} load */
  constructor(load) {
    this.#load = load;
    this.#operation = operationOf(load.options);
    this.sessions = load.options.connections;
    this.needs = this.#operation.needs;
  }

  /** @param {readonly Session[]} sessions */
  begin(sessions) {
    this.#all = sessions;
    this.#beganMs = performance.now();
    if (this.#load.options.rate > 0) this.#issueWhatIsDue();
    else for (const session of sessions) this.#refill(session, this.#beganMs);
  }

  measure() {
    for (const gap of [this.#anything, this.#anyWrite]) gap.begin(performance.now());
  }

  figures() {
    return {
      ops: this.#reads.count + this.#writes.count,
      reads: this.#reads.count,
      writes: this.#writes.count,
      read: this.#reads,
      write: this.#writes,
      max_gap_ms: this.#anything.longestMs,
      max_write_gap_ms: this.#anyWrite.longestMs,
    };
  }

  /**
   * @param {Session} session
   * @param {Pending} request
   * @param {Reply} reply
   */
  #onReply(session, request, reply) {
    const { options, stage, tally } = this.#load;
    const problem = reply.error === 0 ? this.#operation.wrong(session, request, reply) : null;
    if (reply.error !== 0) tally.error(reply.error);
    else if (problem !== null) tally.problem('verifyErrors', problem);
    else if (stage.measuring) this.#count(request, reply.nowMs);
    if (options.rate === 0) this.#refill(session, reply.nowMs);
  }

  /**
   * @param {Pending} request
   * @param {number} nowMs
   */
  #count({ op, dueMs }, nowMs) {
    this.#anything.ended(nowMs);
    if (op === Op.getData) this.#reads.add(nowMs - dueMs);
    else {
      this.#writes.add(nowMs - dueMs);
      this.#anyWrite.ended(nowMs);
    }
  }

  /**
   * @param {Session} session
   * @param {number} nowMs
   */
  #refill(session, nowMs) {
    const { options, stage } = this.#load;
    while (stage.running && session.isOpen && session.outstanding < options.pipeline) {
      this.#operation.issue(session, nowMs);
    }
  }

  /** Latency counts from the moment a request was due, so that a server that is late cannot hide it. */
  #issueWhatIsDue() {
    const { options, stage } = this.#load;
    if (!stage.running) return;
    const due = ((performance.now() - this.#beganMs) / 1e3) * options.rate;
    for (let busy = 0; this.#issued < due && busy < this.#all.length;) {
      const session = this.#all[this.#turn++ % this.#all.length];
      if (session === undefined || !session.isOpen || session.outstanding >= options.pipeline) busy += 1;
      else {
        busy = 0;
        this.#operation.issue(session, this.#beganMs + (this.#issued / options.rate) * 1e3);
        this.#issued += 1;
      }
    }
    setTimeout(() => this.#issueWhatIsDue(), PACE_MS);
  }
}
