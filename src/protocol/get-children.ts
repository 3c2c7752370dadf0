import type { OpCodec } from './codec.js';
import type { WatchableReadRequest } from './exists.js';
import { watchableReadCodec } from './exists.js';
import { readUstring } from './jute-reader.js';
import { writeUstring } from './jute-writer.js';
import type { Stat } from './stat.js';
import { readStat, writeStat } from './stat.js';

/** vector<ustring> children: names, in no order */
export interface GetChildrenResponse {
  children: readonly (string | null)[] | null;
}

/** vector<ustring> children, Stat stat */
export interface GetChildren2Response extends GetChildrenResponse {
  stat: Stat;
}

/** getChildren (op 8). */
export const getChildrenCodec: OpCodec<WatchableReadRequest, GetChildrenResponse> = {
  request: watchableReadCodec,
  response: {
    read: (reader) => ({ children: reader.vector(readUstring) }),
    write: (writer, value) => writer.vector(value.children, writeUstring),
  },
};

/** getChildren2 (op 12): getChildren with the node's Stat. */
export const getChildren2Codec: OpCodec<WatchableReadRequest, GetChildren2Response> = {
  request: watchableReadCodec,
  response: {
    read: (reader) => ({ children: reader.vector(readUstring), stat: readStat(reader) }),
    write: (writer, value) => {
      writer.vector(value.children, writeUstring);
      writeStat(writer, value.stat);
    },
  },
};
