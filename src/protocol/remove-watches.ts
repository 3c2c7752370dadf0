import type { Empty, OpCodec } from './codec.js';
import { emptyCodec } from './codec.js';

/** ustring path, int type (a WatcherType): checkWatches and removeWatches */
export interface RemoveWatchesRequest {
  path: string | null;
  type: number;
}

/** checkWatches (op 17) and removeWatches (op 18). Neither answer has a body. */
export const removeWatchesCodec: OpCodec<RemoveWatchesRequest, Empty> = {
  request: {
    read: (reader) => ({ path: reader.ustring(), type: reader.int32() }),
    write: (writer, value) => writer.ustring(value.path).int32(value.type),
  },
  response: emptyCodec,
};
