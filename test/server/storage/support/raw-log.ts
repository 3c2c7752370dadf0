import { JuteWriter } from '../../../../src/protocol/jute-writer.js';
import { OpCode } from '../../../../src/protocol/op-codes.js';
import { writeTxn, writeTxnHeader } from '../../../../src/protocol/txn-codec.js';
import { toZxid } from '../../../../src/protocol/zxid.js';
import { beginRecord, endRecord, logHeader } from '../../../../src/server/storage/log-format.js';

/** A log file with these transactions, also ones that no writer would put there. */
export function rawLog(zxids: readonly number[]): Buffer {
  const writer = new JuteWriter();
  for (const zxid of zxids) {
    const at = beginRecord(writer);
    writeTxnHeader(writer, { clientId: 1n, cxid: 1, zxid: toZxid(zxid), timeMs: 1, type: OpCode.error });
    writeTxn(writer, { type: OpCode.error, err: -4 });
    endRecord(writer, at);
  }
  return Buffer.concat([logHeader(), writer.take()]);
}
