import { describe, expect, it } from 'vitest';
import { TimeoutError } from '../../../src/client/index.js';
import { mutexOf } from '../model/mutex-of.js';
import { TIMEOUT_MS, World } from '../model/world.js';

describe('owners', () => {
  it('enter again without another node, and leave as often', async () => {
    const world = new World();
    const mutex = mutexOf(world);
    const owner = Symbol('job');
    const outer = await world.until(mutex.acquire({ owner }));
    const inner = await world.until(mutex.acquire({ owner }));
    expect(inner.token).toBe(outer.token);
    expect(world.server.ephemerals).toHaveLength(1);
    await world.until(inner.release());
    await world.until(inner.release());
    expect(inner.isHeld()).toBe(false);
    expect(outer.isHeld()).toBe(true);
    await world.until(outer.release());
    expect(world.server.ephemerals).toEqual([]);
  });

  it('that arrive together share one node', async () => {
    const world = new World();
    const mutex = mutexOf(world);
    const holds = await world.until(Promise.all([1, 2, 3].map(() => mutex.acquire({ owner: 'x' }))));
    expect(new Set(holds.map((hold) => hold.token)).size).toBe(1);
    await world.until(Promise.all(holds.map((hold) => hold.release())));
    expect(world.server.ephemerals).toEqual([]);
  });

  it('exclude one another, and those without an owner', async () => {
    const world = new World();
    const mutex = mutexOf(world);
    const hold = await world.until(mutex.acquire({ owner: 'x' }));
    expect(await world.until(mutex.tryAcquire({ owner: 'y' }))).toBeNull();
    expect(await world.until(mutex.tryAcquire())).toBeNull();
    expect(await world.until(mutex.tryAcquire({ owner: 'x' }))).not.toBeNull();
    await world.until(hold.release());
    expect(await world.until(mutex.tryAcquire({ owner: 'y' }))).toBeNull();
  });

  it('do not enter again what they have lost', async () => {
    const world = new World();
    const mutex = mutexOf(world);
    const lost = await world.until(mutex.acquire({ owner: 'x' }));
    const client = world.clients[0];
    client?.disconnect();
    await world.time.pass(2 * TIMEOUT_MS);
    client?.connect();
    const hold = await world.until(mutex.acquire({ owner: 'x' }));
    expect(hold.token).toBeGreaterThan(lost.token);
    await world.until(lost.release());
    expect(hold.isHeld()).toBe(true);
    expect(world.server.ephemerals).toEqual([hold.path]);
  });

  it('do not wait for themselves inside a hold that was lost while its session lived on', async () => {
    const world = new World();
    const mutex = mutexOf(world, { onSuspended: 'abort' });
    const other = mutexOf(world);
    const turns: string[] = [];
    const outer = mutex.run(
      async (lost) => {
        world.clients[0]?.disconnect();
        world.clients[0]?.connect();
        expect(lost.isHeld()).toBe(false);
        // A task that looks no signal goes on, and enters again.
        await mutex.run(({ token }) => void turns.push(`inner, ${token > lost.token}`), { owner: 'x' });
      },
      { owner: 'x' },
    );
    await world.until(outer);
    await world.until(other.run(() => void turns.push('other')));
    expect(turns).toEqual(['inner, true', 'other']);
    await world.time.pass(100);
    expect(world.server.ephemerals).toEqual([]);
  });

  it('can stop waiting for their own earlier call', async () => {
    const world = new World();
    const [one, other] = [mutexOf(world), mutexOf(world)];
    const holder = await world.until(one.acquire());
    const first = other.acquire({ owner: 'x' });
    const second = other.acquire({ owner: 'x', timeoutMs: 100 });
    await expect(world.until(second)).rejects.toBeInstanceOf(TimeoutError);
    await world.until(holder.release());
    expect((await world.until(first)).isHeld()).toBe(true);
  });
});
