import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Zxid } from '../../../src/protocol/index.js';
import { JuteWriter, MarshallingError } from '../../../src/protocol/index.js';
import type { QuorumPacket } from '../../../src/protocol/quorum/index.js';
import { PacketSplitter, writeQuorumPacket } from '../../../src/protocol/quorum/index.js';

const FIELD_BYTES_MAX = 1000;

const text = fc.oneof(fc.constant(null), fc.string({ maxLength: 8 }));
const packets: fc.Arbitrary<QuorumPacket> = fc.record({
  type: fc.integer({ min: 1, max: 19 }),
  zxid: fc.integer({ min: -1, max: Number.MAX_SAFE_INTEGER }).map((zxid) => zxid as Zxid),
  data: fc.oneof(
    fc.constant(null),
    fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
  ),
  authinfo: fc.oneof(fc.constant(null), fc.array(fc.record({ scheme: text, id: text }), { maxLength: 3 })),
});

function bytesOf(list: readonly QuorumPacket[]): Buffer {
  const writer = new JuteWriter();
  for (const packet of list) writeQuorumPacket(writer, packet);
  return writer.take();
}

function splitter(): PacketSplitter {
  return new PacketSplitter({ fieldBytesMax: FIELD_BYTES_MAX });
}

describe('PacketSplitter', () => {
  it('finds the same packets wherever the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(packets, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 6 }), (list, cuts) => {
        const bytes = bytesOf(list);
        const at = [0, ...cuts.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
        const found: QuorumPacket[] = [];
        const split = splitter();
        for (const [i, end] of at.slice(1).entries()) {
          split.push(bytes.subarray(at[i], end), (view) => {
            found.push({ type: view.type, zxid: view.zxid, data: view.data(), authinfo: view.authinfo() });
            return true;
          });
        }
        expect(found).toEqual(list);
      }),
    );
  });

  it('keeps what follows a packet whose handler stops, and goes on with it', () => {
    fc.assert(
      fc.property(fc.array(packets, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 40 }), (list, step) => {
        const bytes = bytesOf(list);
        const types: number[] = [];
        const split = splitter();
        const take = (): number => {
          const before = types.length;
          split.proceed((view) => types.push(view.type) < 0);
          return types.length - before;
        };
        for (let at = 0; at < bytes.length; at += step) {
          split.push(bytes.subarray(at, at + step), (view) => types.push(view.type) < 0);
          while (take() > 0);
        }
        expect(types).toEqual(list.map((packet) => packet.type));
      }),
    );
  });

  it('gives the rest away when it is a snapshot', () => {
    const snap = bytesOf([{ type: 15, zxid: 7 as Zxid, data: null, authinfo: null }]);
    for (let cut = 0; cut <= snap.length; cut++) {
      const split = splitter();
      const stream = Buffer.concat([snap, Buffer.from('snapshot')]);
      let isFound = false;
      const rest: Buffer[] = [];
      for (const chunk of [stream.subarray(0, cut), stream.subarray(cut)]) {
        if (isFound) rest.push(chunk);
        else split.push(chunk, () => !(isFound = true));
        rest.push(split.takeRest());
      }
      expect(Buffer.concat(rest).toString()).toBe('snapshot');
      expect(split.takeRest()).toHaveLength(0);
    }
  });

  it.each([
    [
      'data longer than allowed',
      new JuteWriter()
        .int32(2)
        .long(1)
        .int32(FIELD_BYTES_MAX + 1),
    ],
    ['a length below -1', new JuteWriter().int32(2).long(1).int32(-2)],
    [
      'more ids than could fit',
      new JuteWriter()
        .int32(1)
        .long(1)
        .int32(-1)
        .int32(1 << 20),
    ],
    ['an id longer than allowed', new JuteWriter().int32(1).long(1).int32(-1).int32(1).int32(FIELD_BYTES_MAX)],
    ['ids that are too long together', ids(3, FIELD_BYTES_MAX / 5)],
    [
      'a zxid that no number holds exactly',
      new JuteWriter()
        .int32(3)
        .int64(2n ** 60n + 1n)
        .int32(-1)
        .int32(-1),
    ],
  ])('refuses %s as soon as it is seen', (_what, writer) => {
    expect(() => splitter().push(writer.take(), () => true)).toThrow(MarshallingError);
  });
});

function ids(count: number, bytes: number): JuteWriter {
  const writer = new JuteWriter().int32(1).long(1).int32(-1).int32(count);
  for (let i = 0; i < 2 * count; i++) writer.buffer(Buffer.alloc(bytes));
  return writer;
}
