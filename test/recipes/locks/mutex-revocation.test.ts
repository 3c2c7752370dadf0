import { describe, expect, it } from 'vitest';
import { InterProcessMutex } from '../../../src/recipes/index.js';
import { PATH, mutexOf } from '../model/mutex-of.js';
import { World } from '../model/world.js';

describe('revocation', () => {
  it('asks the holder, who decides', async () => {
    const world = new World();
    const mutex = mutexOf(world, { data: 'me' });
    const hold = await world.until(mutex.acquire({ revocable: true }));
    expect(world.server.read(hold.path).data).toHaveLength(0);
    world.server.setData(hold.path, Buffer.from('something else'));
    await world.time.pass(50);
    expect(hold.revokeRequested.aborted).toBe(false);
    const other = world.client().keeper;
    const [path = ''] = await world.until(new InterProcessMutex(other, PATH).participants());
    await world.until(InterProcessMutex.revoke(other, path));
    await world.time.pass(50);
    expect(hold.revokeRequested.aborted).toBe(true);
    expect(hold.isHeld()).toBe(true);
    await world.until(hold.release());
    await world.time.pass(50);
    expect(world.server.watchCount).toBe(0);
    await world.until(InterProcessMutex.revoke(other, path));
  });

  it('reaches a waiter before it holds anything', async () => {
    const world = new World();
    const holder = await world.until(mutexOf(world).acquire());
    const waiting = mutexOf(world).acquire({ revocable: true });
    await world.time.pass(50);
    const [, path = ''] = await world.until(mutexOf(world).participants());
    await world.until(InterProcessMutex.revoke(world.client().keeper, path));
    await world.until(holder.release());
    const hold = await world.until(waiting);
    await world.time.pass(50);
    expect(hold.revokeRequested.aborted).toBe(true);
  });

  it('never aborts for a lock that cannot be revoked, and sees a deletion at no cost when it can', async () => {
    const world = new World();
    const plain = await world.until(mutexOf(world, { data: 'me' }).acquire());
    expect(world.server.read(plain.path).data.toString()).toBe('me');
    await world.until(InterProcessMutex.revoke(world.client().keeper, plain.path));
    await world.time.pass(50);
    expect(plain.revokeRequested.aborted).toBe(false);
    await world.until(plain.release());
    const hold = await world.until(mutexOf(world).acquire({ revocable: true }));
    world.server.delete(hold.path);
    await world.time.pass(50);
    expect(hold.signal.reason).toMatchObject({ reason: 'node-deleted' });
    await world.until(hold.release());
  });
});
