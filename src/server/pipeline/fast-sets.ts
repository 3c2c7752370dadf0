import { ErrorCode } from '../../protocol/error-codes.js';
import { OpCode } from '../../protocol/op-codes.js';
import { DIGEST_VERSION } from '../../protocol/txn.js';
import type { Zxid } from '../../protocol/zxid.js';
import { ZXID_NONE } from '../../protocol/zxid.js';
import type { InPlaceContext } from '../tree/prepare-in-place.js';
import { SetInPlace } from '../tree/set-in-place.js';
import type { Triggers } from '../tree/triggers.js';
import { ENTRY_BYTES_MAX, EntryRooms } from './entry-rooms.js';
import type { Moment } from './moment.js';
import type { PipelineParts } from './pipeline-parts.js';
import type { OrderingParts } from './ordering-parts.js';
import { beginReply, endReply } from './replies.js';
import { readSetInPlace } from './read-set-in-place.js';
import type { RequestFrame } from './request-frame.js';
import { WriteInPlace } from './write-in-place.js';
import type { WriteOrigin } from './write-origin.js';
import type { Writable } from '../tree/writable.js';

const LENGTH_BYTES = 4;
const VERSION_BYTES = 4;
/** int type, bool done, int err: before each op of a multi, and behind the last. */
const OP_HEAD_BYTES = 9;
/** What an entry may be longer than its request: header and digest. */
const ENTRY_MORE_BYTES = 64;
/** Multis of more ops are left to the general way. */
const OPS_MAX = 16;
/** Lists kept for later: as many as writes may well be on their way at once. */
const SPARE_MAX = 1024;

const NOTHING = Buffer.alloc(0);

type FastSetParts = Pick<PipelineParts, 'tree' | 'stats'> & Pick<OrderingParts, 'preparer' | 'log'>;

/**
 * Sets, alone or as a multi, from the bytes of the request to those of the log and from there to the node: no record, no
 * Buffer, no path as a string. It takes a request only when it is certain that it will pass, and leaves everything else
 * (every refusal, quotas, nodes that are being made, null data, long data, a frame that is odd in any way) to the general
 * way, whose answers, log entries and tree it gives byte for byte (test/server/pipeline/fast-sets.test.ts).
 */
export class FastSets {
  private readonly parts: FastSetParts;
  private readonly rooms = new EntryRooms();
  /** Those of the request at hand; the others are free. */
  private sets: SetInPlace[] = [];
  private readonly spare: SetInPlace[][] = [];
  private readonly context: Writable<InPlaceContext> = { identities: [], zxid: ZXID_NONE, timeMs: 0 };
  private viewed: Buffer = NOTHING;
  private frameView: DataView = new DataView(NOTHING.buffer, 0, 0);

  constructor(parts: FastSetParts) {
    this.parts = parts;
  }

  /** Prepares and logs a request; null when it is none that this is for, and nothing was done. */
  take(origin: WriteOrigin, frame: RequestFrame, zxid: Zxid, now: Moment): WriteInPlace | null {
    const { type } = frame;
    if (type !== OpCode.setData && type !== OpCode.multi) return null;
    const { session } = origin;
    if (session === null || session.isClosing || session.serverId !== origin.serverId) return null;
    if (frame.length + ENTRY_MORE_BYTES > ENTRY_BYTES_MAX) return null;
    const count = type === OpCode.setData ? this.readSet(frame) : this.readMulti(frame);
    if (count === 0) return null;
    const { context, parts, sets } = this;
    context.identities = origin.identities;
    context.zxid = zxid;
    context.timeMs = now.wallMs;
    if (!parts.preparer.prepareInPlace(sets, count, context)) return null;
    const room = this.rooms.take(frame.length + ENTRY_MORE_BYTES);
    const write = new WriteInPlace(origin.link, frame, { sets, count, zxid, receivedAtMs: now.nowMs, room });
    this.encode(write, frame, { sessionId: session.id, wallMs: now.wallMs });
    this.sets = this.spare.pop() ?? [];
    parts.log.appendEntry(write);
    parts.stats.proposed();
    return write;
  }

