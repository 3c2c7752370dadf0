import type { Servers } from '../../../src/testing/sim/check/calls.js';
import { Known } from '../../../src/testing/sim/check/known.js';
import type { CheckRule } from '../../../src/testing/sim/check/check-rule.js';
import type {
  FinalNode,
  FinalState,
  NewSimEvent,
  SimEvent,
  SimOp,
  SimResult,
  SimStat,
  Violation,
  WireFrame,
} from '../../../src/testing/sim/history.js';
import { Tally } from '../../../src/testing/sim/tally.js';

const NOTHING: SimResult = { path: null, data: null, stat: null, children: null, parts: null };

type Answer = Extract<WireFrame, { type: 'answer' }>;

/** Sessions of the builder's clients: client 1 has session 0x101n, unless told otherwise. */
export function sessionOf(client: number): bigint {
  return 0x100n + BigInt(client);
}

export function stat(fields: Partial<SimStat> & { czxid: number }): SimStat {
  const { czxid } = fields;
  const zxids = { mzxid: czxid, pzxid: czxid };
  const versions = { version: 0, cversion: 0, aversion: 0 };
  return { ...zxids, ctime: 0, mtime: 0, ...versions, ephemeralOwner: 0n, dataLength: 0, numChildren: 0, ...fields };
}

export const op = {
  create: (path: string, data: string | null = null): SimOp => ({ type: 'create', path, data, mode: 'persistent' }),
  ephemeral: (path: string, data: string | null = null): SimOp => ({ type: 'create', path, data, mode: 'ephemeral' }),
  sequential: (path: string, data: string | null = null): SimOp => {
    return { type: 'create', path, data, mode: 'persistent-sequential' };
  },
  delete: (path: string, version = -1): SimOp => ({ type: 'delete', path, version }),
  set: (path: string, data: string, version = -1): SimOp => ({ type: 'setData', path, data, version }),
  get: (path: string, watch: number | null = null): SimOp => ({ type: 'getData', path, watch }),
  exists: (path: string, watch: number | null = null): SimOp => ({ type: 'exists', path, watch }),
  children: (path: string, watch: number | null = null): SimOp => ({ type: 'getChildren', path, watch }),
};

/** Writes histories by hand, an event a millisecond. */
export class HistoryBuilder {
  readonly events: SimEvent[] = [];
  private nowMs = 0;
  private calls = 0;
  private readonly servers: Servers;
  /** Of each client by itself where there are several servers; else all know what one knows. */
  private readonly seenZxids = new Map<number, number>();

  constructor(servers: Servers = 'one') {
    this.servers = servers;
  }

  wait(ms: number): this {
    this.nowMs += ms;
    return this;
  }

  add(event: NewSimEvent): this {
    this.nowMs += 1;
    this.events.push({ ...event, index: this.events.length, atMs: this.nowMs });
    return this;
  }

  invoke(client: number, what: SimOp): number {
    const call = this.calls++;
    this.add({ kind: 'invoke', call, client, session: sessionOf(client), op: what });
    return call;
  }

  /** The zxid that the client has seen is the newest that the answer names, unless given. */
  ok(call: number, result: Partial<SimResult> = {}, seenZxid?: number): this {
    const { stat: told } = result;
    const knower = this.knowerOf(call);
    const before = this.seenZxids.get(knower) ?? 0;
    this.seenZxids.set(knower, Math.max(before, told?.mzxid ?? 0, told?.pzxid ?? 0, seenZxid ?? 0));
    return this.end(call, { outcome: 'ok', rc: 0, result: { ...NOTHING, ...result } });
  }

  refused(call: number, rc: number): this {
    return this.end(call, { outcome: 'failed', rc, result: null });
  }

  unknown(call: number): this {
    return this.end(call, { outcome: 'unknown', rc: -4, result: null });
  }

  /** Invoked and answered. */
  did(client: number, what: SimOp, result: Partial<SimResult> = {}, seenZxid?: number): this {
    return this.ok(this.invoke(client, what), result, seenZxid);
  }

  created(client: number, path: string, data: string, czxid: number): this {
    return this.did(client, op.create(path, data), { path, stat: stat({ czxid }) });
  }

  connected(client: number, timeoutMs = 1000): this {
    const session = sessionOf(client);
    return this.add({ kind: 'session', client, session, state: 'connected', timeoutMs, reason: null });
  }

  /** An answer on the wire; the connection has the client's number. */
  answer(client: number, frame: Partial<Answer> & { op: string; zxid: number }, connection = client): this {
    const answer: Answer = {
      type: 'answer',
      xid: 1,
      path: null,
      watch: false,
      watchMode: null,
      rewatched: null,
      inOrder: true,
      sentAtMs: this.nowMs,
      rc: 0,
      stat: null,
      changes: [],
      ...frame,
    };
    return this.add({ kind: 'wire', client, connection, session: sessionOf(client), frame: answer });
  }

  event(client: number, event: { type: number; path: string; zxid: number }, connection = client): this {
    const frame: WireFrame = { type: 'event', event: event.type, path: event.path, zxid: event.zxid };
    return this.add({ kind: 'wire', client, connection, session: sessionOf(client), frame });
  }

  check(rule: CheckRule, final: FinalState = finalState({}), tally = new Tally()): Violation[] {
    return rule(new Known(this.events, this.servers), final, tally);
  }

  private end(call: number, end: Pick<Extract<SimEvent, { kind: 'return' }>, 'outcome' | 'rc' | 'result'>): this {
    const { client, session } = this.invoked(call);
    const seenZxid = this.seenZxids.get(this.knowerOf(call)) ?? 0;
    return this.add({ kind: 'return', call, client, session, seenZxid, ...end });
  }

  private knowerOf(call: number): number {
    return this.servers === 'one' ? 0 : this.invoked(call).client;
  }

  private invoked(call: number): Extract<SimEvent, { kind: 'invoke' }> {
    const invoked = this.events.find((event) => event.kind === 'invoke' && event.call === call);
    if (invoked?.kind === 'invoke') return invoked;
    throw new Error(`call ${call} was not made`);
  }
}

export function finalState(nodes: Record<string, FinalNode>, liveSessions: readonly bigint[] = []): FinalState {
  return { nodes: new Map(Object.entries(nodes)), liveSessions: new Set(liveSessions) };
}
