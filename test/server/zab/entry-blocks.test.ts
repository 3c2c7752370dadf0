import { expect, it } from 'vitest';
import { makeZxid } from '../../../src/protocol/zxid.js';
import { EntryBlocks } from '../../../src/server/zab/entry-blocks.js';
import { lengthOf, type Entry } from '../../../src/server/zab/entry.js';

const text = ({ bytes, start, end }: Entry): string => bytes.toString('latin1', start, end);

it('keeps what was there, whatever becomes of the bytes it was in, in few blocks', () => {
  const blocks = new EntryBlocks();
  const source = Buffer.alloc(20_000);
  const lengths = [0, 1, 3, 200, 8192, 8193, 20_000];
  const kept = Array.from({ length: 2_000 }, (_, i) => {
    const length = i % 100 === 0 ? lengths[(i / 100) % lengths.length]! : 150 + (i % 100);
    source.fill(i % 251);
    return blocks.keep({ zxid: makeZxid(1, i + 1), bytes: source, start: 20_000 - length, end: 20_000 });
  });
  source.fill(0);
  for (const [i, entry] of kept.entries()) {
    expect(entry.zxid).toBe(makeZxid(1, i + 1));
    expect(text(entry)).toBe(String.fromCharCode(i % 251).repeat(lengthOf(entry)));
  }
  const shared = kept.filter((entry) => lengthOf(entry) <= 8192);
  expect(new Set(shared.map(({ bytes }) => bytes)).size).toBeLessThan(12);
});
