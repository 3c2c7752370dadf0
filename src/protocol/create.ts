import type { Acl } from './acl.js';
import { aclListCodec } from './acl.js';
import type { Codec, OpCodec } from './codec.js';
import type { Stat } from './stat.js';
import { readStat, writeStat } from './stat.js';

/** ustring path, buffer data, vector<ACL> acl, int flags */
export interface CreateRequest {
  path: string | null;
  data: Buffer | null;
  acl: readonly Acl[] | null;
  flags: number;
}

/** CreateRequest, long ttl */
export interface CreateTtlRequest extends CreateRequest {
  /** Signed 64 bits as sent, ms. */
  ttl: bigint;
}

/** ustring path */
export interface CreateResponse {
  path: string | null;
}

/** ustring path, Stat stat */
export interface Create2Response {
  path: string | null;
  stat: Stat;
}

const createRequest: Codec<CreateRequest> = {
  read: (reader) => ({
    path: reader.ustring(),
    data: reader.pooledBuffer(),
    acl: aclListCodec.read(reader),
    flags: reader.int32(),
  }),
  write: (writer, value) => {
    writer.ustring(value.path).buffer(value.data);
    aclListCodec.write(writer, value.acl);
    writer.int32(value.flags);
  },
};

const createTtlRequest: Codec<CreateTtlRequest> = {
  read: (reader) => ({
    path: reader.ustring(),
    data: reader.pooledBuffer(),
    acl: aclListCodec.read(reader),
    flags: reader.int32(),
    ttl: reader.int64(),
  }),
  write: (writer, value) => {
    createRequest.write(writer, value);
    writer.int64(value.ttl);
  },
};

const create2Response: Codec<Create2Response> = {
  read: (reader) => ({ path: reader.ustring(), stat: readStat(reader) }),
  write: (writer, value) => {
    writer.ustring(value.path);
    writeStat(writer, value.stat);
  },
};

/** create (op 1): answered without a Stat. */
export const createCodec: OpCodec<CreateRequest, CreateResponse> = {
  request: createRequest,
  response: {
    read: (reader) => ({ path: reader.ustring() }),
    write: (writer, value) => writer.ustring(value.path),
  },
};

/** Also createContainer. */
export const create2Codec: OpCodec<CreateRequest, Create2Response> = {
  request: createRequest,
  response: create2Response,
};

/** createTTL (op 21). */
export const createTtlCodec: OpCodec<CreateTtlRequest, Create2Response> = {
  request: createTtlRequest,
  response: create2Response,
};
