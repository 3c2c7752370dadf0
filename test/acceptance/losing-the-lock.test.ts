import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { KeeperError } from '../../src/client/index.js';
import { InterProcessMutex, LockLostError } from '../../src/recipes/index.js';
import { startServer } from '../../src/testing/index.js';
import { SHORT_SESSION_MS } from '../recipes/live/company.js';
import { MutexScene } from '../recipes/live/mutex-scene.js';
import type { Direction } from '../support/proxy.js';
import { builtFile, projectRoot } from '../support/built.js';
import { TrackedProcess } from '../support/tracked-process.js';

const STEP_MS = 20_000;
const scene = new MutexScene();

beforeAll(async () => {
  scene.server = await startServer();
});
afterAll(() => scene.server.close());
beforeEach(() => scene.enter());
afterEach(() => scene.company.leave());

test('1. Partition the holder: its signal aborts before the next one acquires', async () => {
  const lose = async (place: number, directions: readonly Direction[]): Promise<void> => {
    const path = `${scene.path}/${place}`;
    const proxy = await scene.company.proxy();
    const holder = await scene.company.client({ through: proxy, sessionTimeoutMs: SHORT_SESSION_MS });
    const other = await scene.company.client();
    const ledger = `/ledger-${place}`;
    await other.create(ledger, 'before');
    const hold = await new InterProcessMutex(holder, path).acquire();
    const order: string[] = [];
    hold.signal.addEventListener('abort', () => order.push('lost'));
    proxy.blackHole(...directions);
    const next = await new InterProcessMutex(other, path).acquire({ timeoutMs: STEP_MS });
    order.push('acquired');
    expect(order).toEqual(['lost', 'acquired']);
    expect(hold.signal.reason).toBeInstanceOf(LockLostError);
    expect(hold.isHeld()).toBe(false);
    expect(next.token).toBeGreaterThan(hold.token);
    // What the first one wrote in good faith, and what arrives only now, is refused.
    const late = holder.transaction().check(hold.path).setData(ledger, 'late').commit({ timeoutMs: STEP_MS });
    const refused = expect(late).rejects.toBeInstanceOf(KeeperError);
    proxy.heal();
    await refused;
    expect((await other.getData(ledger)).data?.toString()).toBe('before');
    await next.release();
  };
  await Promise.all([lose(1, ['to-server', 'to-client']), lose(2, ['to-server']), lose(3, ['to-client'])]);
});

test('2. Stall the event loop for twice the session timeout: isHeld() is false at once, the signal aborts in the first turn, a guarded write is refused', async () => {
  builtFile('index.js');
  const client = await scene.company.client();
  const ledger = scene.ledgerPath();
  await new InterProcessMutex(client, scene.path).run(() => undefined); // makes the parents
  await client.create(ledger, 'nobody');
  const args = ['test/acceptance/fixtures/stalled-holder.mjs', scene.server.connectString, scene.path, ledger];
  const child = new TrackedProcess({
    command: process.execPath,
    args: [...args, String(SHORT_SESSION_MS)],
    cwd: projectRoot,
  });
  await child.line((line) => line === 'holds', { timeoutMs: STEP_MS });
  child.write('stall\n');
  // Both locks, while the process that holds them computes.
  for (const path of [scene.path, `${scene.path}-quiet`]) {
    const next = await new InterProcessMutex(client, path).acquire({ timeoutMs: STEP_MS });
    await next.transaction().setData(ledger, 'next').commit();
    expect(child.lines).toEqual(['holds']);
  }
  const seen = await child.line((line) => line.startsWith('{'), { timeoutMs: STEP_MS });
  expect(JSON.parse(seen)).toEqual({
    firstLook: { held: false, remainingMs: 0, aborted: true },
    firstTurn: { aborted: true, reason: 'LockLostError' },
    guardedWrite: 'LockLostError',
    writeWithOldGuard: 'refused',
  });
  expect((await client.getData(ledger)).data?.toString()).toBe('next');
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect(child.stderr).toBe('');
});

test('20. Extending or asking after loss rejects with a typed error and never as an unhandled rejection', async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', onUnhandled);
  const proxy = await scene.company.proxy();
  const cutOff = await scene.company.client({ through: proxy, sessionTimeoutMs: SHORT_SESSION_MS });
  const other = await scene.company.client();
  const mutex = scene.mutexOf(cutOff);
  const outcome = mutex.run(async (hold) => {
    proxy.blackHole('to-server', 'to-client');
    await new Promise<void>((resolve) => hold.signal.addEventListener('abort', () => resolve()));
    expect(hold.signal.reason).toMatchObject({ code: 'LOCK_LOST', reason: 'deadline-passed', path: hold.path });
    expect(hold.remainingMs()).toBe(0);
    expect(() => hold.assertHeld()).toThrow(LockLostError);
    expect(() => hold.checkOp()).toThrow(LockLostError);
    expect(() => hold.transaction()).toThrow(LockLostError);
    expect(await hold.verify()).toBe(false);
    await hold.release();
    await hold.release();
    hold.assertHeld();
  });
  await expect(outcome).rejects.toBeInstanceOf(LockLostError);
  proxy.heal();
  // Whoever comes after finds nothing in the way.
  const next = await scene.mutexOf(other).acquire({ timeoutMs: STEP_MS });
  await next.release();
  await cutOff.close();
  await expect(mutex.acquire()).rejects.toMatchObject({ code: 'CLOSED' });
  // Node reports a rejection that nobody has taken before the next turn.
  await new Promise<void>((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', onUnhandled);
  expect(unhandled).toEqual([]);
});
