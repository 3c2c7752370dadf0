import { expect, it, vi } from 'vitest';
import { KeeperError, NoNodeError } from '../../../src/client/index.js';
import type { Zxid } from '../../../src/protocol/zxid.js';
import { LockLostError } from '../../../src/recipes/index.js';

const details = { reason: 'released', path: '/locks/a/n', token: 7 as Zxid } as const;

it('tells what was lost and why', () => {
  const error = new LockLostError(details);
  expect(error).toMatchObject({ ...details, name: 'LockLostError', code: 'LOCK_LOST', retryable: false });
  expect(error).toBeInstanceOf(LockLostError);
  expect(error).toBeInstanceOf(KeeperError);
  expect(error).not.toBeInstanceOf(NoNodeError);
  expect(new NoNodeError()).not.toBeInstanceOf(LockLostError);
});

it('is recognised when another copy of the package made it', async () => {
  vi.resetModules();
  const copy = await import('../../../src/recipes/index.js');
  expect(copy.LockLostError).not.toBe(LockLostError);
  expect(new copy.LockLostError(details)).toBeInstanceOf(LockLostError);
  expect(new copy.LockLostError(details)).toBeInstanceOf(KeeperError);
});
