import { describe, expect, it } from 'vitest';
import { PATH, mutexOf } from '../model/mutex-of.js';
import { World } from '../model/world.js';

describe('the line', () => {
  it('is served in the order of arrival, with growing tokens and one wake-up a release', async () => {
    const world = new World(7);
    const arrived: number[] = [];
    const tokens: number[] = [];
    const done: Promise<void>[] = [];
    const first = await world.until(mutexOf(world).acquire());
    for (let i = 0; i < 20; i += 1) {
      const turn = mutexOf(world).run((hold) => {
        arrived.push(i);
        tokens.push(hold.token);
      });
      done.push(turn);
      await world.time.pass(50);
    }
    expect(world.server.watchCount).toBe(20);
    expect(world.server.watchEvents).toBe(0);
    await world.until(first.release());
    await world.until(Promise.all(done));
    expect(arrived).toEqual([...Array(20).keys()]);
    expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
    expect(world.server.watchEvents).toBe(20);
    expect(world.server.watchCount).toBe(0);
    expect(world.server.ephemerals).toEqual([]);
  });

  it('closes up when one in the middle leaves: the next watches the one before, and nothing stays behind', async () => {
    const world = new World();
    const holder = await world.until(mutexOf(world).acquire());
    const aborts = Array.from({ length: 10 }, () => new AbortController());
    const waits: Promise<unknown>[] = [];
    for (const { signal } of aborts) {
      waits.push(mutexOf(world).acquire({ signal }));
      await world.time.pass(20);
    }
    const line = await world.until(mutexOf(world).participants());
    const fifth = world.clients[5];
    aborts[4]?.abort(new Error('changed my mind'));
    await expect(world.until(waits[4] ?? holder.release())).rejects.toThrow('changed my mind');
    expect(fifth?.openHandles).toBe(0);
    expect(world.server.has(line[5] ?? '')).toBe(false);
    expect(world.server.watchEvents).toBe(1); // the sixth, who now watches the fourth
    await world.time.pass(20);
    expect(world.server.watchCount).toBe(9);
    aborts.slice(5).forEach((each) => each.abort());
    await world.until(Promise.allSettled(waits.slice(5)));
    expect(await world.until(mutexOf(world).participants())).toEqual(line.slice(0, 5));
  });

  it('starts over when its own node is deleted by hand', async () => {
    const world = new World();
    const holder = await world.until(mutexOf(world).acquire());
    const waiting = mutexOf(world).acquire();
    await world.time.pass(20);
    const [, node] = await world.until(mutexOf(world).participants());
    world.server.delete(node ?? '');
    await world.until(holder.release());
    const hold = await world.until(waiting);
    expect(hold.path).not.toBe(node);
    expect(hold.isHeld()).toBe(true);
  });

  it('makes its path again when the container was collected between rounds', async () => {
    const world = new World();
    const mutex = mutexOf(world);
    const tokens: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      await world.until(mutex.run((hold) => void tokens.push(hold.token)));
      world.server.collect(PATH);
      world.server.collect('/locks');
    }
    expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
    expect(new Set(tokens).size).toBe(3);
  });
});
