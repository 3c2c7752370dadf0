import type { Empty, OpCodec } from './codec.js';
import { emptyCodec } from './codec.js';

/** ustring path, int version */
export interface DeleteRequest {
  path: string | null;
  version: number;
}

/** Also deleteContainer as clients were seen to send it, and check. */
export const deleteCodec: OpCodec<DeleteRequest, Empty> = {
  request: {
    read: (reader) => ({ path: reader.ustring(), version: reader.int32() }),
    write: (writer, value) => writer.ustring(value.path).int32(value.version),
  },
  response: emptyCodec,
};
