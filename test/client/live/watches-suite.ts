import { describe, expect, it } from 'vitest';
import type { Client, WatchEvent, WatchHandle } from '../../../src/client/index.js';
import type { LiveServer } from '../../recipes/live/live-server.js';
import { LiveRig, nextEvent } from './live-rig.js';

/** Takes this many events. */
async function take(watch: WatchHandle, count: number): Promise<string[]> {
  const iterator = watch[Symbol.asyncIterator]();
  const events: WatchEvent[] = [];
  while (events.length < count) {
    const next = await iterator.next();
    if (next.done === true) throw new Error(`the watch ended after ${events.length} events`);
    events.push(next.value);
  }
  return events.map(({ type, path }) => `${type} ${path}`);
}

/** Every kind of watch, over reconnections and on paths they share. */
export function watchesSuite(start: () => Promise<LiveServer>): void {
  describe('watches', () => {
    const rig = new LiveRig(start);
    const at = (name: string): string => `${rig.root}/${name}`;

    async function cut(client: Client, proxy: { cut(): void }): Promise<void> {
      const back = nextEvent(client, 'reconnected');
      proxy.cut();
      await back;
    }

    it('fire once: data, exists and children', async () => {
      const client = await rig.connect();
      const writer = await rig.connect();
      const { watch: created } = await client.exists(at('a'), { watch: true });
      const { watch: children } = await client.getChildren(rig.root, { watch: true });
      await writer.create(at('a'));
      expect(await created.fired).toMatchObject({ type: 'created', path: at('a') });
      expect(await children.fired).toMatchObject({ type: 'childrenChanged', path: rig.root });
      const { watch: changed } = await client.getData(at('a'), { watch: true });
      await writer.setData(at('a'), 'x');
      expect(await changed.fired).toMatchObject({ type: 'dataChanged' });
      const [{ watch: data }, { watch: exists }, { watch: below }] = await Promise.all([
        client.getData(at('a'), { watch: true }),
        client.exists(at('a'), { watch: true }),
        client.getChildren(at('a'), { watch: true }),
      ]);
      await writer.delete(at('a'));
      for (const watch of [data, exists, below]) expect(await watch.fired).toMatchObject({ type: 'deleted' });
    });

    it('stand: persistent and recursive', async () => {
      const client = await rig.connect();
      const persistent = await client.addWatch(at('a'));
      const recursive = await client.addWatch(rig.root, { recursive: true });
      await client.create(at('a'));
      await client.create(at('a/b'));
      await client.setData(at('a/b'), 'x');
      await client.delete(at('a/b'));
      await client.delete(at('a'));
      expect(await take(persistent, 4)).toEqual(
        ['created', 'childrenChanged', 'childrenChanged', 'deleted'].map((type) => `${type} ${at('a')}`),
      );
      expect(await take(recursive, 5)).toEqual([
        `created ${at('a')}`,
        `created ${at('a/b')}`,
        `dataChanged ${at('a/b')}`,
        `deleted ${at('a/b')}`,
        `deleted ${at('a')}`,
      ]);
    });

    it('come before the reply that shows the change', async () => {
      const client = await rig.connect();
      const writer = await rig.connect();
      await client.create(at('a'), '0');
      for (let round = 1; round <= 50; round++) {
        const { watch } = await client.getData(at('a'), { watch: true });
        const order: string[] = [];
        void watch.fired.then(() => order.push('event'));
        await writer.setData(at('a'), String(round));
        const { data } = await client.getData(at('a'));
        if (data?.toString() === String(round)) order.push('reply');
        await watch.fired;
        expect(order[0]).toBe('event');
      }
    });

    it('are removed from the server with their last handle', async () => {
      const client = await rig.connect();
      await client.create(at('a'));
      const { watch: first } = await client.getData(at('a'), { watch: true });
      const { watch: second } = await client.getData(at('a'), { watch: true });
      const { watch: children } = await client.getChildren(at('a'), { watch: true });
      const standing = await client.addWatch(at('b'), { recursive: true });
      expect(await client.checkWatches(at('a'), { kind: 'data' })).toBe(true);
      await first.close();
      expect(await client.checkWatches(at('a'), { kind: 'data' })).toBe(true);
      await second.close();
      expect(await client.checkWatches(at('a'), { kind: 'data' })).toBe(false);
      expect(await client.checkWatches(at('a'))).toBe(true);
      await children.close();
      await standing.close();
      expect(await client.checkWatches(at('a'))).toBe(false);
      expect(await client.checkWatches(at('b'))).toBe(false);
    });

    it('catch up with what changed while the connection was gone', async () => {
      const { client, proxy } = await rig.connectThroughProxy();
      const writer = await rig.connect();
      await Promise.all(['changed', 'deleted', 'same', 'parent'].map((name) => writer.create(at(name))));
      const read = async (name: string): Promise<WatchHandle> =>
        (await client.getData(at(name), { watch: true })).watch;
      const [changed, deleted, same] = await Promise.all(['changed', 'deleted', 'same'].map(read));
      const { watch: created } = await client.exists(at('created'), { watch: true });
      const { watch: children } = await client.getChildren(at('parent'), { watch: true });
      const standing = await client.addWatch(at('same'));
      proxy.refuse(true);
      const suspended = nextEvent(client, 'suspended');
      proxy.cut();
      await suspended;
      await writer.setData(at('changed'), 'x');
      await writer.delete(at('deleted'));
      await writer.create(at('created'));
      await writer.create(at('parent/child'));
      proxy.refuse(false);
      expect(await changed?.fired).toMatchObject({ type: 'dataChanged' });
      expect(await deleted?.fired).toMatchObject({ type: 'deleted' });
      expect(await created.fired).toMatchObject({ type: 'created' });
      expect(await children.fired).toMatchObject({ type: 'childrenChanged' });
      expect(await take(standing, 1)).toEqual([`resync ${at('same')}`]);
      await writer.setData(at('same'), 'x');
      expect(await same?.fired).toMatchObject({ type: 'dataChanged' });
      expect(await take(standing, 1)).toEqual([`dataChanged ${at('same')}`]);
    });

    it('of several kinds share a path, also after a reconnect', async () => {
      const { client, proxy } = await rig.connectThroughProxy();
      const writer = await rig.connect();
      await writer.create(at('a'));
      const persistent = await client.addWatch(at('a'));
      const recursive = await client.addWatch(at('a'), { recursive: true });
      for (const round of ['before', 'after']) {
        const { watch: data } = await client.getData(at('a'), { watch: true });
        const { watch: children } = await client.getChildren(at('a'), { watch: true });
        await writer.create(at(`a/${round}`));
        await writer.setData(at('a'), round);
        expect(await children.fired).toMatchObject({ type: 'childrenChanged' });
        expect(await data.fired).toMatchObject({ type: 'dataChanged' });
        expect(await take(persistent, 2)).toEqual([`childrenChanged ${at('a')}`, `dataChanged ${at('a')}`]);
        expect(await take(recursive, 2)).toEqual([`created ${at(`a/${round}`)}`, `dataChanged ${at('a')}`]);
        if (round === 'after') break;
        await cut(client, proxy);
        expect(await take(persistent, 1)).toEqual([`resync ${at('a')}`]);
        expect(await take(recursive, 1)).toEqual([`resync ${at('a')}`]);
      }
    });

    it('that remain on a path go on when a standing one is closed', async () => {
      const client = await rig.connect();
      const writer = await rig.connect();
      await writer.create(at('a'));
      const recursive = await client.addWatch(at('a'), { recursive: true });
      const persistent = await client.addWatch(at('a'));
      const { watch: data } = await client.getData(at('a'), { watch: true });
      const { watch: children } = await client.getChildren(at('a'), { watch: true });
      await recursive.close();
      expect(await take(persistent, 1)).toEqual([`resync ${at('a')}`]);
      await writer.create(at('a/b'));
      expect(await children.fired).toMatchObject({ type: 'childrenChanged' });
      expect(await take(persistent, 1)).toEqual([`childrenChanged ${at('a')}`]);
      await persistent.close();
      await writer.setData(at('a'), 'x');
      expect(await data.fired).toMatchObject({ type: 'dataChanged' });
      expect(await client.checkWatches(at('a'))).toBe(false);
    });

    it('survive a reconnect in thousands', async () => {
      const { client, proxy } = await rig.connectThroughProxy();
      const writer = await rig.connect();
      const names = Array.from({ length: 5000 }, (_, index) => at(`a-rather-long-name-to-fill-the-frames-${index}`));
      const watches = await Promise.all(names.map((path) => client.exists(path, { watch: true })));
      await cut(client, proxy);
      const last = names.length - 1;
      await Promise.all([writer.create(names[0] ?? ''), writer.create(names[last] ?? '')]);
      expect(await watches[0]?.watch.fired).toMatchObject({ type: 'created', path: names[0] });
      expect(await watches[last]?.watch.fired).toMatchObject({ type: 'created', path: names[last] });
      expect(await client.checkWatches(names[2500] ?? '')).toBe(true);
    });
  });
}
