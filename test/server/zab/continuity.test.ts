import { expect, it } from 'vitest';
import { follows } from '../../../src/server/zab/continuity.js';
import { zxid } from './support/packets.js';

it.each([
  ['1.2', '1.1', true],
  ['2.1', '1.7', true],
  ['5.1', '1.7', true],
  ['2.1', '2.0', true],
  ['1.1', '0.0', true],
  ['1.3', '1.1', false],
  ['1.1', '1.1', false],
  ['1.1', '1.2', false],
  ['2.2', '1.7', false],
  ['1.1', '2.1', false],
  ['2.0', '1.7', false],
  ['2.0', '1.4294967295', false],
])('%s behind %s: %s (4.9)', (next, previous, expected) => {
  expect(follows(zxid(next), zxid(previous))).toBe(expected);
});
