import { describe, expect, it } from 'vitest';
import type { Client } from '../../src/client/index.js';
import * as recipes from '../../src/recipes/index.js';
import { simulate } from '../../src/testing/index.js';

/** An iteration that has nothing more to tell, once `told` values were read. */
interface Subject {
  readonly told: number;
  readonly open: (client: Client) => AsyncIterator<unknown> | Promise<AsyncIterator<unknown>>;
}

const SUBJECTS: Readonly<Record<string, Subject>> = {
  'items of a queue': {
    told: 0,
    open: (client) => new recipes.DistributedQueue(client, '/q').items(),
  },
  'changes of a shared value': {
    told: 1,
    open: async (client) => {
      const count = new recipes.SharedCount(client, '/count', { seed: 1 });
      await count.start();
      return count.changes()[Symbol.asyncIterator]();
    },
  },
  'changes of a group': {
    told: 1,
    open: async (client) => {
      const member = new recipes.GroupMember(client, '/group', 'm');
      await member.joined();
      return member.changes()[Symbol.asyncIterator]();
    },
  },
  'terms of a latch': {
    told: 1,
    open: (client) => {
      const latch = new recipes.LeaderLatch(client, '/latch');
      latch.start();
      return latch.terms()[Symbol.asyncIterator]();
    },
  },
  'states of a node': {
    told: 1,
    open: async (client) => {
      const node = new recipes.PersistentNode(client, '/node');
      await node.created();
      return node.states()[Symbol.asyncIterator]();
    },
  },
  'events of a watcher': {
    told: 1,
    open: (client) => new recipes.PersistentWatcher(client, '/watched').events()[Symbol.asyncIterator](),
  },
  'events of a cache': {
    told: 1,
    open: async (client) => {
      const cache = new recipes.CuratorCache(client, '/');
      await cache.ready();
      return cache.events()[Symbol.asyncIterator]();
    },
  },
  'changes of a service': {
    told: 1,
    open: async (client) => {
      const cache = new recipes.ServiceDiscovery(client, '/services').serviceCache('web');
      await cache.ready();
      return cache.changes()[Symbol.asyncIterator]();
    },
  },
};

describe('an iteration that is left while a value is waited for', () => {
  it.each(Object.entries(SUBJECTS))('ends at once: %s', (_, { told, open }) =>
    simulate(async (world) => {
      const iteration = await open(world.client());
      for (let at = 0; at < told; at += 1) await iteration.next();
      const next = iteration.next();
      await world.sleep(500);
      const left = Promise.all([next, iteration.return?.()]);
      const late = world.sleep(500).then(() => 'late');
      await expect(Promise.race([left, late])).resolves.toEqual([
        { done: true, value: undefined },
        { done: true, value: undefined },
      ]);
    }),
  );
});
