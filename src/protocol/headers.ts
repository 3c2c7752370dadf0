import type { Codec } from './codec.js';
import type { Zxid } from './zxid.js';

/** int xid, int type */
export interface RequestHeader {
  xid: number;
  type: number;
}

/** int xid, long zxid, int err */
export interface ReplyHeader {
  xid: number;
  zxid: Zxid;
  err: number;
}

/** int xid, int type: in front of every request's body. */
export const requestHeaderCodec: Codec<RequestHeader> = {
  read: (reader) => ({ xid: reader.int32(), type: reader.int32() }),
  write: (writer, header) => writer.int32(header.xid).int32(header.type),
};

/** int xid, long zxid, int err: in front of every answer and notification. The body is there only when err is 0. */
export const replyHeaderCodec: Codec<ReplyHeader> = {
  read: (reader) => ({ xid: reader.int32(), zxid: reader.zxid(), err: reader.int32() }),
  write: (writer, header) => writer.int32(header.xid).long(header.zxid).int32(header.err),
};
