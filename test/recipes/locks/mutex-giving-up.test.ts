import { describe, expect, it } from 'vitest';
import { TimeoutError } from '../../../src/client/index.js';
import { mutexOf } from '../model/mutex-of.js';
import { World } from '../model/world.js';

describe('giving up', () => {
  it('is quick to say no, and leaves no place in the line', async () => {
    const world = new World();
    const holder = await world.until(mutexOf(world).acquire());
    expect(await world.until(mutexOf(world).tryAcquire())).toBeNull();
    expect(world.server.ephemerals).toEqual([holder.path]);
    await world.until(holder.release());
    const hold = await world.until(mutexOf(world).tryAcquire());
    expect(hold?.isHeld()).toBe(true);
  });

  it('times out with a word on who is ahead', async () => {
    const world = new World();
    const mutex = mutexOf(world);
    const holder = await world.until(mutex.acquire());
    const startMs = world.time.monotonicMs();
    const late = mutex.acquire({ timeoutMs: 500 });
    const error: unknown = await world.until(late.catch((each: unknown) => each));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(String(error)).toContain(`waiting behind ${holder.path}, 1 ahead; this client holds it itself`);
    expect(world.time.monotonicMs() - startMs).toBeLessThan(600);
    expect(world.server.ephemerals).toEqual([holder.path]);
    expect(world.server.watchCount).toBe(0);
  });

  it('does not start with a signal that has aborted, or with no time at all', async () => {
    const world = new World();
    const mutex = mutexOf(world);
    const signal = AbortSignal.abort(new Error('too late'));
    await expect(world.until(mutex.acquire({ signal }))).rejects.toThrow('too late');
    await expect(world.until(mutex.acquire({ timeoutMs: 0 }))).rejects.toBeInstanceOf(TimeoutError);
    expect(world.clients[0]?.sent.get('create')).toBeUndefined();
  });

  it('leaves nothing, whenever the abort comes', async () => {
    for (let atMs = 0; atMs < 40; atMs += 0.5) {
      const world = new World(atMs * 2 + 1);
      const holder = await world.until(mutexOf(world).acquire());
      const abort = new AbortController();
      const waiting = mutexOf(world).acquire({ signal: abort.signal, revocable: atMs % 2 === 0 });
      await world.time.pass(atMs);
      abort.abort(new Error('stop'));
      await expect(world.until(waiting)).rejects.toThrow('stop');
      expect(world.server.ephemerals).toEqual([holder.path]);
      await world.time.pass(10); // an event may be under way
      expect({ atMs, watches: world.server.watchCount }).toEqual({ atMs, watches: 0 });
      expect(world.clients.map((each) => each.listenerCount + each.openHandles)).toEqual([0, 0]);
    }
  });

  it('either keeps the lock or rejects, never both, when abort and grant meet', async () => {
    const outcomes = { granted: 0, rejected: 0 };
    for (let atMs = 0; atMs < 24; atMs += 0.1) {
      const world = new World(Math.round(atMs * 10) + 1);
      const abort = new AbortController();
      const mutex = mutexOf(world);
      const waiting = mutex.acquire({ signal: abort.signal });
      await world.time.pass(atMs);
      abort.abort(new Error('stop'));
      const [result] = await world.until(Promise.allSettled([waiting]));
      await world.time.pass(10);
      if (result?.status === 'fulfilled') {
        outcomes.granted += 1;
        expect(world.server.ephemerals).toEqual([result.value.path]);
      } else {
        outcomes.rejected += 1;
        expect(world.server.ephemerals).toEqual([]);
      }
    }
    expect(outcomes.granted).toBeGreaterThan(10);
    expect(outcomes.rejected).toBeGreaterThan(10);
  });

  it('does not keep its caller waiting while there is no connection', async () => {
    const world = new World();
    const holder = await world.until(mutexOf(world).acquire());
    const abort = new AbortController();
    const waiting = mutexOf(world).acquire({ signal: abort.signal });
    await world.time.pass(20);
    const client = world.clients[1];
    client?.disconnect();
    abort.abort(new Error('stop'));
    await expect(waiting).rejects.toThrow('stop');
    client?.connect();
    await world.time.pass(50);
    expect(world.server.ephemerals).toEqual([holder.path]);
    expect(world.server.watchCount).toBe(0);
  });
});
