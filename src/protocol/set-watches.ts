import type { Codec, Empty, OpCodec } from './codec.js';
import { emptyCodec } from './codec.js';
import type { JuteReader } from './jute-reader.js';
import { readUstring } from './jute-reader.js';
import type { JuteWriter } from './jute-writer.js';
import { writeUstring } from './jute-writer.js';

/** Null as a list and null as a path both decode: clients may send either. */
export type WatchedPaths = readonly (string | null)[] | null;

/** long relativeZxid, vector<ustring> dataWatches, existWatches, childWatches */
export interface SetWatchesRequest {
  /** Signed 64 bits as sent: odd clients send any value. */
  relativeZxid: bigint;
  dataWatches: WatchedPaths;
  existWatches: WatchedPaths;
  childWatches: WatchedPaths;
}

/** SetWatchesRequest, vector<ustring> persistentWatches, persistentRecursiveWatches */
export interface SetWatches2Request extends SetWatchesRequest {
  persistentWatches: WatchedPaths;
  persistentRecursiveWatches: WatchedPaths;
}

function readStandard(reader: JuteReader): SetWatchesRequest {
  return {
    relativeZxid: reader.int64(),
    dataWatches: reader.vector(readUstring),
    existWatches: reader.vector(readUstring),
    childWatches: reader.vector(readUstring),
  };
}

function writeStandard(writer: JuteWriter, value: SetWatchesRequest): void {
  writer.int64(value.relativeZxid).vector(value.dataWatches, writeUstring);
  writer.vector(value.existWatches, writeUstring).vector(value.childWatches, writeUstring);
}

const request2: Codec<SetWatches2Request> = {
  read: (reader) => ({
    ...readStandard(reader),
    persistentWatches: reader.vector(readUstring),
    persistentRecursiveWatches: reader.vector(readUstring),
  }),
  write: (writer, value) => {
    writeStandard(writer, value);
    writer.vector(value.persistentWatches, writeUstring);
    writer.vector(value.persistentRecursiveWatches, writeUstring);
  },
};

/** setWatches (op 101, client-protocol 8.4). The answer has no body. */
export const setWatchesCodec: OpCodec<SetWatchesRequest, Empty> = {
  request: { read: readStandard, write: writeStandard },
  response: emptyCodec,
};

/** setWatches2 (op 105): setWatches with the watches that stay. */
export const setWatches2Codec: OpCodec<SetWatches2Request, Empty> = { request: request2, response: emptyCodec };
