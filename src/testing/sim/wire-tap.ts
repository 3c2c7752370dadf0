import { connectRequestCodec, connectResponseCodec } from '../../protocol/connect.js';
import { FrameSplitter } from '../../protocol/frame-splitter.js';
import { replyHeaderCodec, requestHeaderCodec } from '../../protocol/headers.js';
import { JuteReader } from '../../protocol/jute-reader.js';
import type { MultiRequest, MultiResponse } from '../../protocol/multi.js';
import { OpCode, opName } from '../../protocol/op-codes.js';
import { Xid } from '../../protocol/event.js';
import { codecOf } from '../../protocol/request-codec.js';
import type { SetWatches2Request } from '../../protocol/set-watches.js';
import type { Stat } from '../../protocol/stat.js';
import { watcherEventCodec } from '../../protocol/watcher-event.js';
import type { Rewatched, SimStat, WireChange, WireFrame } from './history.js';

export interface WireTapOptions {
  readonly nowMs: () => number;
  /** Each frame that has wholly reached the client. */
  readonly record: (session: bigint, frame: WireFrame) => void;
}

type Fields = Readonly<Record<string, unknown>>;

interface Outstanding {
  readonly xid: number;
  readonly op: number;
  readonly body: Fields;
  readonly sentAtMs: number;
}

const FRAME_BYTES_MAX = 2 ** 30;
const OUTSIDE_THE_ORDER: ReadonlySet<number> = new Set([Xid.ping, Xid.auth]);

/**
 * Listens to one connection between a client and the simulated server, and tells what the client learns from it and in
 * which order: of all calls, those of recipes too, and with the zxids that the client's interface keeps to itself.
 */
export class WireTap {
  private readonly options: WireTapOptions;
  private readonly requests = new FrameSplitter(FRAME_BYTES_MAX);
  private readonly replies = new FrameSplitter(FRAME_BYTES_MAX);
  private readonly outstanding: Outstanding[] = [];
  private hasRequested = false;
  private session: bigint | null = null;

  constructor(options: WireTapOptions) {
    this.options = options;
  }

  /** Bytes that the client hands to the network. */
  sent(bytes: Buffer): void {
    this.requests.push(bytes, (buf, start, end) => {
      this.onRequest(new JuteReader(buf, start, end));
      return true;
    });
  }

  /** Bytes of the server as they reach the client; before the client gets them. */
  received(bytes: Buffer): void {
    this.replies.push(bytes, (buf, start, end) => {
      this.onReply(new JuteReader(buf, start, end));
      return true;
    });
  }

  /** The connection is over: nothing more reaches the client. */
  closed(): void {
    for (const { op, body } of this.outstanding.splice(0)) {
      this.record({ type: 'unanswered', op: opName(op) ?? String(op), path: textOf(body['path']) });
    }
  }

  private record(frame: WireFrame): void {
    this.options.record(this.session ?? 0n, frame);
  }

  private onRequest(reader: JuteReader): void {
    if (!this.hasRequested) {
      this.hasRequested = true;
      connectRequestCodec.read(reader);
      return;
    }
    const { xid, type } = requestHeaderCodec.read(reader);
    const body = (codecOf(type)?.request.read(reader) ?? {}) as Fields;
    this.outstanding.push({ xid, op: type, body, sentAtMs: this.options.nowMs() });
  }

  private onReply(reader: JuteReader): void {
    if (this.session === null) {
      const { sessionId, timeOut } = connectResponseCodec.read(reader);
      this.session = sessionId;
      this.record({ type: 'connected', session: sessionId, timeoutMs: timeOut });
      return;
    }
    const { xid, zxid, err } = replyHeaderCodec.read(reader);
    if (xid === Xid.notification) {
      const { type, path } = watcherEventCodec.read(reader);
      this.record({ type: 'event', event: type, path: path ?? '', zxid });
      return;
    }
    const at = this.outstanding.findIndex((request) => request.xid === xid);
    const request = this.outstanding[at];
    if (request === undefined) {
      this.record(unasked(xid, zxid, err));
      return;
    }
    const before = this.outstanding.slice(0, at);
    const inOrder = OUTSIDE_THE_ORDER.has(xid) || before.every((request) => OUTSIDE_THE_ORDER.has(request.xid));
    this.outstanding.splice(at, 1);
    const body = err === 0 ? ((codecOf(request.op)?.response.read(reader) ?? {}) as Fields) : {};
    this.record({
      type: 'answer',
      xid,
      op: opName(request.op) ?? String(request.op),
      path: textOf(request.body['path']),
      watch: request.body['watch'] === true,
      watchMode: watchModeOf(request),
      rewatched: rewatchedOf(request),
      inOrder,
      sentAtMs: request.sentAtMs,
      zxid,
      rc: err,
      stat: statOf(body['stat']),
      changes: err === 0 ? changesOf(request.op, request.body, body) : [],
    });
  }
}

/** The parts of a stat that the checkers look at. */
export function simStat(stat: Stat): SimStat {
  const { czxid, mzxid, pzxid, ctime, mtime, version, cversion, aversion } = stat;
  const { ephemeralOwner, dataLength, numChildren } = stat;
  return { czxid, mzxid, pzxid, ctime, mtime, version, cversion, aversion, ephemeralOwner, dataLength, numChildren };
}

function statOf(value: unknown): SimStat | null {
  return value === undefined || value === null ? null : simStat(value as Stat);
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function watchModeOf({ op, body }: Outstanding): number | null {
  if (op === OpCode.removeWatches) return body['type'] as number;
  return op === OpCode.addWatch ? (body['mode'] as number) : null;
}

function rewatchedOf({ op, body }: Outstanding): Rewatched | null {
  if (op !== OpCode.setWatches && op !== OpCode.setWatches2) return null;
  const request = body as unknown as Partial<SetWatches2Request>;
  const list = (paths: readonly (string | null)[] | null | undefined): string[] =>
    (paths ?? []).filter((path) => path !== null);
  return {
    sinceZxid: Number(request.relativeZxid),
    data: list(request.dataWatches),
    exists: list(request.existWatches),
    children: list(request.childWatches),
    persistent: list(request.persistentWatches),
    recursive: list(request.persistentRecursiveWatches),
  };
}

function changesOf(op: number, request: Fields, response: Fields): WireChange[] {
  const path = textOf(request['path']) ?? '';
  switch (op) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL: {
      const created = textOf(response['path']) ?? path;
      return [{ type: 'created', path: created, stat: statOf(response['stat']), isSequential: created !== path }];
    }
    case OpCode.delete:
      return [{ type: 'deleted', path, stat: null, isSequential: false }];
    case OpCode.setData:
      return [{ type: 'dataChanged', path, stat: statOf(response['stat']), isSequential: false }];
    case OpCode.multi: {
      const { ops } = request as unknown as MultiRequest;
      const { results } = response as unknown as MultiResponse;
      if (results.some(({ err }) => err !== 0)) return [];
      return ops.flatMap((part, index) => changesOf(part.type, fields(part.body), fields(results[index]?.body)));
    }
    default:
      return [];
  }
}

function fields(record: object | undefined): Fields {
  return (record ?? {}) as Fields;
}

/** An answer to nothing: the rules find it out of order. */
function unasked(xid: number, zxid: number, rc: number): WireFrame {
  const nothing = { path: null, watch: false, watchMode: null, rewatched: null, stat: null, changes: [] };
  return { type: 'answer', xid, op: 'none', inOrder: false, sentAtMs: 0, zxid, rc, ...nothing };
}
