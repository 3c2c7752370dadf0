import { describe, expect, it } from 'vitest';
import { InterProcessMutex } from '../../../src/recipes/index.js';
import { PATH, mutexOf } from '../model/mutex-of.js';
import { TIMEOUT_MS, World } from '../model/world.js';

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
