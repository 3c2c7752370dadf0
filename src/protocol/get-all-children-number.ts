import type { OpCodec } from './codec.js';
import type { PathRequest } from './get-acl.js';
import { pathCodec } from './get-acl.js';

/** int totalNumber: all descendants */
export interface GetAllChildrenNumberResponse {
  totalNumber: number;
}

/** getAllChildrenNumber (op 104). */
export const getAllChildrenNumberCodec: OpCodec<PathRequest, GetAllChildrenNumberResponse> = {
  request: pathCodec,
  response: {
    read: (reader) => ({ totalNumber: reader.int32() }),
    write: (writer, value) => writer.int32(value.totalNumber),
  },
};
