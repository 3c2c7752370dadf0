import { expect, it } from 'vitest';
import { BadArgumentsError } from '../../../src/client/index.js';
import { FencedError, FenceGuard } from '../../../src/recipes/redis/index.js';
import type { FenceRedis } from '../../../src/recipes/redis/index.js';

/** What the tests look at beside the guard. */
export interface TestRedis extends FenceRedis {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<unknown>;
  pttl(key: string): Promise<number>;
  lrange(key: string, from: number, to: number): Promise<string[]>;
}

const MAX = Number.MAX_SAFE_INTEGER;

/** What a guard promises, on a mock and on a server alike. */
export function fenceSuite(connect: () => TestRedis): void {
  it('lets a holder write many times, and refuses it once a later one has written', async () => {
    const redis = connect();
    const guard = new FenceGuard(redis);
    await guard.set('a', 5, 'one');
    await guard.set('a', { token: 5 }, 'two');
    await guard.set('a', 9, 'three');
    const late: unknown = await guard.set('a', 5, 'four').catch((error: unknown) => error);
    expect(late).toBeInstanceOf(FencedError);
    expect(late).toMatchObject({ code: 'FENCED', token: 5, highest: 9, path: 'a', retryable: false });
    expect(await redis.get('a')).toBe('three');
    expect(await redis.get('{a}:fence')).toBe('9');
    expect(await redis.pttl('{a}:fence')).toBe(-1);
  });

  it('takes any command that begins with the key, and hands its answer on', async () => {
    const redis = connect();
    const guard = new FenceGuard(redis);
    expect(await guard.write('list', 1, ['RPUSH', 'x', 'y'])).toBe(2);
    expect(await redis.lrange('list', 0, -1)).toEqual(['x', 'y']);
    expect(await guard.delete('list', 1)).toBe(true);
    expect(await guard.delete('list', 1)).toBe(false);
    await guard.set('timed', 1, 'x', 'PX', 60_000);
    expect(await redis.pttl('timed')).toBeGreaterThan(0);
  });

  it('remembers the token when the key is gone, and when only told of it', async () => {
    const guard = new FenceGuard(connect());
    await guard.set('b', 7, 'x');
    await guard.delete('b', 7);
    await expect(guard.set('b', 6, 'y')).rejects.toBeInstanceOf(FencedError);
    await guard.raise('c', 8);
    await expect(guard.set('c', 7, 'y')).rejects.toBeInstanceOf(FencedError);
  });

  it('tells neighbouring tokens apart up to the end of the doubles, and refuses what lies beyond', async () => {
    const guard = new FenceGuard(connect());
    await guard.set('big', MAX - 1, 'x');
    await guard.set('big', MAX, 'y');
    await expect(guard.set('big', MAX - 1, 'z')).rejects.toMatchObject({ highest: MAX });
    for (const token of [MAX + 1, -1, 1.5, NaN, null as never, '7' as never, {} as never]) {
      await expect(guard.set('big', token, 'z')).rejects.toBeInstanceOf(BadArgumentsError);
    }
  });

  it('keeps the token in the slot of the key', async () => {
    const redis = connect();
    const guard = new FenceGuard(redis);
    await guard.set('{user:1}.cart', 4, 'x');
    expect(await redis.get('{user:1}.cart:fence')).toBe('4');
    await expect(guard.set('odd}key', 4, 'x')).rejects.toThrow('fenceKeyOf');
    const shared = new FenceGuard(redis, { fenceKeyOf: () => '{order}:fence' });
    await shared.set('{order}:a', 4, 'x');
    await expect(shared.set('{order}:b', 3, 'x')).rejects.toBeInstanceOf(FencedError);
  });
}
