import { ErrorCode } from '../../protocol/error-codes.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { SetInPlace } from '../tree/set-in-place.js';
import type { ClientLink } from './client-link.js';
import type { EntryRoom } from './entry-room.js';
import type { RequestFrame } from './request-frame.js';
import type { PendingRequest } from './request-queue.js';
import type { LogEntry } from './txn-log.js';

/** A setData, or a multi of some, on its way: the request, what it does, and its entry of the log, in one object. */
export class WriteInPlace implements PendingRequest, LogEntry {
  /** Nobody's when another server answers it. */
  readonly link: ClientLink;
  readonly xid: number;
  readonly type: number;
  readonly body = null;
  readonly isReady = false;
  readonly err = ErrorCode.OK;
  readonly receivedAtMs: number;
  readonly zxid: Zxid;
  /** The first {@link count} of them. */
  readonly sets: SetInPlace[];
  readonly count: number;
  /** Where its entry is. */
  readonly room: EntryRoom;
  readonly start: number;
  end: number;

  constructor(
    link: ClientLink,
    frame: RequestFrame,
    what: { sets: SetInPlace[]; count: number; zxid: Zxid; receivedAtMs: number; room: EntryRoom },
  ) {
    this.link = link;
    this.xid = frame.xid;
    this.type = frame.type;
    this.receivedAtMs = what.receivedAtMs;
    this.zxid = what.zxid;
    this.sets = what.sets;
    this.count = what.count;
    this.room = what.room;
    this.start = what.room.writer.length;
    this.end = this.start;
  }

  get view(): DataView {
    return this.room.writer.storeView;
  }
}
