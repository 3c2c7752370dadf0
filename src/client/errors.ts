import { brand } from './error-brand.js';

/** What a caller can read from every error of the client, besides its message. */
export interface KeeperErrorDetails {
  readonly message?: string;
  /** The number of the wire; see `rc`. */
  readonly rc?: number;
  readonly path?: string | null | undefined;
  readonly op?: string | null | undefined;
  readonly retryable?: boolean;
  readonly ambiguous?: boolean;
  readonly cause?: unknown;
}

interface CodeDefaults {
  readonly code: string;
  readonly rc: number;
  readonly text: string;
  readonly retryable?: boolean;
}

/**
 * Base of all errors of the client. `code` is stable text (`NO_NODE`), `rc` the number ZooKeeper gives it. An error code
 * that this client does not know arrives as a plain KeeperError with code `UNKNOWN` and the server's `rc`.
 *
 * `instanceof` recognises errors made by another copy of this package.
 */
export class KeeperError extends Error {
  readonly code: string;
  readonly rc: number;
  /** Path as the caller gave it, or null when the operation has none. */
  readonly path: string | null;
  /** Name of the operation, such as `create2`, or null. */
  readonly op: string | null;
  /** The same call may succeed when made again. */
  readonly retryable: boolean;
  /** A write whose fate is unknown: the server may have applied it. */
  readonly ambiguous: boolean;
  /** How many times the call was made before this error was handed out. Only retries by a policy count. */
  attempts = 1;

  static {
    brand(this, 'KeeperError');
  }

  /** @internal The client makes them. */
  constructor(defaults: CodeDefaults, details: KeeperErrorDetails = {}) {
    const subject = [details.op, details.path].filter((part) => part !== null && part !== undefined).join(' ');
    const text = details.message ?? (subject === '' ? defaults.text : `${subject}: ${defaults.text}`);
    super(text, details.cause === undefined ? {} : { cause: details.cause });
    this.code = defaults.code;
    this.rc = details.rc ?? defaults.rc;
    this.path = details.path ?? null;
    this.op = details.op ?? null;
    this.retryable = details.retryable ?? defaults.retryable ?? false;
    this.ambiguous = details.ambiguous ?? false;
  }

  override get name(): string {
    return this.constructor.name;
  }
}

/** The node does not exist, or the parent of a node to be created does not. */
export class NoNodeError extends KeeperError {
  static {
    brand(this, 'NoNodeError');
  }
  constructor(details?: KeeperErrorDetails) {
    super({ code: 'NO_NODE', rc: -101, text: 'no such node' }, details);
  }
}

/**
 * The node's access control list (for create and delete its parent's) grants none of this connection's identities the
 * right.
 */
export class NoAuthError extends KeeperError {
  static {
    brand(this, 'NoAuthError');
  }
  constructor(details?: KeeperErrorDetails) {
    super({ code: 'NO_AUTH', rc: -102, text: 'not permitted by the access control list' }, details);
  }
}

/** The node has another version than the one the write asked for. */
export class BadVersionError extends KeeperError {
  static {
    brand(this, 'BadVersionError');
  }
  constructor(details?: KeeperErrorDetails) {
    super({ code: 'BAD_VERSION', rc: -103, text: 'the version is not the expected one' }, details);
  }
}

/** The parent of a node to be created is ephemeral. */
export class NoChildrenForEphemeralsError extends KeeperError {
  static {
    brand(this, 'NoChildrenForEphemeralsError');
  }
  constructor(details?: KeeperErrorDetails) {
    super({ code: 'NO_CHILDREN_FOR_EPHEMERALS', rc: -108, text: 'an ephemeral node cannot have children' }, details);
  }
}

/** There is a node at the path of one to be created. */
export class NodeExistsError extends KeeperError {
  static {
    brand(this, 'NodeExistsError');
  }
  constructor(details?: KeeperErrorDetails) {
    super({ code: 'NODE_EXISTS', rc: -110, text: 'the node exists already' }, details);
  }
}

export class NotEmptyError extends KeeperError {
  static {
    brand(this, 'NotEmptyError');
  }
  constructor(details?: KeeperErrorDetails) {
    super({ code: 'NOT_EMPTY', rc: -111, text: 'the node has children' }, details);
  }
}

/** Thrown before anything is sent when an argument is wrong, and for BADARGUMENTS from the server. */
export class BadArgumentsError extends KeeperError {
  static {
    brand(this, 'BadArgumentsError');
  }
  constructor(details?: KeeperErrorDetails) {
    super({ code: 'BAD_ARGUMENTS', rc: -8, text: 'bad arguments' }, details);
  }
}