  apply(write: WriteInPlace, triggers: Triggers): void {
    const { tree, preparer, stats } = this.parts;
    const { sets, count, type } = write;
    tree.applyInPlace(sets, count, triggers);
    for (let i = 0; i < count; i++) preparer.appliedInPlace(sets[i]!);
    if (type === OpCode.setData) {
      const { bytes, pathStart, pathEnd, dataLength } = sets[0]!;
      stats.writeAppliedAt(bytes, pathStart, pathEnd, dataLength);
    }
  }

  answer({ link, xid, type, zxid, sets, count }: WriteInPlace): void {
    const { tree } = this.parts;
    const at = beginReply(link, xid, zxid, ErrorCode.OK);
    const { out } = link;
    if (type === OpCode.setData) tree.writeStat(sets[0]!.node, out);
    else {
      for (let i = 0; i < count; i++) {
        out.int32(OpCode.setData).bool(false).int32(ErrorCode.OK);
        tree.writeStat(sets[i]!.node, out);
      }
      out.int32(-1).bool(true).int32(-1);
    }
    endReply(link, at);
  }

  /** The write has been applied, and nobody looks at it any more. */
  release({ room, sets }: WriteInPlace): void {
    this.rooms.giveBack(room);
    if (this.spare.length < SPARE_MAX) this.spare.push(sets);
  }

  /** The number of sets read: 0 when there is anything about them that is not plain. */
  private readSet({ buf, start, end }: RequestFrame): number {
    return readSetInPlace(buf, start, end, this.setAt(0)) === end ? 1 : 0;
  }

  private readMulti({ buf, start, end }: RequestFrame): number {
    let at = start;
    for (let count = 0; count <= OPS_MAX && end - at >= OP_HEAD_BYTES; count++) {
      const type = buf.readInt32BE(at);
      const isEnd = buf[at + LENGTH_BYTES] !== 0;
      at += OP_HEAD_BYTES;
      if (isEnd) return at === end ? count : 0;
      if (type !== OpCode.setData || count === OPS_MAX) return 0;
      at = readSetInPlace(buf, at, end, this.setAt(count));
      if (at < 0) return 0;
    }
    return 0;
  }

  private setAt(index: number): SetInPlace {
    return (this.sets[index] ??= new SetInPlace());
  }

  /** As txn-codec.ts writes header, record and digest. Path and data stand in the request as they do in the log. */
  private encode(
    write: WriteInPlace,
    frame: RequestFrame,
    { sessionId, wallMs }: { readonly sessionId: bigint; readonly wallMs: number },
  ): void {
    const { type, sets, count } = write;
    const { writer } = write.room;
    const view = this.viewOf(frame.buf);
    writer.int64(sessionId).int32(write.xid).long(write.zxid).long(wallMs).int32(type);
    if (type === OpCode.multi) writer.int32(count);
    for (let i = 0; i < count; i++) {
      const set = sets[i]!;
      const from = set.pathStart - LENGTH_BYTES;
      if (type === OpCode.multi) writer.int32(OpCode.setData).int32(set.dataEnd - from + VERSION_BYTES);
      const to = writer.length;
      writer.part(view, from, set.dataEnd).int32(set.version);
      set.moveTo(writer.store, writer.storeView, to - from);
    }
    const digest = this.parts.preparer.digestSum;
    if (digest !== null) digest.writeTo(writer.int32(DIGEST_VERSION));
    write.end = writer.length;
  }

  /** Most frames lie in the same bytes as the last. */
  private viewOf(buf: Buffer): DataView {
    if (buf !== this.viewed) {
      this.viewed = buf;
      this.frameView = new DataView(buf.buffer, buf.byteOffset, buf.length);
    }
    return this.frameView;
  }
}
