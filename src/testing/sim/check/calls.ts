import type { SimEvent, SimMultiPart, SimOp, SimOutcome, SimResult, SimWrite } from '../history.js';

/** An invocation with its return, and what the world knew when it was made. */
export interface Call {
  readonly id: number;
  readonly client: number;
  readonly op: SimOp;
  /** Of an answered call, the session that it was answered in. */
  readonly session: bigint;
  /** Places in the history; Infinity for a call that never returned. */
  readonly invokedAt: number;
  readonly returnedAt: number;
  readonly invokedMs: number;
  readonly returnedMs: number;
  readonly outcome: SimOutcome;
  readonly rc: number;
  readonly result: SimResult | null;
  /** The newest zxid that any client had been told of when the call was made: a write has a greater one. */
  readonly floorZxid: number;
  /**
   * What a read shows at the least. One server shows what anybody had been told of; one of several what the reader had been
   * told of itself, and what anybody had when the reader last asked its session for a sync.
   */
  readonly readFloorZxid: number;
  /** Place in the history from which on what a read shows was current; null where it need not have been since the beginning. */
  readonly readFrom: number | null;
  /** The newest zxid that its client knew of when it returned: the answer shows nothing newer. Infinity without return. */
  readonly seenZxid: number;
}

/** How many servers a history is about: what one of several shows may be old. */
export type Servers = 'one' | 'several';

export function callsOf(events: readonly SimEvent[], servers: Servers = 'one'): Call[] {
  const calls = new Map<number, Call>();
  let newestZxid = 0;
  const told = new Map<number, number>();
  const tell = (client: number, zxid: number): void => {
    newestZxid = Math.max(newestZxid, zxid);
    told.set(client, Math.max(told.get(client) ?? 0, zxid));
  };
  for (const event of events) {
    if (event.kind === 'wire' && event.frame.type === 'answer') tell(event.client, event.frame.zxid);
    if (event.kind === 'invoke') {
      calls.set(event.call, {
        id: event.call,
        client: event.client,
        op: event.op,
        session: event.session,
        invokedAt: event.index,
        returnedAt: Infinity,
        invokedMs: event.atMs,
        returnedMs: Infinity,
        outcome: 'unknown',
        rc: 0,
        result: null,
        floorZxid: newestZxid,
        readFloorZxid: servers === 'one' ? newestZxid : (told.get(event.client) ?? 0),
        readFrom: servers === 'one' ? event.index : null,
        seenZxid: Infinity,
      });
    }
    if (event.kind === 'return') {
      tell(event.client, event.seenZxid);
      const call = calls.get(event.call);
      if (call === undefined) throw new Error(`event ${event.index}: call ${event.call} returns but was never made`);
      const { session, outcome, rc, result, seenZxid, index, atMs } = event;
      calls.set(event.call, { ...call, session, outcome, rc, result, seenZxid, returnedAt: index, returnedMs: atMs });
    }
  }
  return servers === 'one' ? [...calls.values()] : withSyncs([...calls.values()]);
}

/** Whoever asks for a sync sees from then on, in its session, whatever had been done before it asked. */
function withSyncs(calls: readonly Call[]): Call[] {
  const syncs = new Map<string, Call>();
  return calls.map((call) => {
    if (call.outcome !== 'ok') return call;
    const stream = `${call.client} ${call.session}`;
    if (call.op.type === 'sync') syncs.set(stream, call);
    const sync = syncs.get(stream);
    if (sync === undefined) return call;
    const readFloorZxid = Math.max(call.readFloorZxid, sync.floorZxid);
    return { ...call, readFloorZxid, readFrom: sync.invokedAt };
  });
}

/** A write that a call makes, alone or as a part of a multi, with what it answered. */
export interface CallWrite {
  readonly call: Call;
  readonly write: SimWrite;
  readonly result: SimResult | null;
}

export function writesOf(call: Call): CallWrite[] {
  const { op, result } = call;
  switch (op.type) {
    case 'create':
    case 'delete':
    case 'setData':
      return [{ call, write: op, result }];
    case 'multi':
      return op.parts.flatMap((part, index) =>
        isWrite(part) ? [{ call, write: part, result: result?.parts?.[index] ?? null }] : [],
      );
    default:
      return [];
  }
}

function isWrite(part: SimMultiPart): part is SimWrite {
  return part.type !== 'check';
}

/** The node that a write is about: of a create that was answered, the one it made. */
export function pathOf({ write, result }: CallWrite): string {
  return result?.path ?? write.path;
}

/** Whether a write can be about this node; an unanswered sequential create may have made any with its prefix. */
export function mayBeAbout({ write, result }: CallWrite, path: string): boolean {
  if (write.type !== 'create' || !isSequential(write.mode)) return write.path === path;
  if (result?.path !== undefined && result.path !== null) return result.path === path;
  return path.length === write.path.length + SUFFIX_LENGTH && path.startsWith(write.path);
}

export function isSequential(mode: string): boolean {
  return mode.endsWith('-sequential');
}

export const SUFFIX_LENGTH = 10;

/** The zxid that an answered create or setData tells by its stat; null for a delete. */
export function zxidOf({ write, result }: CallWrite): number | null {
  const stat = result?.stat ?? null;
  if (stat === null) return null;
  return write.type === 'create' ? stat.czxid : stat.mzxid;
}

/** For messages. */
export function describe(call: Call): string {
  const { op, client, id } = call;
  const path = op.type === 'multi' ? `of ${op.parts.length}` : op.path;
  return `call ${id} (client ${client}, ${op.type} ${path})`;
}

/** Whether the ensemble has to agree for an answer: any server can answer the others by itself, though it be cut off. */
export function isOrdered({ type }: SimOp): boolean {
  return type !== 'getData' && type !== 'exists' && type !== 'getChildren';
}
