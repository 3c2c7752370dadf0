import type { OpCodec } from './codec.js';
import { readUstring } from './jute-reader.js';
import { writeUstring } from './jute-writer.js';

/** ustring prefixPath */
export interface GetEphemeralsRequest {
  prefixPath: string | null;
}

/** vector<ustring> ephemerals */
export interface GetEphemeralsResponse {
  ephemerals: readonly (string | null)[] | null;
}

/** getEphemerals (op 103): of the asking session; the prefix is compared as text. */
export const getEphemeralsCodec: OpCodec<GetEphemeralsRequest, GetEphemeralsResponse> = {
  request: {
    read: (reader) => ({ prefixPath: reader.ustring() }),
    write: (writer, value) => writer.ustring(value.prefixPath),
  },
  response: {
    read: (reader) => ({ ephemerals: reader.vector(readUstring) }),
    write: (writer, value) => writer.vector(value.ephemerals, writeUstring),
  },
};
