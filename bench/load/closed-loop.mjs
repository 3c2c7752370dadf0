// Mode run: so many requests outstanding on each session all the time; or, with a rate, one whenever it is due.
import { Gap } from './gap.mjs';
import { Histogram } from './histogram.mjs';
import { EPHEMERAL_SEQUENTIAL, Op } from './requests.mjs';
import { createdPath, keyPath, valueOf, wrongData, wrongMulti, wrongSet } from './values.mjs';

/** @import { Load, Mode } from './mode.mjs' */
/** @import { Pending, Reply, Session } from './session.mjs' */

/**
 * @param {Load} load
 * @returns {Mode}
 */
export function closedLoop(load) {
  const { options, stage, tally } = load;
  const { op, opNumber, keys, size, prefix } = options;
  const usesKeys = op !== 'createseq-delete';
  const paths = Array.from({ length: usesKeys ? keys : 0 }, (_, key) => keyPath(options, key));
  const values = paths.map((_, key) => valueOf(key, size));
  const nothing = valueOf(0, size);
  const reads = new Histogram();
  const writes = new Histogram();
  const anything = new Gap();
  const anyWrite = new Gap();
  /** @type {readonly Session[]} */
  let sessions = [];
  let done = 0;
  let beganMs = 0;

  /** @type {Record<string, (session: Session, dueMs: number) => void>} */
  const issuers = {
    get: (session, dueMs) => {
      const key = anyKey();
      const xid = session.expect(Op.getData, key, dueMs);
      session.requests.read(xid, { op: Op.getData, path: paths[key] ?? '', watch: false });
    },
    set: (session, dueMs) => {
      const key = anyKey();
      session.requests.setData(session.expect(Op.setData, key, dueMs), paths[key] ?? '', values[key] ?? nothing);
    },
    mixed: (session, dueMs) => {
      issuers[Math.random() * 100 < opNumber ? 'set' : 'get']?.(session, dueMs);
    },
    multi: (session, dueMs) => {
      const chosen = Array.from({ length: opNumber }, anyKey);
      session.requests.multi(
        session.expect(Op.multi, 0, dueMs),
        chosen.map((key) => ({ path: paths[key] ?? '', data: values[key] ?? nothing })),
      );
    },
    'createseq-delete': (session, dueMs) => {
      const path = `${prefix}/seq/c${String(sessions.indexOf(session)).padStart(5, '0')}-`;
      const xid = session.expect(Op.create, 0, dueMs);
      session.requests.create(xid, { path, data: nothing, flags: EPHEMERAL_SEQUENTIAL });
    },
  };
  const issue = issuers[op] ?? (() => {});
  const anyKey = () => Math.floor(Math.random() * keys);

  /** @type {Map<Session, string>} */
  const lastCreated = new Map();
  const afterCreate = (/** @type {Session} */ session, /** @type {Reply} */ reply) => {
    const path = createdPath(reply);
    if (path === null || !/-\d{10}$/.test(path)) return `create: answered ${path ?? 'no path'}`;
    if (path <= (lastCreated.get(session) ?? '')) return `create: ${path} after ${lastCreated.get(session) ?? ''}`;
    lastCreated.set(session, path);
    if (stage.running) session.requests.delete(session.expect(Op.delete, 0, reply.nowMs), path);
    return null;
  };
  const wrong = (/** @type {Session} */ session, /** @type {Pending} */ request, /** @type {Reply} */ reply) => {
    if (request.op === Op.getData) return wrongData(reply, request.key, size);
    if (request.op === Op.setData) return wrongSet(reply, size);
    if (request.op === Op.multi) return wrongMulti(reply, opNumber, size);
    if (request.op === Op.create) return afterCreate(session, reply);
    return reply.end === reply.start ? null : 'delete: the reply has a body';
  };

  const refill = (/** @type {Session} */ session, /** @type {number} */ nowMs) => {
    while (stage.running && session.isOpen && session.outstanding < options.pipeline) issue(session, nowMs);
  };
  let nextSession = 0;
  const issueWhatIsDue = () => {
    if (!stage.running) return;
    const nowMs = performance.now();
    const due = ((nowMs - beganMs) / 1e3) * options.rate;
    for (let busy = 0; done < due && busy < sessions.length;) {
      const session = sessions[nextSession++ % sessions.length];
      if (session === undefined || !session.isOpen || session.outstanding >= options.pipeline) {
        busy += 1;
        continue;
      }
      busy = 0;
      issue(session, beganMs + (done / options.rate) * 1e3);
      done += 1;
    }
    setTimeout(issueWhatIsDue, 1);
  };

  return {
    sessions: options.connections,
    needs: { folders: usesKeys ? [] : ['/seq'], keys: usesKeys ? keys : 0 },
    handlers: {
      onReply: (session, request, reply) => {
        if (reply.error !== 0) tally.error(reply.error);
        else {
          const problem = wrong(session, request, reply);
          if (problem !== null) tally.problem('verifyErrors', problem);
          else if (stage.measuring) {
            const isRead = request.op === Op.getData;
            (isRead ? reads : writes).add(reply.nowMs - request.dueMs);
            anything.ended(reply.nowMs);
            if (!isRead) anyWrite.ended(reply.nowMs);
          }
        }
        if (options.rate === 0) refill(session, reply.nowMs);
      },
    },
    begin: (all) => {
      sessions = all;
      beganMs = performance.now();
      if (options.rate > 0) issueWhatIsDue();
      else for (const session of all) refill(session, beganMs);
    },
    measure: () => {
      for (const gap of [anything, anyWrite]) gap.begin(performance.now());
    },
    figures: () => ({
      ops: reads.count + writes.count,
      reads: reads.count,
      writes: writes.count,
      read: reads,
      write: writes,
      max_gap_ms: anything.longestMs,
      max_write_gap_ms: anyWrite.longestMs,
    }),
  };
}
