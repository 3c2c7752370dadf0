import type { OpCodec } from './codec.js';
import type { WatchableReadRequest } from './exists.js';
import { watchableReadCodec } from './exists.js';
import type { Stat } from './stat.js';
import { readStat, writeStat } from './stat.js';

/** buffer data, Stat stat */
export interface GetDataResponse {
  data: Buffer | null;
  stat: Stat;
}

/** getData (op 4). */
export const getDataCodec: OpCodec<WatchableReadRequest, GetDataResponse> = {
  request: watchableReadCodec,
  response: {
    read: (reader) => ({ data: reader.buffer(), stat: readStat(reader) }),
    write: (writer, value) => {
      writer.buffer(value.data);
      writeStat(writer, value.stat);
    },
  },
};
