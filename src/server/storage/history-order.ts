import { ZXID_NONE, counterOf, epochOf, type Zxid } from '../../protocol/zxid.js';

/** Before everything: the position of a server without data that must not pass for one with an empty database. */
export const ZXID_NOWHERE = -1 as Zxid;

/**
 * Whether a transaction may come right after another (or after a position) in a history: the next of its epoch, or the first of
 * a later one (quorum-protocol 4.9). Anything else means that one between them is missing.
 */
export function follows(last: Zxid, zxid: Zxid): boolean {
  if (last < ZXID_NONE) return false;
  return zxid === last + 1 || (counterOf(zxid) === 1 && epochOf(zxid) > epochOf(last));
}
