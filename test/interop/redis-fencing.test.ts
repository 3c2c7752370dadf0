import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { FencedError, FenceGuard } from '../../src/recipes/redis/index.js';
import { fenceSuite } from '../recipes/redis/fence-suite.js';
import { describeWhere } from './support/peers.js';
import { RedisServer, redisPresent } from './support/redis.js';

describeWhere('the fence guard, on Redis', [redisPresent], () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterEach(async () => {
    await server.connect().flushall();
  });
  afterAll(() => server.stop());

  fenceSuite(() => server.connect());

  it('passes on the error of a command, and keeps the token', async () => {
    const redis = server.connect();
    await redis.set('text', 'x');
    const guard = new FenceGuard(redis);
    await expect(guard.write('text', 3, ['RPUSH', 'y'])).rejects.toThrow('WRONGTYPE');
    await expect(guard.set('text', 2, 'y')).rejects.toBeInstanceOf(FencedError);
    expect(await guard.write('list', 1, ['LINDEX', 9])).toBeNull();
  });

  it('goes on when the server has forgotten its scripts', async () => {
    const redis = server.connect();
    const guard = new FenceGuard(redis);
    await guard.set('a', 2, 'x');
    await redis.script('FLUSH');
    await expect(guard.set('a', 1, 'y')).rejects.toBeInstanceOf(FencedError);
  });

  it('never lets an older token write after a newer one, whoever is how late', async () => {
    const guards = Array.from({ length: 4 }, () => new FenceGuard(server.connect()));
    const tokens = Array.from({ length: 400 }, (_, at) => 2 ** 40 + at);
    const accepted: number[] = [];
    const writes = tokens.map(async (token, at) => {
      const guard = guards[(at * 7) % guards.length] as FenceGuard;
      await guard.write('log', token, ['RPUSH', token]).then(
        () => accepted.push(token),
        (error: unknown) => expect(error).toBeInstanceOf(FencedError),
      );
    });
    await Promise.all(writes);
    const log = (await server.connect().lrange('log', 0, -1)).map(Number);
    expect(log).toEqual([...log].sort((a, b) => a - b));
    expect([...log]).toEqual([...accepted].sort((a, b) => a - b));
  });
});
