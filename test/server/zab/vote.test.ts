import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_VOTE } from '../../../src/protocol/quorum/index.js';
import { hierarchical, majorityOf } from '../../../src/server/zab/quorum-verifier.js';
import { beats, BLANK_VOTE } from '../../../src/server/zab/vote.js';

const three = majorityOf([1, 2, 3]);
const claims = fc.record({
  leader: fc.constantFrom(NO_VOTE, 1, 2, 3),
  zxid: fc.constantFrom(NO_VOTE, 0, 1, 0x1_0000_0001, 0x2_0000_0000),
  peerEpoch: fc.constantFrom(NO_VOTE, 0, 1, 2),
});

describe('the order of votes', () => {
  it.each([
    ['an epoch', { leader: 1, zxid: 0, peerEpoch: 2 }, { leader: 3, zxid: 0x1_0000_0005, peerEpoch: 1 }],
    ['a zxid', { leader: 1, zxid: 6, peerEpoch: 1 }, { leader: 3, zxid: 5, peerEpoch: 1 }],
    ['a sid', { leader: 3, zxid: 5, peerEpoch: 1 }, { leader: 2, zxid: 5, peerEpoch: 1 }],
    ['any vote over none', { leader: 1, zxid: 0, peerEpoch: 0 }, BLANK_VOTE],
  ])('is decided by %s', (_what, better, worse) => {
    expect(beats(better, worse, three)).toBe(true);
    expect(beats(worse, better, three)).toBe(false);
  });

  it('is total: of two different votes exactly one beats the other', () => {
    fc.assert(
      fc.property(claims, claims, (a, b) => {
        const isSame = a.leader === b.leader && a.zxid === b.zxid && a.peerEpoch === b.peerEpoch;
        expect(Number(beats(a, b, three)) + Number(beats(b, a, three))).toBe(isSame ? 0 : 1);
      }),
    );
  });

  it('never puts a server of weight 0 before any other', () => {
    const verifier = hierarchical({
      participants: [1, 2, 3],
      groups: new Map([[1, [1, 2, 3]]]),
      weights: new Map([[3, 0]]),
    });
    expect(beats({ leader: 3, zxid: 9, peerEpoch: 9 }, { leader: 1, zxid: 0, peerEpoch: 0 }, verifier)).toBe(false);
  });
});
