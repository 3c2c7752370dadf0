import type { Acl } from './acl.js';
import { aclListCodec } from './acl.js';
import type { Codec, OpCodec } from './codec.js';
import type { Stat } from './stat.js';
import { readStat, writeStat } from './stat.js';

/** ustring path: the request of getACL, sync and getAllChildrenNumber */
export interface PathRequest {
  path: string | null;
}

/** vector<ACL> acl, Stat stat */
export interface GetAclResponse {
  acl: readonly Acl[] | null;
  stat: Stat;
}

/** ustring path */
export const pathCodec: Codec<PathRequest> = {
  read: (reader) => ({ path: reader.ustring() }),
  write: (writer, value) => writer.ustring(value.path),
};

/** getACL (op 6). */
export const getAclCodec: OpCodec<PathRequest, GetAclResponse> = {
  request: pathCodec,
  response: {
    read: (reader) => ({ acl: aclListCodec.read(reader), stat: readStat(reader) }),
    write: (writer, value) => {
      aclListCodec.write(writer, value.acl);
      writeStat(writer, value.stat);
    },
  },
};
