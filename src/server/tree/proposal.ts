import type { Id } from '../../protocol/acl.js';
import type { Empty } from '../../protocol/codec.js';
import type { CreateRequest, CreateTtlRequest } from '../../protocol/create.js';
import type { DeleteRequest } from '../../protocol/delete.js';
import type { MultiRequest } from '../../protocol/multi.js';
import type { OpCode } from '../../protocol/op-codes.js';
import type { ReconfigRequest } from '../../protocol/reconfig.js';
import type { SetAclRequest } from '../../protocol/set-acl.js';
import type { SetDataRequest } from '../../protocol/set-data.js';
import type { Txn, TxnDigest, TxnHeader } from '../../protocol/txn.js';
import type { Zxid } from '../../protocol/zxid.js';

/** A decoded write. The ops of a multi have this shape too. */
export type WriteRequest =
  | {
      readonly type: typeof OpCode.create | typeof OpCode.create2 | typeof OpCode.createContainer;
      readonly body: CreateRequest;
    }
  | { readonly type: typeof OpCode.createTTL; readonly body: CreateTtlRequest }
  | { readonly type: typeof OpCode.delete; readonly body: DeleteRequest }
  | { readonly type: typeof OpCode.deleteContainer; readonly body: { readonly path: string | null } }
  | { readonly type: typeof OpCode.setData; readonly body: SetDataRequest }
  | { readonly type: typeof OpCode.setACL; readonly body: SetAclRequest }
  | { readonly type: typeof OpCode.multi; readonly body: MultiRequest }
  | { readonly type: typeof OpCode.reconfig; readonly body: ReconfigRequest }
  | { readonly type: typeof OpCode.createSession; readonly body: { readonly timeOut: number } }
  | { readonly type: typeof OpCode.closeSession; readonly body: Empty };

/** Who asks, and the place in history the request was given. */
export interface RequestContext {
  readonly sessionId: bigint;
  /** The member of the ensemble that the client has asked. */
  readonly serverId: number;
  readonly cxid: number;
  readonly zxid: Zxid;
  /** Epoch ms: becomes ctime and mtime. */
  readonly timeMs: number;
  /** The connection's identities at this moment. */
  readonly identities: readonly Id[];
  /** The session is known to one server only and owns no ephemerals (client-protocol 10.6). */
  readonly isLocalSession: boolean;
  /** From the server's own sweep or expiry, not from a client: the only one whose deleteContainer is heard. */
  readonly isInternal: boolean;
}

/** A fully determined transaction, to be logged and then applied. A refused request is one, too: of type error. */
export interface Proposal {
  readonly header: TxnHeader;
  readonly txn: Txn;
  /** Of the tree after this transaction; null for errors and when digests are off. */
  readonly digest: TxnDigest | null;
  /** Goes into the reply header. 0 for a failing multi, whose results tell. */
  readonly err: number;
}

/** What preparing needs to know about sessions (implemented next to the session table). */
export interface SessionGate {
  /** 0, or the code a write of this session is refused with: SESSIONEXPIRED when unknown or closing, SESSIONMOVED. */
  check(context: RequestContext): number;
  /** A closeSession was prepared: from here on `check` refuses this session. */
  closing(sessionId: bigint): void;
}

/** A quota that a write goes beyond without being refused: for a log line. */
export interface QuotaWarning {
  /** The subtree that has the quota. */
  readonly prefix: string;
  readonly resource: 'count' | 'bytes';
  /** Nodes or bytes, after the write. */
  readonly usage: number;
  readonly limit: number;
  /** A hard limit warns only where quotas are not enforced. */
  readonly isHard: boolean;
}
