import type { Acl } from '../../protocol/acl.js';
import { OPEN_ACL_UNSAFE } from '../../protocol/acl.js';
import { ErrorCode } from '../../protocol/error-codes.js';
import type { Txn } from '../../protocol/txn.js';
import { aclBytes } from './acl-expand.js';

/** Header, multi count, digest. */
export const ENTRY_OVERHEAD_BYTES = 32 + 4 + 12;
/** In a multi: type and length before each transaction. */
const OP_OVERHEAD_BYTES = 8;
const LENGTH_BYTES = 4;
/** ephemeral, parentCVersion and ttl: no create has all of them. */
const CREATE_FIELDS_BYTES = 1 + 4 + 8;

/**
 * What a transaction takes in the log, at most a few bytes more than it really does. It may be more than its request
 * took: `auth` entries become identities, names get suffixes, and every byte of an id that is no UTF-8 becomes three.
 */
export function txnBytes(txn: Txn): number {
  if (!('path' in txn)) return OP_OVERHEAD_BYTES + LENGTH_BYTES;
  let bytes = OP_OVERHEAD_BYTES + LENGTH_BYTES + Buffer.byteLength(txn.path);
  if ('data' in txn) bytes += LENGTH_BYTES + (txn.data?.length ?? 0);
  if ('acl' in txn) bytes += LENGTH_BYTES + aclBytes(txn.acl);
  if ('version' in txn) bytes += 4;
  if ('parentCVersion' in txn) bytes += CREATE_FIELDS_BYTES;
  return bytes;
}

/**
 * 0, or INVALIDACL: with this list a transaction of its own would be longer than an entry of the log may be. Nothing but
 * the list can make it so.
 */
export function checkEntrySize(
  { path, data, acl }: { path: string; data: Buffer | null; acl: readonly Acl[] },
  entryBytesMax: number,
): number {
  if (acl === OPEN_ACL_UNSAFE) return ErrorCode.OK;
  const bytes = Buffer.byteLength(path) + (data?.length ?? 0) + aclBytes(acl);
  const fixed = ENTRY_OVERHEAD_BYTES + 3 * LENGTH_BYTES + CREATE_FIELDS_BYTES;
  return fixed + bytes > entryBytesMax ? ErrorCode.INVALIDACL : ErrorCode.OK;
}
