import { describe, expect, it } from 'vitest';
import { PersistentWatcher } from '../../../src/recipes/nodes/index.js';
import { simulate } from '../../../src/testing/index.js';

const PATH = '/watched';

/** What a reader hears, in words. */
function hear(watcher: PersistentWatcher, signal?: AbortSignal): { heard: string[]; done: Promise<void> } {
  const heard: string[] = [];
  const read = async (): Promise<void> => {
    for await (const { type, path } of watcher.events({ signal })) heard.push(`${type} ${path}`);
  };
  return { heard, done: read() };
}

describe('PersistentWatcher', () => {
  it('tells what happens to a node and its children, beginning with a resync', async () => {
    await simulate(async (world) => {
      const [client, writer] = [world.client(), world.client()];
      await using watcher = new PersistentWatcher(client, PATH);
      const { heard } = hear(watcher);
      await world.until(() => watcher.isSet);
      await writer.create(PATH);
      await writer.create(`${PATH}/a`);
      await writer.setData(PATH, 'x');
      await world.sleep(100);
      expect(heard).toEqual([`resync ${PATH}`, `created ${PATH}`, `childrenChanged ${PATH}`, `dataChanged ${PATH}`]);
    });
  });

  it('tells of all descendants when recursive, over lost connections and sessions', async () => {
    await simulate(async (world) => {
      const [client, writer] = [world.client({ sessionTimeoutMs: 2000 }), world.client()];
      await writer.create(PATH);
      await using watcher = new PersistentWatcher(client, PATH, { recursive: true });
      const { heard } = hear(watcher);
      await world.until(() => watcher.isSet);
      world.disconnect(client);
      await world.until(() => heard.filter((line) => line.startsWith('resync')).length === 2);
      await writer.create(`${PATH}/a`);
      await world.until(() => heard.at(-1) === `created ${PATH}/a`);
      world.isolate(client);
      await world.until(() => client.state === 'lost');
      world.heal();
      await world.until(() => heard.filter((line) => line.startsWith('resync')).length === 3);
      await writer.create(`${PATH}/a/b`);
      await world.until(() => heard.at(-1) === `created ${PATH}/a/b`);
    });
  });

  it('is one watch for any number of readers; one that comes later begins with a resync too', async () => {
    await simulate(async (world) => {
      const [client, writer] = [world.client(), world.client()];
      await using watcher = new PersistentWatcher(client, PATH);
      const first = hear(watcher);
      await world.until(() => watcher.isSet);
      const leaving = new AbortController();
      const second = hear(watcher, leaving.signal);
      await writer.create(PATH);
      await world.sleep(100);
      expect(second.heard).toEqual([`resync ${PATH}`, `created ${PATH}`]);
      leaving.abort();
      await second.done;
      await writer.delete(PATH);
      await world.sleep(100);
      expect(first.heard.at(-1)).toBe(`deleted ${PATH}`);
      expect(second.heard).toHaveLength(2);
    });
  });

  it('is set when a server comes into reach', async () => {
    await simulate(async (world) => {
      const client = world.client();
      world.isolate(client);
      await using watcher = new PersistentWatcher(client, PATH);
      const { heard } = hear(watcher);
      await world.sleep(3000);
      expect(heard).toEqual([]);
      world.heal();
      await world.until(() => heard.length === 1);
    });
  });

  it('gives a slow reader one resync in place of what does not fit', async () => {
    await simulate(async (world) => {
      const [client, writer] = [world.client(), world.client()];
      await writer.create(PATH);
      await using watcher = new PersistentWatcher(client, PATH, { eventsMax: 3 });
      const reader = watcher.events()[Symbol.asyncIterator]();
      await reader.next();
      for (let i = 0; i < 5; i += 1) await writer.setData(PATH, `${i}`);
      await world.sleep(100);
      expect((await reader.next()).value?.type).toBe('resync');
    });
  });

  it('CURATOR-729, GH-1292: ends with its client, and leaves no watch when closed', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const watcher = new PersistentWatcher(client, PATH);
      const { done } = hear(watcher);
      await world.until(() => watcher.isSet);
      expect(await client.checkWatches(PATH)).toBe(true);
      await watcher.close();
      await watcher.close();
      await done;
      expect(await client.checkWatches(PATH)).toBe(false);
      await hear(watcher).done;
      const other = new PersistentWatcher(client, PATH);
      const { done: ended } = hear(other);
      await world.until(() => other.isSet);
      await client.close();
      await ended;
      await other.close();
    });
  });

  it('refuses wrong arguments, naming them', async () => {
    await simulate(async (world) => {
      const client = world.client();
      expect(() => new PersistentWatcher(client, 'a')).toThrow(/path of a watcher/);
      expect(() => new PersistentWatcher(client, '/a', { eventsMax: 0 })).toThrow(/eventsMax is 0/);
    });
  });
});
