import { ErrorCode } from '../protocol/error-codes.js';
import type { KeeperErrorDetails } from './errors.js';
import {
  AuthFailedError,
  BadArgumentsError,
  BadVersionError,
  ConnectionLossError,
  KeeperError,
  NoAuthError,
  NoChildrenForEphemeralsError,
  NodeExistsError,
  NoNodeError,
  NotEmptyError,
  OperationTimeoutError,
  SessionExpiredError,
} from './errors.js';

type ErrorType = new (details?: KeeperErrorDetails) => KeeperError;

const types: ReadonlyMap<number, ErrorType> = new Map<number, ErrorType>([
  [ErrorCode.CONNECTIONLOSS, ConnectionLossError],
  [ErrorCode.OPERATIONTIMEOUT, OperationTimeoutError],
  [ErrorCode.BADARGUMENTS, BadArgumentsError],
  [ErrorCode.NONODE, NoNodeError],
  [ErrorCode.NOAUTH, NoAuthError],
  [ErrorCode.BADVERSION, BadVersionError],
  [ErrorCode.NOCHILDRENFOREPHEMERALS, NoChildrenForEphemeralsError],
  [ErrorCode.NODEEXISTS, NodeExistsError],
  [ErrorCode.NOTEMPTY, NotEmptyError],
  [ErrorCode.SESSIONEXPIRED, SessionExpiredError],
  [ErrorCode.AUTHFAILED, AuthFailedError],
]);

/** Codes that callers seldom tell apart by class: code, text, and whether asking again may help. */
const plain: ReadonlyMap<number, readonly [code: string, text: string, retryable?: boolean]> = new Map([
  [ErrorCode.SYSTEMERROR, ['SYSTEM_ERROR', 'the server met an error of its own']],
  [ErrorCode.RUNTIMEINCONSISTENCY, ['ROLLED_BACK', 'not applied because another operation was refused']],
  [ErrorCode.DATAINCONSISTENCY, ['DATA_INCONSISTENCY', 'the server found its data inconsistent']],
  [ErrorCode.MARSHALLINGERROR, ['MARSHALLING_ERROR', 'the server could not read the request']],
  [ErrorCode.UNIMPLEMENTED, ['UNIMPLEMENTED', 'the server does not have this operation, or has it switched off']],
  [ErrorCode.NEWCONFIGNOQUORUM, ['NEW_CONFIG_NO_QUORUM', 'no quorum of the new membership is connected']],
  [ErrorCode.RECONFIGINPROGRESS, ['RECONFIG_IN_PROGRESS', 'another reconfiguration is under way', true]],
  [ErrorCode.INVALIDACL, ['INVALID_ACL', 'the access control list is not valid']],
  [ErrorCode.SESSIONMOVED, ['SESSION_MOVED', 'the session has moved to another server', true]],
  [ErrorCode.NOTREADONLY, ['NOT_READ_ONLY', 'the server is read-only for want of a quorum']],
  [ErrorCode.EPHEMERALONLOCALSESSION, ['EPHEMERAL_ON_LOCAL_SESSION', 'a local session cannot own ephemeral nodes']],
  [ErrorCode.NOWATCHER, ['NO_WATCHER', 'the server holds no such watch']],
  [ErrorCode.RECONFIGDISABLED, ['RECONFIG_DISABLED', 'reconfiguration is switched off on the server']],
  [
    ErrorCode.SESSIONCLOSEDREQUIRESASLAUTH,
    ['AUTHENTICATION_REQUIRED', 'the server takes requests of authenticated clients only'],
  ],
  [ErrorCode.QUOTAEXCEEDED, ['QUOTA_EXCEEDED', 'a hard quota would be exceeded']],
  [ErrorCode.THROTTLEDOP, ['THROTTLED', 'the server is too busy and did not carry it out', true]],
]);

/** The error for a code of the wire. One that this version does not know is an error like others, with code UNKNOWN. */
export function errorFromReply(rc: number, details: KeeperErrorDetails): KeeperError {
  const Type = types.get(rc);
  if (Type !== undefined) return new Type({ ...whatIsMissing(rc, details), rc });
  const [code, text, retryable = false] = plain.get(rc) ?? ['UNKNOWN', `the server answered with error ${rc}`];
  return new KeeperError({ code, rc, text, retryable }, details);
}

/** The error that ends the client when any reply says that the server demands authentication; null for other codes. */
export function authDemandOf(rc: number): AuthFailedError | null {
  if (rc !== ErrorCode.SESSIONCLOSEDREQUIRESASLAUTH) return null;
  return new AuthFailedError({ message: 'the server demands authentication', rc });
}

/** A create that finds no node misses the parent, which the path of the call does not say. */
function whatIsMissing(rc: number, details: KeeperErrorDetails): KeeperErrorDetails {
  const { op, path, message } = details;
  const isCreate = op?.startsWith('create') === true;
  if (rc !== ErrorCode.NONODE || !isCreate || message !== undefined || typeof path !== 'string') return details;
  return { ...details, message: `${op} ${path}: its parent does not exist` };
}
