import { describe, expect, it } from 'vitest';
import type { Client } from '../../../src/client/index.js';
import { ExecutionError, Redlock, ResourceLockedError } from '../../../src/recipes/redis/index.js';
import type { RedlockComparison, TheirLock, TheirRedlock } from '../../../src/recipes/redis/index.js';
import { simulate } from '../../../src/testing/index.js';
import type { SimulatedWorld } from '../../../src/testing/index.js';

/** A Redlock on one Redis that never fails; its locks do not expire unless the test says so. */
class OtherRedlock implements TheirRedlock {
  readonly held = new Set<string>();
  extensions = 0;
  failsExtending = false;
  /** What each call waits for, before Redis answers it. */
  answer: () => Promise<void> = () => Promise.resolve();

  async acquire(resources: string[]): Promise<TheirLock> {
    if (resources.some((name) => this.held.has(name))) throw new Error('quorum');
    for (const name of resources) this.held.add(name);
    const lock: TheirLock = {
      release: async () => resources.forEach((name) => this.held.delete(name)),
      extend: async () => {
        if (this.failsExtending) throw new Error('cannot extend');
        await this.answer();
        this.extensions += 1;
        return lock;
      },
    };
    await this.answer();
    return lock;
  }
}

async function connected(world: SimulatedWorld, sessionTimeoutMs = 4000): Promise<Client> {
  const client = world.client({ sessionTimeoutMs });
  await client.connected();
  return client;
}

describe('Redlock over pinfold', () => {
  it('excludes, waits its turn, and hands over at once', () =>
    simulate(async (world) => {
      const one = new Redlock({ client: await connected(world) });
      const two = new Redlock({ client: await connected(world) });
      const lock = await one.acquire(['a', 'b'], 5000);
      expect(lock.expiration).toBeGreaterThan(0);
      const waiting = two.acquire(['b', 'c'], 5000);
      await world.sleep(300);
      const startMs = world.nowMs;
      await lock.release();
      const next = await waiting;
      expect(world.nowMs - startMs).toBeLessThan(100);
      expect(next.tokenOf('b')).toBeGreaterThan(lock.tokenOf('b') ?? 0);
      expect(next.token).not.toBeNull();
      await next.release();
      await next.release();
    }));

  it('tells who is locked out as redlock does, after its retries', () =>
    simulate(async (world) => {
      const one = new Redlock({ client: await connected(world) });
      const two = new Redlock({ client: await connected(world), retryCount: 3, retryDelay: 100 });
      const told: unknown[] = [];
      two.on('error', (error) => told.push(error));
      const lock = await one.acquire(['a'], 60_000);
      const startMs = world.nowMs;
      const error: unknown = await two.acquire(['a'], 1000).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(ExecutionError);
      expect((error as Error).cause).toBeInstanceOf(ResourceLockedError);
      expect(world.nowMs - startMs).toBeGreaterThan(290);
      await expect(two.acquire(['a'], 1000, { retryCount: 0 })).rejects.toBeInstanceOf(ExecutionError);
      expect(told).toHaveLength(2);
      await lock.release();
    }));

  it('ends a lock when its time is over, unless it was extended', () =>
    simulate(async (world) => {
      const client = await connected(world);
      const redlock = new Redlock({ client });
      const lock = await redlock.acquire(['a'], 1000);
      await world.sleep(800);
      await redlock.extend(lock, 1000);
      await world.sleep(800);
      expect(lock.isHeld()).toBe(true);
      await world.sleep(300);
      expect(lock.isHeld()).toBe(false);
      expect(lock.signal.reason).toBeInstanceOf(ExecutionError);
      await expect(lock.extend(1000)).rejects.toBeInstanceOf(ExecutionError);
      await lock.release();
      const next = await redlock.acquire(['a'], 1000, { retryCount: 0 });
      await redlock.release(next);
    }));

  it('using: lives longer than its duration, and its signal tells the loss', () =>
    simulate(async (world) => {
      const client = await connected(world, 2000);
      const redlock = new Redlock({ client });
      const result = await redlock.using(['a'], 500, async (signal, { lock }) => {
        await world.sleep(3000);
        expect(signal.aborted).toBe(false);
        world.isolate(client);
        await world.until(() => signal.aborted);
        expect(signal.error).toBeInstanceOf(Error);
        expect(lock.isHeld()).toBe(false);
        world.heal();
        await client.connected();
        return 'done';
      });
      expect(result).toBe('done');
      await expect(
        redlock.using(['a'], 500, { retryCount: 1 }, () => Promise.reject(new Error('mine'))),
      ).rejects.toThrow('mine');
    }));

  it('using: has no ceiling, even for a process that stands still for longer than the duration', () =>
    simulate(async (world) => {
      const client = await connected(world, 8000);
      await new Redlock({ client }).using(['a'], 500, async (signal, { lock }) => {
        world.stall(client, 2000);
        await world.sleep(1, { client });
        await world.sleep(1000, { client });
        expect([signal.aborted, lock.isHeld()]).toEqual([false, true]);
      });
    }));

  it('does not extend what is being released', () =>
    simulate(async (world) => {
      const theirs = new OtherRedlock();
      const redlock = new Redlock({ client: await connected(world), mode: 'dual', theirs });
      const lock = await redlock.acquire(['a'], 1000);
      theirs.answer = () => world.sleep(50);
      const extending = lock.extend(5000).catch((error: unknown) => error);
      await lock.release();
      expect(await extending).toBeInstanceOf(ExecutionError);
      expect(theirs.held.size).toBe(0);
      expect([lock.expiration, lock.isHeld()]).toEqual([0, false]);
    }));

  it('tries once without retries, and not for longer than it would hold', () =>
    simulate(async (world) => {
      const client = await connected(world, 2000);
      world.isolate(client);
      await world.until(() => client.state === 'lost');
      const startMs = world.nowMs;
      const redlock = new Redlock({ client, retryCount: 0 });
      await expect(redlock.acquire(['a'], 1000)).rejects.toBeInstanceOf(ExecutionError);
      expect(world.nowMs - startMs).toBeLessThan(1050);
    }));

  it('refuses what makes no sense', () =>
    simulate(async (world) => {
      const client = await connected(world);
      expect(() => new Redlock({ client, mode: 'dual' })).toThrow('theirs');
      expect(() => new Redlock({ client, root: 'x' })).toThrow('does not start with /');
      const redlock = new Redlock({ client });
      await expect(redlock.acquire([], 1000)).rejects.toThrow('resources');
      await expect(redlock.acquire(['a'], 0.5)).rejects.toThrow('duration');
      const lock = await redlock.acquire(['a'], 1000);
      await expect(lock.extend(NaN)).rejects.toThrow('duration is NaN');
      await lock.release();
      for (const name of ['retryCount', 'retryDelay', 'automaticExtensionThreshold']) {
        expect(() => new Redlock({ client, [name]: NaN })).toThrow(`${name} is NaN`);
        const using = redlock.using(['a'], 1000, { [name]: '1' as unknown as number }, async () => undefined);
        await expect(using).rejects.toThrow(`${name} is 1`);
      }
      for (const name of ['.', '..', 'a/b', 'ä{}']) await (await redlock.acquire([name], 1000)).release();
    }));
});

