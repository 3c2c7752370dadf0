import { describe, expect, it } from 'vitest';
import { KeeperError, TimeoutError } from '../../../src/client/index.js';
import { InterProcessMutex, LockLostError } from '../../../src/recipes/index.js';
import type { InterProcessMutexOptions } from '../../../src/recipes/index.js';
import { TIMEOUT_MS, World } from '../model/world.js';

const PATH = '/locks/a';

function mutexOf(world: World, options = {}): InterProcessMutex {
  return new InterProcessMutex(world.client().keeper, PATH, options);
}

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

describe('lost replies', () => {
  it.each(['create', 'getChildren', 'getData', 'sync', 'exists', 'delete', 'removeWatches'])(
    'of %s leave exactly one contender, then none',
    async (op) => {
      const world = new World();
      const holder = await world.until(mutexOf(world).acquire());
      const client = world.client();
      const mutex = new InterProcessMutex(client.keeper, PATH);
      client.loseNextReply(op);
      if (op === 'sync' || op === 'exists') client.loseNextReply('create'); // only then are they asked
      const waiting = mutex.acquire();
      for (let i = 0; i < 5; i += 1) {
        await world.time.pass(200);
        client.connect();
      }
      await world.time.pass(200);
      expect(await world.until(mutex.participants())).toHaveLength(2);
      await world.until(holder.release());
      const hold = await world.until(waiting);
      const released = hold.release();
      await world.time.pass(200);
      client.connect();
      await world.until(released);
      expect(world.server.ephemerals).toEqual([]);
      await world.time.pass(10);
      expect(world.server.watchCount).toBe(0);
    },
  );

  it('of a create that nobody waits for any more are looked up all the same', async () => {
    const world = new World();
    const client = world.client();
    await world.until(new InterProcessMutex(client.keeper, PATH).run(() => undefined));
    const abort = new AbortController();
    client.loseNextReply('create');
    const waiting = new InterProcessMutex(client.keeper, PATH).acquire({ signal: abort.signal });
    waiting.catch(() => undefined);
    while (client.state === 'connected') await world.time.pass(1);
    expect(world.server.ephemerals).toHaveLength(1);
    abort.abort(new Error('stop'));
    await expect(waiting).rejects.toThrow('stop');
    client.connect();
    await world.time.pass(2000);
    expect(world.server.ephemerals).toEqual([]);
  });

  it('do not let a node of an earlier session be adopted', async () => {
    const world = new World();
    const client = world.client();
    const mutex = new InterProcessMutex(client.keeper, PATH);
    client.loseNextReply('create');
    const waiting = mutex.acquire();
    while (client.state === 'connected') await world.time.pass(1);
    const before = client.sessionId;
    await world.time.pass(TIMEOUT_MS + 1);
    client.connect();
    const hold = await world.until(waiting);
    expect(hold.sessionId).toBe(client.sessionId);
    expect(hold.sessionId).not.toBe(before);
    expect(world.server.ephemerals).toEqual([hold.path]);
  });
});

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
