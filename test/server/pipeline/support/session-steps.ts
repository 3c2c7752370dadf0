import { OPEN_ACL_UNSAFE } from '../../../../src/protocol/acl.js';
import { JuteReader } from '../../../../src/protocol/jute-reader.js';
import { readTxn, readTxnHeader } from '../../../../src/protocol/txn-codec.js';
import type { EnsembleHarness } from './ensemble-harness.js';
import type { Got } from './test-link.js';

export const create = (path: string, flags = 0) => ({ path, data: Buffer.from('x'), acl: OPEN_ACL_UNSAFE, flags });
export const errs = (frames: readonly Got[]): number[][] => frames.map(({ xid, err }) => [xid, err]);

/** The last one that the leader has proposed. */
export function lastTxn(ensemble: EnsembleHarness) {
  const reader = new JuteReader(ensemble.proposed.at(-1)!);
  const header = readTxnHeader(reader);
  return { header, txn: readTxn(reader, header.type) };
}
