import type { Empty, OpCodec } from './codec.js';
import { emptyCodec } from './codec.js';

/** int type, ustring scheme, buffer auth */
export interface AuthPacket {
  /** 0; ignored by servers. */
  type: number;
  scheme: string | null;
  auth: Buffer | null;
}

/** auth (op 100, client-protocol 9.4). The answer has no body. */
export const authCodec: OpCodec<AuthPacket, Empty> = {
  request: {
    read: (reader) => ({ type: reader.int32(), scheme: reader.ustring(), auth: reader.buffer() }),
    write: (writer, value) => writer.int32(value.type).ustring(value.scheme).buffer(value.auth),
  },
  response: emptyCodec,
};
