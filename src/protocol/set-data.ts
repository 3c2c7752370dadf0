import type { OpCodec } from './codec.js';
import type { StatResponse } from './exists.js';
import { statResponseCodec } from './exists.js';

/** ustring path, buffer data, int version */
export interface SetDataRequest {
  path: string | null;
  data: Buffer | null;
  version: number;
}

/** setData (op 5). */
export const setDataCodec: OpCodec<SetDataRequest, StatResponse> = {
  request: {
    read: (reader) => ({ path: reader.ustring(), data: reader.pooledBuffer(), version: reader.int32() }),
    write: (writer, value) => writer.ustring(value.path).buffer(value.data).int32(value.version),
  },
  response: statResponseCodec,
};
