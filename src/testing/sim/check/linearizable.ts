import type { FinalState, SimMultiPart, Violation } from '../history.js';
import { DATA_ROOT } from '../history.js';
import type { Tally } from '../tally.js';
import { ErrorCode } from '../../../protocol/error-codes.js';
import type { Call, CallWrite } from './calls.js';
import { describe, isSequential, mayBeAbout, pathOf, writesOf } from './calls.js';
import { placesOf, sightsOf } from './fresh-reads.js';
import type { Sight } from './fresh-reads.js';
import type { Known } from './known.js';
import type { Register, RegisterOp } from './register-search.js';
import { ABSENT, searchOrder } from './register-search.js';

const STATES_MAX = 5_000;

/**
 * For each node an order of all that was done to it, the final look included, that explains every answer: found without
 * a glance at zxids. A multi counts as its parts, each at some moment of its call. A search that would take too long is
 * given up, and counted. Of several servers, reads of sessions that asked for no sync stand outside: they may be old.
 */
export function linearizable(known: Known, final: FinalState, tally: Tally): Violation[] {
  const violations: Violation[] = [];
  for (const [path, { required, optional }] of registersOf(known, final)) {
    const result = searchOrder(required, optional, { statesMax: STATES_MAX });
    tally.count(`search for an order: ${result.kind}`);
    if (result.kind !== 'impossible') continue;
    const { title, events } = result.stuckAt;
    const message = `${path}: no order of its ${required.length} answered operations explains ${title}`;
    violations.push({ rule: 'linearizable', message, events });
  }
  return violations;
}

interface Ops {
  readonly required: RegisterOp[];
  readonly optional: RegisterOp[];
}

function registersOf(known: Known, final: FinalState): Map<string, Ops> {
  const registers = new Map<string, Ops>();
  const at = (path: string): Ops => {
    let ops = registers.get(path);
    if (ops === undefined) {
      ops = { required: [], optional: [] };
      registers.set(path, ops);
    }
    return ops;
  };
  for (const call of known.calls) {
    if (call.outcome === 'ok') for (const [path, op] of answeredWrites(call)) at(path).required.push(op);
    if (call.outcome === 'failed') for (const [path, op] of refusedWrites(call)) at(path).required.push(op);
    const { readFrom } = call;
    if (readFrom === null) continue;
    for (const [path, sight] of sightsOf(call, known)) {
      at(path).required.push({ ...lookOf(call, sight), from: Math.min(readFrom, call.invokedAt) });
    }
  }
  for (const [path, ops] of registers) {
    if (!path.startsWith(DATA_ROOT)) {
      registers.delete(path);
      continue;
    }
    ops.required.push(finalLook(path, final));
    const calls = new Set(known.unansweredWrites(path).map(({ call }) => call));
    for (const call of calls) ops.optional.push(...unanswered(call, path));
    ops.optional.push(...sessionEnds(known, path), ...removals(known, path));
  }
  return registers;
}

function base(call: Call): Pick<RegisterOp, 'from' | 'to' | 'title' | 'events'> {
  return { from: call.invokedAt, to: call.returnedAt, title: describe(call), events: placesOf(call) };
}

function answeredWrites(call: Call): [string, RegisterOp][] {
  const byPath = new Map<string, CallWrite[]>();
  for (const written of writesOf(call)) {
    const path = pathOf(written);
    byPath.set(path, [...(byPath.get(path) ?? []), written]);
  }
  return [...byPath].map(([path, writes]) => {
    const apply = (before: Register): Register | null => {
      let state: Register | null = before;
      for (const written of writes) state = state === null ? null : applied(state, written);
      return state;
    };
    return [path, { ...base(call), isRead: false, apply }];
  });
}

/** What a write leaves of a state in which it can be done, and, if it was answered, answered like that. */
function applied(before: Register, written: CallWrite): Register | null {
  const { write, result } = written;
  const version = result?.stat?.version;
  if (write.type === 'create') {
    if (before.isPresent) return null;
    return { isPresent: true, data: write.data, version: 0, owner: ownerOf(written) };
  }
  if (!before.isPresent || (write.version !== -1 && write.version !== before.version)) return null;
  if (write.type === 'delete') return ABSENT;
  const after = { ...before, data: write.data, version: before.version + 1 };
  return version === undefined || version === after.version ? after : null;
}

/** A call without an answer may have left in another session than it was made in. */
function ownerOf({ write, result }: CallWrite): bigint {
  if (write.type !== 'create' || write.mode.startsWith('persistent')) return 0n;
  return write.mode === 'container' ? THE_SERVER : (result?.stat?.ephemeralOwner ?? SOMEBODY);
}

