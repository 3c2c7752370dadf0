import { ErrorCode } from '../../protocol/error-codes.js';
import { MarshallingError } from '../../protocol/errors.js';
import type { JuteReader } from '../../protocol/jute-reader.js';
import { OpCode } from '../../protocol/op-codes.js';
import { codecOf } from '../../protocol/request-codec.js';

/** A decoded request, or the error its answer carries: MARSHALLINGERROR keeps the connection (client-protocol 1.3). */
export interface Decoded {
  readonly body: unknown;
  readonly err: number;
}

const UNDECODABLE: Decoded = { body: null, err: ErrorCode.MARSHALLINGERROR };

/** Operations that cannot be asked without a path; the others have an answer of their own (client-protocol 4.7). */
const needsPath = new Set<number>([
  OpCode.create,
  OpCode.create2,
  OpCode.createContainer,
  OpCode.createTTL,
  OpCode.delete,
  OpCode.exists,
  OpCode.getData,
  OpCode.getACL,
  OpCode.getChildren,
  OpCode.getChildren2,
  OpCode.getAllChildrenNumber,
]);

interface WithPath {
  readonly path: string | null;
}

export function decodeRequest(type: number, reader: JuteReader): Decoded {
  try {
    const body = codecOf(type)?.request.read(reader) ?? null;
    if (needsPath.has(type) && (body as WithPath).path === null) return UNDECODABLE;
    if ((type === OpCode.multi || type === OpCode.multiRead) && hasNullPath(body)) return UNDECODABLE;
    return { body, err: 0 };
  } catch (error) {
    if (error instanceof MarshallingError) return UNDECODABLE;
    throw error;
  }
}

function hasNullPath(body: unknown): boolean {
  const { ops } = body as { ops: readonly { body: WithPath }[] };
  return ops.some((op) => op.body.path === null);
}
