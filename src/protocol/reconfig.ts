import type { OpCodec } from './codec.js';
import type { GetDataResponse } from './get-data.js';
import { getDataCodec } from './get-data.js';

/** ustring joiningServers, ustring leavingServers, ustring newMembers, long curConfigId */
export interface ReconfigRequest {
  joiningServers: string | null;
  leavingServers: string | null;
  newMembers: string | null;
  curConfigId: bigint;
}

/** reconfig (op 16). Answered like getData, with the new membership text. */
export const reconfigCodec: OpCodec<ReconfigRequest, GetDataResponse> = {
  request: {
    read: (reader) => ({
      joiningServers: reader.ustring(),
      leavingServers: reader.ustring(),
      newMembers: reader.ustring(),
      curConfigId: reader.int64(),
    }),
    write: (writer, value) => {
      writer.ustring(value.joiningServers).ustring(value.leavingServers);
      writer.ustring(value.newMembers).int64(value.curConfigId);
    },
  },
  response: getDataCodec.response,
};
