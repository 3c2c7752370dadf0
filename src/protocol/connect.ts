import type { Codec } from './codec.js';

/**
 * The first frame of a connection, client to server (client-protocol 2.1):
 * int protocolVersion, long lastZxidSeen, int timeOut, long sessionId, buffer passwd, boolean readOnly
 */
export interface ConnectRequest {
  protocolVersion: number;
  /** Signed 64 bits as sent: odd clients send any value. */
  lastZxidSeen: bigint;
  /** Wanted session timeout, ms. */
  timeOut: number;
  /** 0n asks for a new session. */
  sessionId: bigint;
  passwd: Buffer | null;
  /** Old clients end the frame before this byte. */
  readOnly: boolean | 'absent';
}

/** The answer: int protocolVersion, int timeOut, long sessionId, buffer passwd[16], boolean readOnly */
export interface ConnectResponse {
  protocolVersion: number;
  /** Negotiated session timeout, ms; 0 or less: the session is gone. */
  timeOut: number;
  sessionId: bigint;
  passwd: Buffer | null;
  /** Present only if the request carried it: the C client reads a fixed size. */
  readOnly: boolean | 'absent';
}

/** Length of `passwd` (client-protocol 2.5). */
export const PASSWORD_BYTES = 16;

/** int protocolVersion, long lastZxidSeen, int timeOut, long sessionId, buffer passwd[, boolean readOnly] */
export const connectRequestCodec: Codec<ConnectRequest> = {
  read: (reader) => ({
    protocolVersion: reader.int32(),
    lastZxidSeen: reader.int64(),
    timeOut: reader.int32(),
    sessionId: reader.int64(),
    passwd: reader.buffer(),
    readOnly: reader.remaining > 0 ? reader.bool() : 'absent',
  }),
  write: (writer, value) => {
    writer.int32(value.protocolVersion).int64(value.lastZxidSeen).int32(value.timeOut);
    writer.int64(value.sessionId).buffer(value.passwd);
    if (value.readOnly !== 'absent') writer.bool(value.readOnly);
  },
};

/** int protocolVersion, int timeOut, long sessionId, buffer passwd[, boolean readOnly] */
export const connectResponseCodec: Codec<ConnectResponse> = {
  read: (reader) => ({
    protocolVersion: reader.int32(),
    timeOut: reader.int32(),
    sessionId: reader.int64(),
    passwd: reader.buffer(),
    readOnly: reader.remaining > 0 ? reader.bool() : 'absent',
  }),
  write: (writer, value) => {
    writer.int32(value.protocolVersion).int32(value.timeOut).int64(value.sessionId).buffer(value.passwd);
    if (value.readOnly !== 'absent') writer.bool(value.readOnly);
  },
};
