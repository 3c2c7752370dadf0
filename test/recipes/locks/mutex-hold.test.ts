import { describe, expect, it } from 'vitest';
import { KeeperError, TimeoutError } from '../../../src/client/index.js';
import { LockLostError } from '../../../src/recipes/index.js';
import { mutexOf } from '../model/mutex-of.js';
import { TIMEOUT_MS, World } from '../model/world.js';

describe('a hold', () => {
  it('aborts before the server lets anybody else in, when it is cut off in silence', async () => {
    const world = new World();
    const holder = await world.until(mutexOf(world).acquire());
    const waiting = mutexOf(world).acquire();
    await world.time.pass(1000);
    let lostAtMs = Infinity;
    holder.signal.addEventListener('abort', () => (lostAtMs = world.time.monotonicMs()));
    const client = world.clients[0];
    if (client) client.silence = 'both';
    const next = await world.until(waiting);
    expect(lostAtMs).toBeLessThan(world.time.monotonicMs());
    expect(holder.signal.reason).toBeInstanceOf(LockLostError);
    expect(holder.signal.reason).toMatchObject({ reason: 'deadline-passed', token: holder.token });
    expect(next.token).toBeGreaterThan(holder.token);
  });

  it('outlives an interruption that is shorter than its session', async () => {
    const world = new World();
    const holder = await world.until(mutexOf(world).acquire());
    const client = world.clients[0];
    for (let i = 0; i < 5; i += 1) {
      client?.disconnect();
      await world.time.pass(3000);
      expect(holder.isHeld()).toBe(true);
      client?.connect();
      await world.time.pass(10_000);
    }
    expect(holder.isHeld()).toBe(true);
    expect(holder.remainingMs()).toBeGreaterThan(TIMEOUT_MS / 2);
  });

  it('ends at the interruption when told so', async () => {
    const world = new World();
    const holder = await world.until(mutexOf(world, { onSuspended: 'abort' }).acquire());
    world.clients[0]?.disconnect();
    expect(holder.signal.reason).toMatchObject({ reason: 'suspended' });
    expect(holder.isHeld()).toBe(false);
    expect(world.clients[0]?.listenerCount).toBe(0);
  });

  it('never comes back to life', async () => {
    const world = new World();
    const holder = await world.until(mutexOf(world).acquire());
    const client = world.clients[0];
    client?.disconnect();
    await world.time.pass(TIMEOUT_MS - 500);
    expect(holder.isHeld()).toBe(false); // the session still lives
    client?.connect();
    await world.time.pass(100);
    expect(world.server.has(holder.path)).toBe(true);
    expect(holder.isHeld()).toBe(false);
    await world.until(holder.release());
    await world.time.pass(100);
    expect(world.server.ephemerals).toEqual([]);
  });

  it('tells the truth at the first look after a stall, though no timer has run', async () => {
    const world = new World();
    const holder = await world.until(mutexOf(world).acquire());
    world.time.stall(2 * TIMEOUT_MS);
    expect(holder.signal.aborted).toBe(false);
    expect(holder.isHeld()).toBe(false);
    expect(holder.signal.aborted).toBe(true);
    expect(() => holder.assertHeld()).toThrow(LockLostError);
    expect(() => holder.checkOp()).toThrow(LockLostError);
  });

  it('learns of a node deleted by hand when it asks', async () => {
    const world = new World();
    const holder = await world.until(mutexOf(world).acquire());
    expect(await world.until(holder.verify())).toBe(true);
    world.server.delete(holder.path);
    expect(holder.isHeld()).toBe(true);
    expect(await world.until(holder.verify())).toBe(false);
    expect(holder.signal.reason).toMatchObject({ reason: 'node-deleted' });
  });

  it('says when it is first looked at after its end why it ended', async () => {
    const world = new World();
    const mutex = mutexOf(world);
    const released = await world.until(mutex.acquire());
    await world.until(released.release());
    expect(released.signal.reason).toBeInstanceOf(LockLostError);
    expect(released.signal.reason).toMatchObject({ reason: 'released', path: released.path, token: released.token });
    expect(released.signal).toBe(released.signal);

    const lost = await world.until(mutex.acquire());
    world.server.endSession(lost.sessionId);
    world.clients[0]?.connect();
    await world.time.pass(100);
    await world.until(lost.release());
    expect(lost.signal.reason).toMatchObject({ reason: 'session-over' });
    expect(() => lost.assertHeld()).toThrow(lost.signal.reason as Error);
  });

  it('says that it was released, whatever became of the other holds of its owner since', async () => {
    const world = new World();
    const mutex = mutexOf(world);
    const owner = 'owner';
    const [one, other, last] = await world.until(
      Promise.all([mutex.acquire({ owner }), mutex.acquire({ owner }), mutex.acquire({ owner })]),
    );
    expect(other.signal.aborted).toBe(false);
    await world.until(Promise.all([one.release(), other.release()]));
    expect(other.signal.reason).toMatchObject({ reason: 'released' });
    world.server.delete(last.path);
    expect(await world.until(last.verify())).toBe(false);
    expect(one.signal.reason).toMatchObject({ reason: 'released' });
    expect(last.signal.reason).toMatchObject({ reason: 'node-deleted' });
  });

  it('is over with its session, and with its client', async () => {
    const world = new World();
    const [one, other] = [mutexOf(world), mutexOf(world)];
    const holder = await world.until(one.acquire());
    world.server.endSession(holder.sessionId);
    world.clients[0]?.connect();
    expect(holder.signal.reason).toMatchObject({ reason: 'session-over' });
    const next = await world.until(other.acquire());
    world.clients[1]?.close();
    expect(next.signal.reason).toMatchObject({ reason: 'session-over' });
    await world.until(Promise.all([holder.release(), next.release()]));
  });

  it('that is lost is released at once, with no connection', async () => {
    const world = new World();
    const holder = await world.until(mutexOf(world).acquire());
    world.clients[0]?.disconnect();
    await world.time.pass(TIMEOUT_MS);
    expect(holder.isHeld()).toBe(false);
    await holder.release();
  });

  it('can limit the wait for a release, which goes on unseen', async () => {
    const world = new World();
    const holder = await world.until(mutexOf(world).acquire());
    const client = world.clients[0];
    client?.disconnect();
    await expect(world.until(holder.release({ timeoutMs: 100 }))).rejects.toBeInstanceOf(TimeoutError);
    client?.connect();
    await world.until(holder.release());
    expect(world.server.ephemerals).toEqual([]);
  });

  it('leaves a waiter of another session alone when the client is closed', async () => {
    const world = new World();
    const [one, other] = [mutexOf(world), mutexOf(world)];
    await world.until(one.acquire());
    const waiting = other.acquire();
    await world.time.pass(20);
    world.clients[1]?.close();
    const error: unknown = await world.until(waiting.catch((each: unknown) => each));
    expect(error).toBeInstanceOf(KeeperError);
    expect(error).toMatchObject({ code: 'CLOSED' });
  });
});
