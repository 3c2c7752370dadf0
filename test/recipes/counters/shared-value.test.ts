import { describe, expect, it } from 'vitest';
import { BadArgumentsError, ClosedError, NoNodeError, OutcomeUnknownError } from '../../../src/client/index.js';
import { SharedCount, SharedValue } from '../../../src/recipes/index.js';
import type { SharedState } from '../../../src/recipes/index.js';
import { simulate } from '../../../src/testing/index.js';
import { loseReplyOf } from '../support/lose-reply-of.js';
import { int32 } from './bytes.js';

const PATH = '/values/a';

describe('a shared value', () => {
  it('is seeded once, and seen by everybody', async () => {
    await simulate(async (world) => {
      const values = [world.client(), world.client()].map(
        (client, at) => new SharedValue(client, PATH, { seed: `seed-${at}` }),
      );
      await Promise.all(values.map((value) => value.start()));
      const [seed] = values.map(({ value }) => value?.toString());
      expect(seed).toMatch(/^seed-[01]$/);
      expect(values[1]!.value?.toString()).toBe(seed);
      await values[0]!.set('next');
      expect(values[0]!.value?.toString()).toBe('next');
      await world.until(() => values[1]!.value?.toString() === 'next');
      expect(values[1]!.versioned).toMatchObject({ version: 1 });
    });
  });

  it('tells its changes, the newest of those that come together', async () => {
    await simulate(async (world) => {
      const count = new SharedCount(world.client(), PATH, { seed: 1 });
      const other = new SharedCount(world.client(), PATH);
      const seen: (number | undefined)[] = [];
      const following = (async () => {
        for await (const { value, isStale } of count.changes()) if (!isStale) seen.push(value);
      })();
      await count.start();
      await other.start();
      for (const value of [2, 3, 4]) {
        await other.set(value);
        await world.until(() => count.value === value);
        await world.sleep(10);
      }
      await count.close();
      await following;
      expect(seen).toEqual([1, 2, 3, 4]);
    });
  });

  it('is set by comparison only if nobody has written since', async () => {
    await simulate(async (world) => {
      const [one, two] = [new SharedCount(world.client(), PATH), new SharedCount(world.client(), PATH)];
      await Promise.all([one.start(), two.start()]);
      const before = two.versioned!;
      expect(await one.compareAndSet(one.versioned!, 5)).toMatchObject({ ok: true, current: { value: 5, version: 1 } });
      expect(await two.compareAndSet(before, 6)).toMatchObject({ ok: false, current: { value: 5, version: 1 } });
      expect(await two.trySet(two.versioned!, 6)).toBe(true);
      expect(await one.trySet(before, 7)).toBe(false);
      expect((await one.read({ sync: true }))?.value).toBe(6);
    });
  });

  it('that is deleted and made anew is seen to be so', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      const count = new SharedCount(client, PATH, { seed: 1 });
      await count.start();
      await count.set(2);
      await other.delete(PATH);
      await world.until(() => count.value === undefined);
      await expect(count.set(3)).rejects.toThrow(NoNodeError);
      await other.create(PATH, int32(7));
      await world.until(() => count.value === 7);
      // A smaller version than before (CURATOR-329, CURATOR-688): what counts is which write is newer.
      expect(count.versioned).toMatchObject({ version: 0 });
      await other.setData(PATH, int32(8));
      await world.until(() => count.value === 8);
    });
  });

  it('is stale while the connection is gone, and read again when it is back (CURATOR-311)', async () => {
    await simulate(async (world) => {
      const client = world.client({ sessionTimeoutMs: 2000 });
      const [count, other] = [new SharedCount(client, PATH), new SharedCount(world.client(), PATH)];
      const states: SharedState<number>[] = [];
      void (async () => {
        for await (const state of count.changes()) states.push(state);
      })();
      await Promise.all([count.start(), other.start()]);
      expect(count.isStale).toBe(false);
      world.isolate(client);
      await world.until(() => client.state !== 'connected');
      expect(count.isStale).toBe(true);
      expect(count.value).toBe(0);
      await other.set(9);
      await world.sleep(10_000);
      expect(states.at(-1)).toMatchObject({ value: 0, isStale: true });
      world.heal();
      await world.until(() => count.value === 9 && !count.isStale);
      await world.until(() => states.at(-1)?.value === 9);
      await other.set(10);
      await world.until(() => count.value === 10);
    });
  });

  it('starts when a server comes, and its wait can be cut short', async () => {
    await simulate(async (world) => {
      const client = world.client();
      world.isolate(client);
      const count = new SharedCount(client, PATH, { seed: 4 });
      await expect(count.start({ timeoutMs: 500 })).rejects.toMatchObject({ code: 'TIMEOUT' });
      expect(count.isStale).toBe(true);
      world.heal();
      await count.start();
      expect(count.value).toBe(4);
    });
  });

  it('leaves no watch when closed, and refuses to be used', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const count = new SharedCount(client, PATH);
      await count.start();
      expect(await client.checkWatches(PATH)).toBe(true);
      await count.close();
      await count.close();
      expect(await client.checkWatches(PATH)).toBe(false);
      await expect(count.set(1)).rejects.toThrow(ClosedError);
      await expect(count.start()).rejects.toThrow(ClosedError);
    });
  });

  it('ends with its client', async () => {
    await simulate(async (world) => {
      const client = world.client();
      world.isolate(client);
      const starting = new SharedCount(client, PATH).start();
      starting.catch(() => undefined);
      void client.close();
      await expect(starting).rejects.toThrow(ClosedError);
    });
  });

  it('says so when there are bytes that are no number, and goes on when there are', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const errors: unknown[] = [];
      const onError = (error: unknown): void => {
        errors.push(error);
        throw new Error('thrown in the callback');
      };
      const count = new SharedCount(client, PATH, { onError });
      await count.start();
      await client.setData(PATH, 'x');
      await world.until(() => count.value === undefined);
      await world.sleep(5000);
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatchObject({ code: 'CORRUPT_DATA', path: PATH });
      await count.set(3);
      await world.until(() => count.value === 3);
    });
  });

  it('refuses arguments that mean nothing', async () => {
    await simulate(async (world) => {
      const client = world.client();
      expect(() => new SharedCount(client, '/')).toThrow(BadArgumentsError);
      expect(() => new SharedCount(client, 'x')).toThrow('path of a shared value');
      expect(() => new SharedCount(client, PATH, { seed: 2 ** 31 })).toThrow('2147483648 is not a 32-bit integer');
      const count = new SharedCount(client, PATH);
      await expect(count.set(1.5)).rejects.toThrow(BadArgumentsError);
      await expect(count.compareAndSet(undefined as never, 1)).rejects.toThrow('no versioned value');
    });
  });
});

