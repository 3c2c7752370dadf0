import { isCreateFlags, isEphemeralFlags } from '../../protocol/create-mode.js';
import type { MultiRequest } from '../../protocol/multi.js';
import { OpCode } from '../../protocol/op-codes.js';

/** Whether a decoded request wants an ephemeral node: only a session that every server knows may own one. */
export function createsEphemeral(type: number, body: unknown): boolean {
  switch (type) {
    case OpCode.create:
    case OpCode.create2:
      return areEphemeral((body as { readonly flags: number }).flags);
    case OpCode.multi:
      return (body as MultiRequest).ops.some((op) => 'flags' in op.body && areEphemeral(op.body.flags));
    default:
      return false;
  }
}

function areEphemeral(flags: number): boolean {
  return isCreateFlags(flags) && isEphemeralFlags(flags);
}
