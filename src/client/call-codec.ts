import { ErrorCode } from '../protocol/error-codes.js';
import { MarshallingError } from '../protocol/errors.js';
import type { JuteReader } from '../protocol/jute-reader.js';
import type { JuteWriter } from '../protocol/jute-writer.js';
import type { Call } from './call.js';
import { errorFromReply } from './error-from-reply.js';
import { BadArgumentsError, KeeperError } from './errors.js';

/** Appends the call as a frame, its xid still open. Appends nothing, and says why, when it cannot be written. */
export function writeCall(call: Call, body: unknown, writer: JuteWriter): KeeperError | null {
  const { operation } = call;
  const start = writer.beginFrame();
  try {
    writer.int32(0).int32(operation.op);
    operation.request.write(writer, body);
    writer.endFrame(start);
    return null;
  } catch (cause) {
    writer.truncate(start);
    return new BadArgumentsError({ ...call.errorDetails, cause });
  }
}

/** Ends the call with its reply; `reader` stands behind the reply's header. */
export function settleCall(call: Call, rc: number, reader: JuteReader): void {
  const { operation, hook } = call;
  let result: unknown = null;
  let error: KeeperError | null = null;
  if (rc === ErrorCode.OK) {
    try {
      result = operation.read(reader, call);
    } catch (cause) {
      error = unreadable(call, cause);
    }
  } else if (rc === ErrorCode.NONODE && operation.missing !== null) {
    result = operation.missing(call);
  } else {
    error = errorFromReply(rc, { ...call.errorDetails, ambiguous: call.ambiguous && leavesFateOpen(rc) });
  }
  // First the books, then the caller: what the caller does next must find the watch entered.
  if (hook !== null) hook(rc, !call.settled && error === null);
  if (error === null) call.resolve(result);
  else call.reject(error);
}

function unreadable(call: Call, cause: unknown): KeeperError {
  if (!(cause instanceof MarshallingError)) throw cause;
  const text = 'the answer cannot be read';
  return new KeeperError({ code: 'MARSHALLING_ERROR', rc: -5, text }, { ...call.errorDetails, cause });
}

/** With these a server says that it does not know itself what became of the request. */
function leavesFateOpen(rc: number): boolean {
  return rc === ErrorCode.CONNECTIONLOSS || rc === ErrorCode.OPERATIONTIMEOUT;
}