describe('a shared value whose reply gets lost', () => {
  async function withLostReply(
    options: { exactlyOnce?: boolean },
    work: (count: SharedCount, meanwhile: (value: number) => Promise<void>) => Promise<void>,
  ): Promise<void> {
    await simulate(async (world) => {
      const client = world.client();
      const [count, other] = [new SharedCount(client, PATH, options), new SharedCount(world.client(), PATH)];
      await Promise.all([count.start(), other.start()]);
      await client.create(`${PATH}-outcomes`);
      await world.sleep(100); // nothing else is under way
      loseReplyOf(world, client, options.exactlyOnce === true ? 'transaction' : 'setData');
      await work(count, async (value) => {
        await world.until(() => client.state !== 'connected');
        await other.set(value);
      });
      await world.until(() => !count.isStale);
    });
  }

  it('is set, and says so', async () => {
    await withLostReply({}, async (count) => {
      await count.set(5);
      expect(count.versioned).toMatchObject({ value: 5, version: 1 });
    });
  });

  it('may have been set by comparison, by us or by somebody with the same number: that is told', async () => {
    await withLostReply({}, async (count) => {
      const error = await count.compareAndSet(count.versioned!, 5).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(OutcomeUnknownError);
      expect(error).toMatchObject({ path: PATH, attempted: int32(5), observed: int32(5), ambiguous: true });
    });
  });

  it('was set by comparison, and that is known, with a marker that is gone afterwards', async () => {
    await withLostReply({ exactlyOnce: true }, async (count) => {
      expect(await count.compareAndSet(count.versioned!, 5)).toMatchObject({
        ok: true,
        current: { value: 5, version: 1 },
      });
    });
  });

  it('was set by comparison, and that is known with a marker, though others have written since', async () => {
    await withLostReply({ exactlyOnce: true }, async (count, meanwhile) => {
      const [result] = await Promise.all([count.compareAndSet(count.versioned!, 5), meanwhile(6)]);
      expect(result).toMatchObject({ ok: true, current: { value: 6, version: 2 } });
    });
  });

  it('may have been overwritten by somebody else: that is told', async () => {
    await withLostReply({}, async (count, meanwhile) => {
      const setting = count.set(5);
      setting.catch(() => undefined);
      await meanwhile(6);
      await expect(setting).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN', observed: int32(6) });
    });
  });
});
