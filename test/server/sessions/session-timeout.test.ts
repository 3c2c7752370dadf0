import { expect, it } from 'vitest';
import { negotiateSessionTimeout } from '../../../src/server/sessions/session-timeout.js';

it.each([
  [10_000, 10_000],
  [4000, 4000],
  [3999, 4000],
  [0, 4000],
  [-5, 4000],
  [40_001, 40_000],
  [2 ** 31 - 1, 40_000],
])('a wish of %i ms becomes %i ms', (wanted, negotiated) => {
  expect(negotiateSessionTimeout(wanted, { minSessionTimeoutMs: 4000, maxSessionTimeoutMs: 40_000 })).toBe(negotiated);
});
