import type { Codec, OpCodec } from './codec.js';

/** buffer token: either direction */
export interface SaslToken {
  token: Buffer | null;
}

const token: Codec<SaslToken> = {
  read: (reader) => ({ token: reader.buffer() }),
  write: (writer, value) => writer.buffer(value.token),
};

/** sasl (op 102, client-protocol 9.7). */
export const saslCodec: OpCodec<SaslToken, SaslToken> = { request: token, response: token };
