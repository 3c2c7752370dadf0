import type { Acl } from './acl.js';
import { aclListCodec } from './acl.js';
import type { OpCodec } from './codec.js';
import type { StatResponse } from './exists.js';
import { statResponseCodec } from './exists.js';

/** ustring path, vector<ACL> acl, int version (compared with aversion) */
export interface SetAclRequest {
  path: string | null;
  acl: readonly Acl[] | null;
  version: number;
}

/** setACL (op 7). */
export const setAclCodec: OpCodec<SetAclRequest, StatResponse> = {
  request: {
    read: (reader) => ({ path: reader.ustring(), acl: aclListCodec.read(reader), version: reader.int32() }),
    write: (writer, value) => {
      writer.ustring(value.path);
      aclListCodec.write(writer, value.acl);
      writer.int32(value.version);
    },
  },
  response: statResponseCodec,
};
