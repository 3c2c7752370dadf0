import { describe, expect, it } from 'vitest';
import type { Client } from '../../../src/client/index.js';
import {
  RandomStrategy,
  RoundRobinStrategy,
  ServiceDiscovery,
  StickyStrategy,
} from '../../../src/recipes/discovery/index.js';
import type { ServiceProvider } from '../../../src/recipes/discovery/index.js';
import { simulate } from '../../../src/testing/index.js';

const BASE = '/services';

async function threeOf(client: Client): Promise<ServiceDiscovery> {
  const discovery = new ServiceDiscovery(client, BASE, { serializer: { compatible: false } });
  for (const id of ['a', 'b', 'c']) await discovery.registerService({ name: 'web', id, address: '192.0.2.1', port: 1 });
  return discovery;
}

function picks(provider: ServiceProvider, count: number): (string | undefined)[] {
  return Array.from({ length: count }, () => provider.getInstance()?.id);
}

describe('ServiceProvider', () => {
  it('gives out one after the other, and follows what is registered', async () => {
    await simulate(async (world) => {
      await using discovery = await threeOf(world.client());
      await using provider = discovery.serviceProvider('web', { strategy: new RoundRobinStrategy() });
      expect(provider.getInstance()).toBeNull();
      await provider.ready();
      expect(picks(provider, 4)).toEqual(['a', 'b', 'c', 'a']);
      await discovery.unregisterService({ name: 'web', id: 'b' });
      await world.until(() => provider.getAllInstances().length === 2);
      expect(new Set(picks(provider, 4))).toEqual(new Set(['a', 'c']));
    });
  });

  it('gives out any, or always the same one while it is there', async () => {
    await simulate(async (world) => {
      await using discovery = await threeOf(world.client());
      await using any = discovery.serviceProvider('web', { strategy: new RandomStrategy() });
      await any.ready();
      expect(new Set(picks(any, 50))).toEqual(new Set(['a', 'b', 'c']));
      const sticky = new StickyStrategy(new RoundRobinStrategy());
      await using provider = discovery.serviceProvider('web', { strategy: sticky });
      await provider.ready();
      expect(picks(provider, 3)).toEqual(['a', 'a', 'a']);
      expect(sticky.changeCount).toBe(1);
      await discovery.unregisterService({ name: 'web', id: 'a' });
      await world.until(() => provider.getAllInstances().length === 2);
      expect(new Set(picks(provider, 3)).size).toBe(1);
      expect(sticky.changeCount).toBe(2);
    });
  });

  it('leaves out what is disabled and what a filter refuses', async () => {
    await simulate(async (world) => {
      await using discovery = await threeOf(world.client());
      await using provider = discovery.serviceProvider('web', { filters: [({ id }) => id !== 'c'] });
      await provider.ready();
      expect(picks(provider, 3)).toEqual(['a', 'b', 'a']);
      const [instance] = provider.getAllInstances();
      await discovery.updateService({ ...instance!, enabled: false });
      await world.until(() => provider.getAllInstances().length === 1);
      expect(picks(provider, 2)).toEqual(['b', 'b']);
    });
  });

  it('leaves an instance alone for half a minute after its first error, from the second on', async () => {
    await simulate(async (world) => {
      await using discovery = await threeOf(world.client());
      await using provider = discovery.serviceProvider('web');
      await provider.ready();
      const first = provider.getInstance()!;
      provider.noteError(first);
      expect(provider.getAllInstances()).toHaveLength(3);
      await world.sleep(10_000);
      provider.noteError(first);
      expect(picks(provider, 4)).not.toContain(first.id);
      await world.sleep(19_000);
      expect(provider.getAllInstances()).toHaveLength(2);
      await world.sleep(2000);
      expect(provider.getAllInstances()).toHaveLength(3);
    });
  });

  it('forgives an instance that has changed', async () => {
    await simulate(async (world) => {
      await using discovery = await threeOf(world.client());
      await using provider = discovery.serviceProvider('web', { downInstancePolicy: { errorThreshold: 1 } });
      await provider.ready();
      const first = provider.getInstance()!;
      provider.noteError(first);
      expect(provider.getAllInstances()).toHaveLength(2);
      await discovery.updateService({ ...first, payload: 'restarted' });
      await world.until(() => provider.getAllInstances().length === 3);
    });
  });

  it('goes on with what it has while no server is in reach', async () => {
    await simulate(async (world) => {
      const client = world.client();
      await using discovery = await threeOf(world.client());
      await using other = new ServiceDiscovery(client, BASE);
      await using provider = other.serviceProvider('web');
      await provider.ready();
      world.isolate(client);
      await world.until(() => provider.cache.state === 'stale');
      await discovery.unregisterService({ name: 'web', id: 'a' });
      expect(picks(provider, 3)).toEqual(['a', 'b', 'c']);
      world.heal();
      await world.until(() => provider.getAllInstances().length === 2);
    });
  });
});
