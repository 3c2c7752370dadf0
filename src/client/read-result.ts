import { ErrorCode } from '../protocol/error-codes.js';
import type { MultiResult } from '../protocol/multi.js';
import { OpCode } from '../protocol/op-codes.js';
import { errorFromReply } from './error-from-reply.js';
import type { ReadOp } from './operation-types.js';
import type { ReadResult } from './transaction-types.js';

export function textsOf(list: readonly (string | null)[] | null): string[] {
  return (list ?? []).map((text) => text ?? '');
}

/** What a caller of multiRead gets for one of its reads. */
export function readResult({ path, type }: ReadOp, result: MultiResult | undefined): ReadResult {
  switch (result?.type) {
    case OpCode.getData:
      return { type: 'getData', path, data: result.body.data, stat: result.body.stat };
    case OpCode.getChildren:
      return { type: 'getChildren', path, children: textsOf(result.body.children) };
    default:
      return {
        type: 'error',
        path,
        error: errorFromReply(result?.err ?? ErrorCode.MARSHALLINGERROR, { path, op: type }),
      };
  }
}
