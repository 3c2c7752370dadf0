import { expect, test } from 'vitest';
import { SameStates } from '../../../src/testing/sim/ensemble/same-states.js';

const FIRST_LIFE = 'first';

function watched({ safeUpTo = Infinity } = {}) {
  const broken: string[] = [];
  const states = new SameStates({ isSafe: (zxid) => zxid <= safeUpTo, violated: (rule) => broken.push(rule) });
  const see = (sid: number, zxid: number, { digest = BigInt(zxid), life = FIRST_LIFE } = {}): void =>
    states.see({ sid, address: `server${sid}`, state: { life, zxid, digest } });
  return { broken, see };
}

test('servers may be at different transactions, and have the same tree at the same one', () => {
  const { broken, see } = watched();
  for (const zxid of [1, 2, 5]) see(1, zxid);
  for (const zxid of [1, 5]) see(2, zxid);
  expect(broken).toEqual([]);
});

test('another tree at the same transaction is found, whoever has it', () => {
  const { broken, see } = watched();
  see(1, 5);
  see(2, 5, { digest: 7n });
  expect(broken).toEqual(['one tree a zxid']);
});

test('a server that serves does not go back; one that starts again may', () => {
  const { broken, see } = watched();
  see(1, 5);
  see(1, 4, { life: 'second' });
  expect(broken).toEqual([]);
  see(1, 3, { life: 'second' });
  expect(broken).toEqual(['zxids grow']);
});

test('nobody serves what no quorum has on its devices', () => {
  const { broken, see } = watched({ safeUpTo: 5 });
  see(1, 5);
  expect(broken).toEqual([]);
  see(1, 6);
  expect(broken).toEqual(['nothing is served that can be lost']);
});
