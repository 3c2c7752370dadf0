import { describe, expect, it } from 'vitest';
import { InterProcessMutex } from '../../../src/recipes/index.js';
import type { InterProcessMutexOptions } from '../../../src/recipes/index.js';
import { PATH, mutexOf } from '../model/mutex-of.js';
import { World } from '../model/world.js';

describe('an uncontended lock', () => {
  it('costs a create and a list, and a delete to give back', async () => {
    const world = new World();
    const mutex = mutexOf(world);
    await world.until(mutex.run(() => undefined)); // makes the parents
    const [client] = world.clients;
    client?.sent.clear();
    await world.until(mutex.run(() => undefined));
    expect(Object.fromEntries(client?.sent ?? [])).toEqual({ create: 1, getChildren: 1, delete: 1 });
  });

  it('is held by a node of the holder, whose creation is the token', async () => {
    const world = new World();
    const hold = await world.until(mutexOf(world).acquire());
    expect(hold.path).toMatch(/^\/locks\/a\/_c_[0-9a-f-]{36}-lock-0000000000$/);
    expect(hold.token).toBe(world.server.read(hold.path).stat.czxid);
    expect(hold.sessionId).toBe(world.clients[0]?.sessionId);
    expect(hold.isHeld()).toBe(true);
    expect(world.server.watchCount).toBe(0);
  });

  it('is gone when release() resolves, and releasing again does nothing', async () => {
    const world = new World();
    const hold = await world.until(mutexOf(world).acquire());
    await world.until(Promise.all([hold.release(), hold.release(), hold[Symbol.asyncDispose]()]));
    expect(world.server.ephemerals).toEqual([]);
    expect(hold.isHeld()).toBe(false);
    expect(hold.remainingMs()).toBe(0);
    expect(hold.signal.reason).toMatchObject({ code: 'LOCK_LOST', reason: 'released', path: hold.path });
    expect(world.clients[0]?.sent.get('delete')).toBe(1);
    expect(world.clients[0]?.listenerCount).toBe(0);
  });
});

describe('run()', () => {
  it('gives back what the function gives, and the lock', async () => {
    const world = new World();
    const mutex = mutexOf(world);
    expect(await world.until(mutex.run((hold) => hold.isHeld()))).toBe(true);
    expect(world.server.ephemerals).toEqual([]);
  });

  it('passes the error of the function on, after giving the lock back', async () => {
    const world = new World();
    const mutex = mutexOf(world);
    const failing = mutex.run(() => Promise.reject(new Error('mine')));
    await expect(world.until(failing)).rejects.toThrow('mine');
    expect(world.server.ephemerals).toEqual([]);
  });
});

describe('bad arguments', () => {
  it.each([
    ['path', 'locks/a', {}],
    ['path', '/locks/', {}],
    ['lockName', '/a', { lockName: '' }],
    ['lockName', '/a', { lockName: 'a/b' }],
    ['deadlineMarginMs', '/a', { deadlineMarginMs: -1 }],
    ['deadlineMarginMs', '/a', { deadlineMarginMs: '100' }],
    // Taken for the default, it would leave a holder running that had asked to be stopped.
    ['onSuspended', '/a', { onSuspended: 'Abort' }],
  ])('are refused by name: %s', (field, path, options) => {
    const { keeper } = new World().client();
    expect(() => new InterProcessMutex(keeper, path, options as InterProcessMutexOptions)).toThrow(field);
  });

  it.each([Number.NaN, -1, '100' as unknown as number])('of a wait reject: %s', async (timeoutMs) => {
    const { keeper } = new World().client();
    const mutex = new InterProcessMutex(keeper, PATH);
    await expect(mutex.acquire({ timeoutMs })).rejects.toThrow(`timeoutMs is ${timeoutMs}`);
  });
});
