// What a closed loop sends, and what is right about an answer to it: one entry an operation.
import { EPHEMERAL_SEQUENTIAL, Op } from './requests.mjs';
import { createdPath, keyPath, valueOf, wrongData, wrongMulti, wrongSet } from './values.mjs';

/** @import { LoadOptions } from './arguments.mjs' */
/** @import { Pending, Reply, Session } from './session.mjs' */

/**
 * @typedef {object} Operation
 * @property {{ folders: readonly string[], keys: number }} needs nodes below the prefix
 * @property {(session: Session, dueMs: number) => void} issue
 * @property {(session: Session, request: Pending, reply: Reply) => string | null} wrong with an answer without an error
 */

/**
 * @param {LoadOptions} options
 * @returns {Operation}
 */
export function operationOf(options) {
  if (options.op === 'createseq-delete') return createAndDelete(options);
  if (options.op === 'multi') return multi(options);
  const share = { get: 0, set: 1, mixed: options.opNumber / 100 }[options.op] ?? 0;
  return readsAndWrites(options, share);
}

/**
 * @param {LoadOptions} options
 * @param {number} writeShare 0 to 1
 * @returns {Operation}
 */
function readsAndWrites(options, writeShare) {
  const { keys, size } = options;
  const nodes = someNodes(options);
  return {
    needs: { folders: [], keys },
    issue: (session, dueMs) => {
      const { key, path, data } = nodes.any();
      if (Math.random() < writeShare) session.requests.setData(session.expect(Op.setData, key, dueMs), path, data);
      else {
        const xid = session.expect(Op.getData, key, dueMs);
        session.requests.read(xid, { op: Op.getData, path, watch: false });
      }
    },
    wrong: (_, { op, key }, reply) => (op === Op.getData ? wrongData(reply, key, size) : wrongSet(reply, size)),
  };
}

/**
 * @param {LoadOptions} options
 * @returns {Operation}
 */
function multi(options) {
  const { keys, size, opNumber } = options;
  const nodes = someNodes(options);
  return {
    needs: { folders: [], keys },
    issue: (session, dueMs) => {
      const sets = Array.from({ length: opNumber }, () => nodes.any());
      session.requests.multi(session.expect(Op.multi, 0, dueMs), sets);
    },
    wrong: (_, __, reply) => wrongMulti(reply, opNumber, size),
  };
}

/**
 * Ephemeral sequential nodes: each is deleted as soon as it is there.
 * @param {LoadOptions} options
 * @returns {Operation}
 */
function createAndDelete({ prefix, size }) {
  const data = valueOf(0, size);
  /** @type {Map<Session, { path: string, last: string }>} names of their own, so that a session's numbers must grow */
  const places = new Map();
  const placeOf = (/** @type {Session} */ session) => {
    const place = places.get(session) ?? { path: `${prefix}/seq/c${String(places.size).padStart(5, '0')}-`, last: '' };
    places.set(session, place);
    return place;
  };
  return {
    needs: { folders: ['/seq'], keys: 0 },
    issue: (session, dueMs) => {
      const { path } = placeOf(session);
      const xid = session.expect(Op.create, 0, dueMs);
      session.requests.create(xid, { path, data, flags: EPHEMERAL_SEQUENTIAL });
    },
    wrong: (session, { op }, reply) => {
      if (op === Op.delete) return reply.end === reply.start ? null : 'delete: the reply has a body';
      const path = createdPath(reply);
      const place = placeOf(session);
      if (path === null || !/-\d{10}$/.test(path)) return `create: answered ${path ?? 'no path'}`;
      if (path <= place.last) return `create: ${path} after ${place.last}`;
      place.last = path;
      session.requests.delete(session.expect(Op.delete, 0, reply.nowMs), path);
      return null;
    },
  };
}

/** @param {LoadOptions} options */
function someNodes(options) {
  const nodes = Array.from({ length: options.keys }, (_, key) => ({
    key,
    path: keyPath(options, key),
    data: valueOf(key, options.size),
  }));
  const none = { key: 0, path: '', data: Buffer.alloc(0) };
  return { any: () => nodes[Math.floor(Math.random() * nodes.length)] ?? none };
}