/** The connection ended before the answer came. For a write `ambiguous` is true: it may have been applied. */
export class ConnectionLossError extends KeeperError {
  static {
    brand(this, 'ConnectionLossError');
  }
  constructor(details?: KeeperErrorDetails) {
    super({ code: 'CONNECTION_LOSS', rc: -4, text: 'connection lost before the answer', retryable: true }, details);
  }
}

/** The session this call was made for is over; the client opens a new one by itself. The call was never sent. */
export class SessionExpiredError extends KeeperError {
  static {
    brand(this, 'SessionExpiredError');
  }
  constructor(details?: KeeperErrorDetails) {
    super({ code: 'SESSION_EXPIRED', rc: -112, text: 'the session has expired', retryable: true }, details);
  }
}

/** A credential was refused, or the server demands one that the client does not have. The client is of no more use. */
export class AuthFailedError extends KeeperError {
  static {
    brand(this, 'AuthFailedError');
  }
  constructor(details?: KeeperErrorDetails) {
    super({ code: 'AUTH_FAILED', rc: -115, text: 'authentication failed' }, details);
  }
}

/** Some wait took longer than its `timeoutMs`. */
export class TimeoutError extends KeeperError {
  static {
    brand(this, 'TimeoutError');
  }
  constructor(details?: KeeperErrorDetails) {
    super({ code: 'TIMEOUT', rc: -7, text: 'timed out', retryable: true }, details);
  }
}

/** An operation had no answer within its `timeoutMs`. A write that was sent is `ambiguous`. */
export class OperationTimeoutError extends TimeoutError {
  static {
    brand(this, 'OperationTimeoutError');
  }
  override readonly code: string = 'OPERATION_TIMEOUT';
}

/** The client (or the view of it) was closed. */
export class ClosedError extends KeeperError {
  static {
    brand(this, 'ClosedError');
  }
  constructor(details?: KeeperErrorDetails) {
    super({ code: 'CLOSED', rc: -112, text: 'the client is closed' }, details);
  }
}

/** More calls wait than `limits.queuedMax` allows. Nothing was sent. */
export class QueueFullError extends KeeperError {
  static {
    brand(this, 'QueueFullError');
  }
  constructor(details?: KeeperErrorDetails) {
    super({ code: 'QUEUE_FULL', rc: -1, text: 'too many calls are waiting to be sent', retryable: true }, details);
  }
}

/** The answer (or the request) is longer than `limits.frameBytesMax`. */
export class FrameTooLargeError extends KeeperError {
  static {
    brand(this, 'FrameTooLargeError');
  }
  constructor(details?: KeeperErrorDetails) {
    super({ code: 'FRAME_TOO_LARGE', rc: -5, text: 'the frame is larger than the limit' }, details);
  }
}

export interface TransactionErrorDetails extends KeeperErrorDetails {
  readonly index: number;
  readonly errors: readonly (KeeperError | null)[];
  readonly code: string;
  readonly rc: number;
}

/** A transaction was refused as a whole. `code`, `rc` and `path` are those of the operation that was refused. */
export class TransactionError extends KeeperError {
  /** Position of the refused operation, from 0. */
  readonly index: number;
  /** One entry an operation: null for those before the refused one, its error, and ROLLED_BACK errors after it. */
  readonly errors: readonly (KeeperError | null)[];

  static {
    brand(this, 'TransactionError');
  }

  constructor(details: TransactionErrorDetails) {
    super({ code: details.code, rc: details.rc, text: 'transaction refused' }, details);
    this.index = details.index;
    this.errors = details.errors;
  }
}

export interface OutcomeUnknownErrorDetails extends KeeperErrorDetails {
  readonly attempted: unknown;
  readonly observed?: unknown;
}

/**
 * A write was sent, its answer never came, and nothing that can be read afterwards tells whether it was carried out. It is
 * not repeated, because it might then be done twice. `ambiguous` is true; `cause` is the error of the lost answer.
 */
export class OutcomeUnknownError extends KeeperError {
  /** What would be there if the write had been carried out and nobody had written since. */
  readonly attempted: unknown;
  /** What was read afterwards, in the same terms; undefined when nothing was read, or nothing is there. */
  readonly observed: unknown;

  static {
    brand(this, 'OutcomeUnknownError');
  }

  constructor(details: OutcomeUnknownErrorDetails) {
    const text = 'it is not known whether this write was carried out';
    super({ code: 'OUTCOME_UNKNOWN', rc: -4, text }, { ...details, ambiguous: true });
    this.attempted = details.attempted;
    this.observed = details.observed;
  }
}
