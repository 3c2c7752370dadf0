import type { OpCodec } from './codec.js';

/** ustring path, int mode (an AddWatchMode) */
export interface AddWatchRequest {
  path: string | null;
  mode: number;
}

/** int err: always 0 */
export interface ErrorResponse {
  err: number;
}

/** addWatch (op 106, client-protocol 8.3). */
export const addWatchCodec: OpCodec<AddWatchRequest, ErrorResponse> = {
  request: {
    read: (reader) => ({ path: reader.ustring(), mode: reader.int32() }),
    write: (writer, value) => writer.ustring(value.path).int32(value.mode),
  },
  response: {
    read: (reader) => ({ err: reader.int32() }),
    write: (writer, value) => writer.int32(value.err),
  },
};
