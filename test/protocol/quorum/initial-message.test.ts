import { describe, expect, it } from 'vitest';
import { JuteWriter, MarshallingError } from '../../../src/protocol/index.js';
import {
  ANONYMOUS_SID,
  encodeInitialMessage,
  InitialProtocol,
  readInitialMessage,
} from '../../../src/protocol/quorum/index.js';

describe('initial messages', () => {
  it.each([
    { protocol: null, sid: 3, addresses: [] },
    { protocol: null, sid: ANONYMOUS_SID, addresses: [] },
    { protocol: InitialProtocol.V1, sid: 1, addresses: ['[::1]:3888'] },
    { protocol: InitialProtocol.V2, sid: 254, addresses: ['a:1', 'b:2'] },
  ])('%j waits until all of it is there', (message) => {
    const bytes = message.sid === ANONYMOUS_SID ? anonymous() : encodeInitialMessage(message);
    const behind = Buffer.concat([bytes, Buffer.from('next')]);
    for (let length = 0; length < bytes.length; length++)
      expect(readInitialMessage(bytes.subarray(0, length))).toBeNull();
    expect(readInitialMessage(behind)).toEqual({ message, end: bytes.length });
  });

  it.each([
    ['protocol -1', new JuteWriter().long(-1)],
    ['no address', new JuteWriter().long(InitialProtocol.V1).long(1).int32(0)],
    ['a null address', new JuteWriter().long(InitialProtocol.V1).long(1).int32(-1)],
    ['too long an address', new JuteWriter().long(InitialProtocol.V2).long(1).int32(2049)],
  ])('refuses %s', (_what, writer) => {
    expect(() => readInitialMessage(writer.take())).toThrow(MarshallingError);
  });
});

function anonymous(): Buffer {
  return new JuteWriter().int64(2n ** 63n - 1n).take();
}
