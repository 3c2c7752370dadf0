import { brand } from '../../client/error-brand.js';
import { KeeperError } from '../../client/errors.js';
import { ErrorCode } from '../../protocol/error-codes.js';

/** Somebody else holds one of the resources. Told by the event `error`, and as the cause of an ExecutionError. */
export class ResourceLockedError extends KeeperError {
  static {
    brand(this, 'ResourceLockedError');
  }

  /** @internal */
  constructor(message: string, cause?: unknown) {
    super({ code: 'RESOURCE_LOCKED', rc: ErrorCode.NODEEXISTS, text: message }, { message, cause });
  }
}
