import { counterOf, epochOf, type Zxid } from '../../protocol/zxid.js';

/**
 * Whether a transaction may come right after another (or after a position) in a history: the next of its epoch, or the first of
 * a later one (quorum-protocol 4.9). Anything else means that one between them is missing.
 */
export function follows(last: Zxid, zxid: Zxid): boolean {
  return zxid === last + 1 || (counterOf(zxid) === 1 && epochOf(zxid) > epochOf(last));
}
