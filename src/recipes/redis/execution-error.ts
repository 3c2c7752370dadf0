import { brand } from '../../client/error-brand.js';
import { KeeperError } from '../../client/errors.js';
import { ErrorCode } from '../../protocol/error-codes.js';

/** The lock could not be had within the retries, or could not be extended. `cause` says why. */
export class ExecutionError extends KeeperError {
  static {
    brand(this, 'ExecutionError');
  }

  /** @internal */
  constructor(message: string, cause?: unknown) {
    super({ code: 'EXECUTION', rc: ErrorCode.SYSTEMERROR, text: message }, { message, cause });
  }
}
