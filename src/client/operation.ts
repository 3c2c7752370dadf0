import type { Codec } from '../protocol/codec.js';
import type { WatchableReadRequest } from '../protocol/exists.js';
import type { JuteReader } from '../protocol/jute-reader.js';
import { OpCode, opName } from '../protocol/op-codes.js';
import { requestCodecs } from '../protocol/request-codec.js';
import type { RequestOf, RequestOp, ResponseOf } from '../protocol/request-codec.js';
import type { Call } from './call.js';
import type { WatchKind } from './watch-event.js';

/** One kind of request: how it is written, and what its caller gets from the answer. One object for all its calls. */
export interface Operation<Body = unknown, Result = unknown> {
  readonly op: RequestOp;
  /** Such as `create2`; null for what no caller asks for by name. */
  readonly name: string | null;
  /** The server may have applied it although no answer came. */
  readonly isWrite: boolean;
  readonly request: Pick<Codec<Body>, 'write'>;
  /** `reader` stands behind the reply's header. */
  read(reader: JuteReader, call: Call): Result;
  /** What the caller gets when there is no such node; null where that is an error. */
  readonly missing: ((call: Call) => Result) | null;
}

/** A read that can leave a watch. */
export interface WatchableRead<Result> extends Operation<WatchableReadRequest, Result> {
  readonly kind: WatchKind;
}

const writes: ReadonlySet<RequestOp> = new Set<RequestOp>([
  OpCode.create,
  OpCode.create2,
  OpCode.createContainer,
  OpCode.createTTL,
  OpCode.delete,
  OpCode.setData,
  OpCode.setACL,
  OpCode.multi,
  OpCode.reconfig,
]);

/** An operation whose callers get something else than the record of the answer. */
export function operationOf<Op extends RequestOp, Result>(
  op: Op,
  read: (reader: JuteReader, call: Call) => Result,
): Operation<RequestOf<Op>, Result> {
  // Of what is typed as one codec of many, only the request's own is ever written.
  const request = requestCodecs[op].request as Pick<Codec<RequestOf<Op>>, 'write'>;
  return { op, name: opName(op), isWrite: writes.has(op), request, read, missing: null };
}

const plain = new Map<RequestOp, Operation>();

/** The operation whose callers get the record of the answer as it is. */
export function plainOperation<Op extends RequestOp>(op: Op): Operation<RequestOf<Op>, ResponseOf<Op>> {
  let operation = plain.get(op);
  if (operation === undefined) {
    const { response } = requestCodecs[op];
    operation = operationOf<Op, unknown>(op, (reader) => response.read(reader));
    plain.set(op, operation);
  }
  return operation as Operation<RequestOf<Op>, ResponseOf<Op>>;
}