const SOMEBODY = -1n;
const THE_SERVER = -2n;

/** A refusal tells of the node too. Those of multis may be about any part, and are left to the other rules. */
function refusedWrites(call: Call): [string, RegisterOp][] {
  const [written] = writesOf(call);
  if (written === undefined || call.op.type === 'multi') return [];
  const { write } = written;
  if (write.type === 'create' && isSequential(write.mode)) return [];
  const fits = refusalFits(write, call.rc);
  if (fits === null) return [];
  return [[write.path, { ...base(call), isRead: true, apply: (before) => (fits(before) ? before : null) }]];
}

function refusalFits(write: SimMultiPart, rc: number): ((state: Register) => boolean) | null {
  switch (rc) {
    case ErrorCode.NODEEXISTS:
    case ErrorCode.NOTEMPTY:
      return ({ isPresent }) => isPresent;
    case ErrorCode.NONODE:
    case ErrorCode.NOCHILDRENFOREPHEMERALS:
      return ({ isPresent }) => !isPresent;
    case ErrorCode.BADVERSION:
      return ({ isPresent, version }) => isPresent && write.type !== 'create' && version !== write.version;
    default:
      return null;
  }
}

function lookOf(call: Call, sight: Sight): RegisterOp {
  const { op, result } = call;
  const fits = (state: Register): boolean => {
    if (sight === 'missing') return !state.isPresent;
    if (sight === 'present' || !state.isPresent) return state.isPresent;
    if (state.version !== sight.version || !isOwner(state.owner, sight.ephemeralOwner)) return false;
    return op.type !== 'getData' || state.data === (result?.data ?? null);
  };
  return { ...base(call), isRead: true, apply: (before) => (fits(before) ? before : null) };
}

/** Containers look as if nobody owned them. */
function isOwner(owner: bigint, told: bigint): boolean {
  return owner === SOMEBODY ? told !== 0n : told === (owner === THE_SERVER ? 0n : owner);
}

function finalLook(path: string, final: FinalState): RegisterOp {
  const node = final.nodes.get(path);
  const fits = (state: Register): boolean => {
    if (node === undefined) return !state.isPresent;
    return state.isPresent && state.version === node.stat.version && state.data === node.data;
  };
  const title = node === undefined ? 'that it is missing in the end' : `version ${node.stat.version} in the end`;
  const apply = (before: Register): Register | null => (fits(before) ? before : null);
  return { from: Number.MAX_VALUE, to: Infinity, isRead: true, title, events: [], apply };
}

/** What a call may have done to a node. Of several sequential creates of a multi any one may have made it, and no two. */
function unanswered(call: Call, path: string): RegisterOp[] {
  const writes = writesOf(call).filter((write) => mayBeAbout(write, path));
  const isNumbered = ({ write }: CallWrite): boolean => write.type === 'create' && isSequential(write.mode);
  const numbered = writes.filter(isNumbered);
  const makers = numbered.length === 0 ? [null] : numbered;
  return makers.map((maker) => {
    const apply = (before: Register): Register | null => {
      let state: Register | null = before;
      for (const write of writes) {
        if (isNumbered(write) && write !== maker) continue;
        state = state === null ? null : applied(state, write);
      }
      return state;
    };
    return { ...base(call), to: Infinity, isRead: false, apply };
  });
}

/** The node may go with the session that owned it: at any time after that was heard of last. */
function sessionEnds(known: Known, path: string): RegisterOp[] {
  const owners = new Set<bigint>();
  for (const call of known.calls) {
    for (const written of writesOf(call)) {
      const { write } = written;
      if (call.outcome === 'failed' || write.type !== 'create' || !write.mode.startsWith('ephemeral')) continue;
      if (mayBeAbout(written, path)) owners.add(ownerOf(written));
    }
  }
  return [...owners].map((owner) => ({
    from: known.lastCallIn(owner),
    to: Infinity,
    isRead: false,
    title: 'the end of a session',
    events: [],
    apply: (before) => (before.isPresent && before.owner === owner ? ABSENT : null),
  }));
}

/** The server removes a container that has lost its children; perhaps one after the other. */
function removals(known: Known, path: string): RegisterOp[] {
  return known.containersAt(path).map(({ call }) => ({
    from: call.invokedAt,
    to: Infinity,
    isRead: false,
    title: 'the removal of a container',
    events: [],
    apply: (before) => (before.isPresent && before.owner === THE_SERVER ? ABSENT : null),
  }));
}
