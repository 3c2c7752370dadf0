import { brand } from '../../client/error-brand.js';
import { KeeperError } from '../../client/errors.js';
import { ErrorCode } from '../../protocol/error-codes.js';
import type { Zxid } from '../../protocol/zxid.js';

/**
 * Why something held is held no longer:
 * - `session-over`: the session expired, or the client was closed;
 * - `deadline-passed`: no server has answered for so long that the session may be over;
 * - `suspended`: the connection went away, and the holder had asked to stop at that;
 * - `node-deleted`: somebody else removed the node;
 * - `rebalance`: it is to be somebody else's, who waits until it is given back;
 * - `interrupted`: a leader was told to stop; until it gives back nobody else leads, and `isHeld()` says so;
 * - `released`: it was given back.
 */
export type LossReason =
  'session-over' | 'deadline-passed' | 'suspended' | 'node-deleted' | 'rebalance' | 'interrupted' | 'released';

const TEXT: Readonly<Record<LossReason, string>> = {
  'session-over': 'its session is over',
  'deadline-passed': 'no server has answered for so long that its session may be over',
  suspended: 'the connection went away',
  'node-deleted': 'somebody deleted its node',
  rebalance: 'another worker is to have it',
  released: 'it was released',
  interrupted: 'its holder was told to stop',
};

/** What was held is not held any more. The reason of a hold's aborted signal, and thrown by what needs the hold. */
export class LockLostError extends KeeperError {
  readonly reason: LossReason;
  /** Fencing token of the hold that ended. */
  readonly token: Zxid;

  static {
    brand(this, 'LockLostError');
  }

  constructor(details: { readonly reason: LossReason; readonly path: string; readonly token: Zxid }) {
    const { reason, path, token } = details;
    const message = `${path} is not held any more: ${TEXT[reason]}`;
    super({ code: 'LOCK_LOST', rc: ErrorCode.INVALIDSTATE, text: message }, { path, message });
    this.reason = reason;
    this.token = token;
  }
}
