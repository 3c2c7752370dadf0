import type { Acl } from './acl.js';
import type { OpCode } from './op-codes.js';
import type { Zxid } from './zxid.js';

/** long clientId, int cxid, long zxid, long time, int type: 32 bytes before every logged transaction */
export interface TxnHeader {
  /** The session that asked. */
  clientId: bigint;
  /** Its xid. */
  cxid: number;
  zxid: Zxid;
  /** Epoch ms, stamped by the server that ordered it. */
  timeMs: number;
  type: number;
}

/** int version, long digest of the tree after the transaction: 12 bytes, may be absent */
export interface TxnDigest {
  version: number;
  /** Unsigned 64 bits. */
  digest: bigint;
}

/** ustring path, buffer data, vector<ACL> acl, bool ephemeral, int parentCVersion */
export interface CreateTxn {
  type: typeof OpCode.create | typeof OpCode.create2;
  path: string;
  data: Buffer | null;
  acl: readonly Acl[] | null;
  ephemeral: boolean;
  /** The parent's stored cversion after the create; -1 in very old logs: one more than it has. */
  parentCVersion: number;
}

/** ustring path, buffer data, vector<ACL> acl, int parentCVersion */
export interface CreateContainerTxn {
  type: typeof OpCode.createContainer;
  path: string;
  data: Buffer | null;
  acl: readonly Acl[] | null;
  parentCVersion: number;
}

/** CreateContainerTxn, long ttl (ms) */
export interface CreateTtlTxn {
  type: typeof OpCode.createTTL;
  path: string;
  data: Buffer | null;
  acl: readonly Acl[] | null;
  parentCVersion: number;
  ttlMs: number;
}

/** ustring path */
export interface DeleteTxn {
  type: typeof OpCode.delete | typeof OpCode.deleteContainer;
  path: string;
}

/** ustring path, buffer data, int version (the new one) */
export interface SetDataTxn {
  type: typeof OpCode.setData | typeof OpCode.reconfig;
  path: string;
  data: Buffer | null;
  version: number;
}

/** ustring path, vector<ACL> acl, int version (the new aversion) */
export interface SetAclTxn {
  type: typeof OpCode.setACL;
  path: string;
  acl: readonly Acl[] | null;
  version: number;
}

/** ustring path, int version */
export interface CheckTxn {
  type: typeof OpCode.check;
  path: string;
  version: number;
}

/** vector of { int type, buffer body }: all of one zxid; if any is an error, none is applied */
export interface MultiTxn {
  type: typeof OpCode.multi;
  txns: readonly Txn[];
}

/** int timeOut (ms) */
export interface CreateSessionTxn {
  type: typeof OpCode.createSession;
  timeOut: number;
}

/** vector<ustring> paths of the ephemerals to delete; null when the record has none (3.5 and older) */
export interface CloseSessionTxn {
  type: typeof OpCode.closeSession;
  paths: readonly string[] | null;
}

/** int err */
export interface ErrorTxn {
  type: typeof OpCode.error;
  err: number;
}

/** A logged state change, fully determined (storage-format 2.4). */
export type Txn =
  | CreateTxn
  | CreateContainerTxn
  | CreateTtlTxn
  | DeleteTxn
  | SetDataTxn
  | SetAclTxn
  | CheckTxn
  | MultiTxn
  | CreateSessionTxn
  | CloseSessionTxn
  | ErrorTxn;

/** The version of tree digests this software computes and compares. */
export const DIGEST_VERSION = 2;
