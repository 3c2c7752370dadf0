import { ErrorCode } from '../../protocol/error-codes.js';
import type { Txn } from '../../protocol/txn.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { AclChecker } from './acl-check.js';
import type { ChangeRecord } from './change-record.js';
import type { NodeState } from './node-state.js';
import type { OutstandingChanges } from './outstanding-changes.js';
import type { SessionGate } from './proposal.js';
import type { QuotaGuard } from './quota-guard.js';

/** What preparing any write works with. */
export interface PrepareScope {
  readonly changes: OutstandingChanges;
  readonly access: AclChecker;
  readonly sessions: SessionGate;
  readonly quotas: QuotaGuard;
  readonly containerMaxNeverUsedMs: number;
  /** Longer transactions cannot be logged. */
  readonly entryBytesMax: number;
}

/** A transaction, its changes noted, or the (negative) code of a refusal, nothing changed. */
export type Prepared = Txn | number;

const INT32_MAX = 0x7fff_ffff;
/** Means "any version" in requests, so no node ever gets it. */
const ANY_VERSION = -1;

/** What follows a version: 32 bits, wrapping, without the -1 that stands for any (client-protocol 4.2). */
export function nextVersion(version: number): number {
  const next = version === INT32_MAX ? version + 1 - 2 ** 32 : version + 1;
  return next === ANY_VERSION ? 0 : next;
}

/** 0, or BADVERSION. */
export function checkVersion(expected: number, actual: number): number {
  return expected === ANY_VERSION || expected === actual ? ErrorCode.OK : ErrorCode.BADVERSION;
}

/** The parent loses a child in transaction `zxid`. */
export function forgetChild(scope: PrepareScope, parent: NodeState, zxid: Zxid): ChangeRecord {
  const record = scope.changes.edit(parent, zxid);
  record.numChildren--;
  if (zxid > record.pzxid) record.pzxid = zxid;
  scope.changes.seal(record);
  return record;
}
