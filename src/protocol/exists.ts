import type { Codec, OpCodec } from './codec.js';
import type { Stat } from './stat.js';
import { readStat, writeStat } from './stat.js';

/** ustring path, boolean watch: the request of exists, getData, getChildren and getChildren2 */
export interface WatchableReadRequest {
  path: string | null;
  watch: boolean;
}

/** Stat stat: the answer of exists, setData and setACL */
export interface StatResponse {
  stat: Stat;
}

/** ustring path, boolean watch */
export const watchableReadCodec: Codec<WatchableReadRequest> = {
  read: (reader) => ({ path: reader.ustring(), watch: reader.bool() }),
  write: (writer, value) => writer.ustring(value.path).bool(value.watch),
};

/** Stat stat */
export const statResponseCodec: Codec<StatResponse> = {
  read: (reader) => ({ stat: readStat(reader) }),
  write: (writer, value) => writeStat(writer, value.stat),
};

/** exists (op 3). For a missing node the reply has NONODE and no body. */
export const existsCodec: OpCodec<WatchableReadRequest, StatResponse> = {
  request: watchableReadCodec,
  response: statResponseCodec,
};