describe('Redlock beside another', () => {
  it('dual: needs both, tells where they disagree, and gives both back', () =>
    simulate(async (world) => {
      const theirs = new OtherRedlock();
      const client = await connected(world);
      const redlock = new Redlock({ client, mode: 'dual', theirs, retryCount: 0 });
      const told: RedlockComparison[] = [];
      redlock.on('comparison', (comparison) => told.push(comparison));
      const lock = await redlock.acquire(['a'], 1000);
      expect([...theirs.held]).toEqual(['a']);
      await lock.release();
      expect(theirs.held.size).toBe(0);
      theirs.held.add('a'); // by a program that knows only theirs
      await expect(redlock.acquire(['a'], 1000)).rejects.toBeInstanceOf(ExecutionError);
      expect(told.map(({ agree }) => agree)).toEqual([true, false]);
      expect(told[1]).toMatchObject({ ours: { outcome: 'acquired' }, theirs: { outcome: 'locked' } });
      theirs.held.clear();
      await (await redlock.acquire(['a'], 1000)).release();
      expect((await client.getChildren('/redlock/a').catch(() => ({ children: [] }))).children).toEqual([]);
    }));

  it('dual: using extends theirs, and stops when that fails', () =>
    simulate(async (world) => {
      const theirs = new OtherRedlock();
      const redlock = new Redlock({ client: await connected(world), mode: 'dual', theirs });
      await redlock.using(['a'], 1000, async (signal) => {
        await world.sleep(2600);
        expect(theirs.extensions).toBe(5);
        theirs.failsExtending = true;
        await world.until(() => signal.aborted);
        expect(signal.error?.message).toContain('theirs could not be extended');
      });
      expect(theirs.held.size).toBe(0);
    }));

  it('redis: theirs decides, ours only tells', () =>
    simulate(async (world) => {
      const theirs = new OtherRedlock();
      const blocker = await new Redlock({ client: await connected(world) }).acquire(['a'], 60_000);
      const redlock = new Redlock({ client: await connected(world), mode: 'redis', theirs });
      const told: RedlockComparison[] = [];
      redlock.on('comparison', (comparison) => told.push(comparison));
      const lock = await redlock.acquire(['a'], 1000);
      expect(lock.isHeld()).toBe(true);
      expect(lock.token).toBeNull();
      expect(told[0]).toMatchObject({ agree: false, ours: { outcome: 'locked' }, theirs: { outcome: 'acquired' } });
      await lock.release();
      await blocker.release();
      const second = await redlock.acquire(['a'], 1000);
      expect(second.token).not.toBeNull();
      expect(told[1]?.agree).toBe(true);
      await second.release();
    }));

  it('counts the time of theirs from when it was asked for, not from when the answer came', () =>
    simulate(async (world) => {
      const theirs = new OtherRedlock();
      theirs.answer = () => world.sleep(600);
      const redlock = new Redlock({ client: await connected(world), mode: 'dual', theirs });
      const startMs = world.nowMs;
      const lock = await redlock.acquire(['a'], 1000);
      await world.until(() => !lock.isHeld());
      expect(world.nowMs - startMs).toBeLessThan(1050);
      theirs.held.clear(); // as by its time to live
      const extended = await redlock.acquire(['a'], 2000);
      const extendedMs = world.nowMs;
      await extended.extend(1000);
      await world.until(() => extended.signal.aborted);
      expect(world.nowMs - extendedMs).toBeLessThan(1050);
    }));

  it('gives out no lock whose time was over when the answer came', () =>
    simulate(async (world) => {
      const theirs = new OtherRedlock();
      theirs.answer = () => world.sleep(1500);
      const client = await connected(world);
      for (const mode of ['dual', 'redis'] as const) {
        const redlock = new Redlock({ client, mode, theirs });
        await expect(redlock.acquire(['a'], 1000)).rejects.toThrow('longer than its duration');
        const { children } = await client.getChildren('/redlock/a').catch(() => ({ children: [] }));
        expect([children, theirs.held.size]).toEqual([[], 0]);
      }
    }));

  it('using: its signal aborts when theirs is over, though it never answers', () =>
    simulate(async (world) => {
      const theirs = new OtherRedlock();
      const redlock = new Redlock({ client: await connected(world), mode: 'dual', theirs });
      await redlock.using(['a'], 1000, async (signal, { lock }) => {
        theirs.answer = () => new Promise(() => undefined);
        const startMs = world.nowMs;
        await world.until(() => signal.aborted);
        expect(world.nowMs - startMs).toBeLessThan(1050);
        expect(lock.isHeld()).toBe(false);
      });
    }));

  it('redis: is not held up by our servers, nor stopped', () =>
    simulate(async (world) => {
      const theirs = new OtherRedlock();
      const client = await connected(world, 2000);
      const redlock = new Redlock({ client, mode: 'redis', theirs });
      const told: RedlockComparison[] = [];
      redlock.on('comparison', (comparison) => told.push(comparison));
      const kept = await redlock.acquire(['a'], 60_000);
      world.isolate(client);
      const startMs = world.nowMs;
      const lock = await redlock.acquire(['b'], 20_000); // nobody knows of the cut yet
      expect(world.nowMs - startMs).toBeLessThan(1050);
      expect(lock.isHeld()).toBe(true);
      await world.until(() => client.state === 'lost');
      const atOnceMs = world.nowMs;
      const another = await redlock.acquire(['c'], 1000);
      expect(world.nowMs).toBe(atOnceMs);
      expect(told.map(({ ours }) => ours.outcome)).toEqual(['acquired', 'failed', 'failed']);
      expect([kept, lock, another].map((each) => each.isHeld())).toEqual([true, true, true]);
      expect(kept.signal.aborted).toBe(false);
      world.heal();
      await Promise.all([kept, lock, another].map((each) => each.release()));
      expect(theirs.held.size).toBe(0);
      await world.sleep(5000);
      const root = await client.getChildren('/redlock');
      for (const name of root.children) expect((await client.getChildren(`/redlock/${name}`)).children).toEqual([]);
    }));
});
