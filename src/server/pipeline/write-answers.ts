import { ErrorCode } from '../../protocol/error-codes.js';
import type { JuteWriter } from '../../protocol/jute-writer.js';
import type { MultiResult } from '../../protocol/multi.js';
import { writeMultiEnd, writeMultiResult } from '../../protocol/multi.js';
import { OpCode } from '../../protocol/op-codes.js';
import type { Stat } from '../../protocol/stat.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { ApplyResult, OpOutcome } from '../tree/apply-result.js';
import type { DataTree } from '../tree/data-tree.js';
import type { NodeId } from '../tree/node-id.js';
import { NO_NODE } from '../tree/node-id.js';
import { beginReply, endReply, replyHeader } from './replies.js';
import type { PendingRequest } from './request-queue.js';

/** What became of a write. */
export interface WriteOutcome {
  readonly zxid: Zxid;
  /** Goes into the reply header. 0 for a failing multi, whose results tell. */
  readonly err: number;
  readonly result: ApplyResult;
}

/** Answers a write that has been applied (client-protocol 5.1, 6). */
export function answerWrite(request: PendingRequest, { zxid, err, result }: WriteOutcome, tree: DataTree): void {
  const { link, xid, type } = request;
  if (err === ErrorCode.SESSIONEXPIRED || err === ErrorCode.SESSIONMOVED) return link.close();
  if (err !== 0) return replyHeader(link, xid, zxid, err);
  const at = beginReply(link, xid, zxid, 0);
  writeBody(link.out, type, { result, tree });
  endReply(link, at);
  if (type === OpCode.closeSession) link.close();
}

function writeBody(
  out: JuteWriter,
  type: number,
  { result, tree }: { readonly result: ApplyResult; readonly tree: DataTree },
): void {
  switch (type) {
    case OpCode.create:
      out.ustring(result.path);
      return;
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      out.ustring(result.path);
      tree.writeStat(nodeOf(result), out);
      return;
    case OpCode.setData:
    case OpCode.setACL:
      tree.writeStat(nodeOf(result), out);
      return;
    case OpCode.reconfig:
      tree.writeDataReply(nodeOf(result), out);
      return;
    case OpCode.multi:
      for (const outcome of result.results ?? []) writeMultiResult(out, toMultiResult(outcome));
      writeMultiEnd(out);
  }
}

function toMultiResult(outcome: OpOutcome): MultiResult {
  switch (outcome.type) {
    case OpCode.create:
      return { type: OpCode.create, err: 0, body: { path: outcome.path } };
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      return { type: OpCode.create2, err: 0, body: { path: outcome.path, stat: statOf(outcome) } };
    case OpCode.setData:
      return { type: OpCode.setData, err: 0, body: { stat: statOf(outcome) } };
    case OpCode.delete:
    case OpCode.check:
      return { type: outcome.type, err: 0, body: {} };
    default:
      return { type: OpCode.error, err: outcome.err, body: { err: outcome.err } };
  }
}

/** The live node: copied as bytes, where its Stat would be made field by field and taken apart again. */
function nodeOf({ type, node, path }: ApplyResult): NodeId {
  if (node === NO_NODE) throw new Error(`op ${type} on ${path} was applied without a node`);
  return node;
}

/** An applied op of these types always has one. */
function statOf(outcome: OpOutcome): Stat {
  if (outcome.stat === null) throw new Error(`op ${outcome.type} on ${outcome.path} was applied without a stat`);
  return outcome.stat;
}
