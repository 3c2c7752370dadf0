import { ErrorCode } from '../protocol/error-codes.js';
import { MarshallingError } from '../protocol/errors.js';
import type { JuteReader } from '../protocol/jute-reader.js';
import type { JuteWriter } from '../protocol/jute-writer.js';
import { codecOf } from '../protocol/request-codec.js';
import type { Call } from './call.js';
import { errorFromReply } from './error-from-reply.js';
import { BadArgumentsError, FrameTooLargeError, KeeperError } from './errors.js';

/** Appends the call as a frame, its xid still open. Appends nothing, and says why, when it cannot be sent. */
export function writeCall(call: Call, writer: JuteWriter, frameBytesMax: number): KeeperError | null {
  const { op, body } = call.spec;
  const start = writer.beginFrame();
  let error: KeeperError;
  try {
    writer.int32(0).int32(op);
    codecOf(op)?.request.write(writer, body);
    const bytes = writer.length - start - 4;
    if (bytes <= frameBytesMax) {
      writer.endFrame(start);
      return null;
    }
    const message = `${call.title}: the request takes ${bytes} bytes, limits.frameBytesMax is ${frameBytesMax}`;
    error = new FrameTooLargeError({ ...call.errorDetails, message });
  } catch (cause) {
    error = new BadArgumentsError({ ...call.errorDetails, cause });
  }
  writer.truncate(start);
  return error;
}

/** Ends the call with its reply; `reader` stands behind the reply's header. */
export function settleCall(call: Call, rc: number, reader: JuteReader): void {
  const { op, hook, missingIsNull } = call.spec;
  let response: unknown = null;
  let error: KeeperError | null = null;
  if (rc === ErrorCode.OK) {
    try {
      response = codecOf(op)?.response.read(reader);
    } catch (cause) {
      if (!(cause instanceof MarshallingError)) throw cause;
      const text = 'the answer cannot be read';
      error = new KeeperError({ code: 'MARSHALLING_ERROR', rc: -5, text }, { ...call.errorDetails, cause });
    }
  } else if (rc !== ErrorCode.NONODE || !missingIsNull) {
    error = errorFromReply(rc, { ...call.errorDetails, ambiguous: call.ambiguous && leavesFateOpen(rc) });
  }
  // First the books, then the caller: what the caller does next must find the watch entered.
  hook?.(rc, !call.settled && error === null);
  if (error === null) call.resolve(response);
  else call.reject(error);
}

/** With these a server says that it does not know itself what became of the request. */
function leavesFateOpen(rc: number): boolean {
  return rc === ErrorCode.CONNECTIONLOSS || rc === ErrorCode.OPERATIONTIMEOUT;
}
