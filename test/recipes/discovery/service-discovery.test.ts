import { describe, expect, it, vi } from 'vitest';
import type { Client } from '../../../src/client/index.js';
import { BadArgumentsError, ClosedError, TimeoutError } from '../../../src/client/index.js';
import { ServiceDiscovery } from '../../../src/recipes/discovery/index.js';
import { simulate } from '../../../src/testing/index.js';
import type { SimulatedWorld } from '../../../src/testing/index.js';

const BASE = '/services';
const WEB = `${BASE}/web`;
const SPEC = { name: 'web', id: 'i-1', address: '192.0.2.10', port: 8080 };
const SHORT_MS = 2000;

async function loseSession(world: SimulatedWorld, client: Client): Promise<void> {
  world.isolate(client);
  await world.until(() => client.state === 'lost');
  world.heal();
}

async function namesBelow(client: Client, path: string): Promise<string[]> {
  await client.sync(path);
  return (await client.getChildren(path)).children.sort();
}

describe('ServiceDiscovery', () => {
  it('registers, finds, updates and unregisters', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      await using mine = new ServiceDiscovery(client, BASE);
      await using theirs = new ServiceDiscovery(other, BASE);
      expect(await theirs.queryForNames()).toEqual([]);
      expect(await theirs.queryForInstances('web')).toEqual([]);
      const registration = await mine.registerService({ ...SPEC, payload: 'hello', uriSpec: 'http://{address}' });
      expect(await theirs.queryForNames()).toEqual(['web']);
      const [found] = await theirs.queryForInstances('web');
      expect(found).toEqual(registration.instance);
      expect(found?.uriSpec?.build(found)).toBe('http://192.0.2.10');
      await registration.update({ payload: 'new' });
      expect((await theirs.queryForInstance('web', 'i-1'))?.payload).toBe('new');
      await mine.updateService({ ...registration.instance, payload: 'newer' });
      expect((await theirs.queryForInstance('web', 'i-1'))?.payload).toBe('newer');
      expect(await mine.registerService({ ...SPEC, payload: 'again' })).toBe(registration);
      await mine.unregisterService(SPEC);
      expect(await theirs.queryForInstance('web', 'i-1')).toBeNull();
      await mine.unregisterService(SPEC);
      await expect(mine.updateService(registration.instance)).rejects.toBeInstanceOf(BadArgumentsError);
    });
  });

  it('CURATOR-320: keeps its own live node over reconnections', async () => {
    await simulate(async (world) => {
      const client = world.client();
      await using discovery = new ServiceDiscovery(client, BASE);
      await discovery.registerService(SPEC);
      const before = (await client.getData(`${WEB}/i-1`)).stat;
      for (let i = 0; i < 3; i += 1) {
        world.disconnect(client);
        await world.sleep(500);
      }
      expect((await client.getData(`${WEB}/i-1`)).stat).toEqual(before);
    });
  });

  it('registers again after its session was lost, with what was updated last', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client({ sessionTimeoutMs: SHORT_MS }), world.client()];
      await using discovery = new ServiceDiscovery(client, BASE);
      const registration = await discovery.registerService(SPEC);
      await registration.update({ payload: 'new' });
      await loseSession(world, client);
      await world.until(() => registration.state === 'present');
      await world.sleep(2 * SHORT_MS);
      const { data, stat } = await other.getData(`${WEB}/i-1`);
      expect(stat.ephemeralOwner).toBe(client.sessionId);
      expect(data?.toString()).toContain('"payload":"new"');
    });
  });

  it('replaces what an earlier life of the process has left, and nobody sees it missing', async () => {
    await simulate(async (world) => {
      const [earlier, client, other] = [world.client(), world.client(), world.client()];
      const left = new ServiceDiscovery(earlier, BASE);
      await left.registerService({ ...SPEC, payload: 'old' });
      world.kill(earlier);
      await using watcher = new ServiceDiscovery(other, BASE);
      await using cache = watcher.serviceCache('web');
      await cache.ready();
      const sizes: number[] = [];
      void (async () => {
        for await (const instances of cache.changes()) sizes.push(instances.length);
      })();
      await using discovery = new ServiceDiscovery(client, BASE);
      await discovery.registerService({ ...SPEC, payload: 'new' });
      await world.until(() => cache.instances[0]?.payload === 'new');
      await world.sleep(60_000);
      expect((await other.getData(`${WEB}/i-1`)).stat.ephemeralOwner).toBe(client.sessionId);
      expect(new Set(sizes)).toEqual(new Set([1]));
    });
  });

  it('changes nothing when an update cannot be written', async () => {
    await simulate(async (world) => {
      await using discovery = new ServiceDiscovery(world.client(), BASE);
      const registration = await discovery.registerService(SPEC);
      const { instance } = registration;
      await expect(registration.update({ port: 'x' as never })).rejects.toThrow('port of a service instance is x');
      await expect(discovery.updateService({ ...instance, sslPort: -1 })).rejects.toThrow('sslPort of a service');
      const circle: { self?: unknown } = {};
      circle.self = circle;
      await expect(registration.update({ payload: circle })).rejects.toThrow('circular');
      expect(registration.instance).toBe(instance);
      await registration.update({ payload: 'good' });
      expect((await discovery.queryForInstances(SPEC.name)).map(({ payload }) => payload)).toEqual(['good']);
    });
  });

  it('two live processes of one id do not steal it from each other for ever', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      await using one = new ServiceDiscovery(client, BASE);
      await using two = new ServiceDiscovery(other, BASE);
      const first = await one.registerService(SPEC);
      const second = await two.registerService(SPEC);
      await world.sleep(3000);
      expect([first.state, second.state].sort()).toEqual(['foreign', 'present']);
      const { stat } = await client.getData(`${WEB}/i-1`);
      await world.sleep(3000);
      expect((await client.getData(`${WEB}/i-1`)).stat.czxid).toBe(stat.czxid);
    });
  });

  it.each([0, 1, 2])(
    'unregistering does not take along who takes it over meanwhile (after %i updates)',
    async (updates) => {
      await simulate(async (world) => {
        const [client, other] = [world.client(), world.client()];
        const old = await new ServiceDiscovery(client, BASE).registerService({ ...SPEC, payload: 'old' });
        for (let n = 1; n <= updates; n += 1) await old.update({ payload: `old ${n}` });
        await using two = new ServiceDiscovery(other, BASE);
        let madeAt = NaN;
        // It has looked, and found its own node; the delete is on its way.
        const original = client.delete.bind(client);
        vi.spyOn(client, 'delete').mockImplementationOnce(async (...args) => {
          await two.registerService({ ...SPEC, payload: 'new' });
          madeAt = (await other.getData(`${WEB}/i-1`)).stat.czxid;
          return original(...args);
        });
        await old.unregister();
        await world.sleep(1000);
        expect((await other.getData(`${WEB}/i-1`)).stat.czxid).toBe(madeAt);
      });
    },
  );

  it('is taken over also where nobody may write to what was made', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      const acl = [{ perms: 1, id: { scheme: 'world', id: 'anyone' } }];
      const old = await new ServiceDiscovery(client, BASE, { acl }).registerService(SPEC);
      const errors: unknown[] = [];
      await using two = new ServiceDiscovery(other, BASE, { acl, onError: (error) => void errors.push(error) });
      const registration = await two.registerService(SPEC, { timeoutMs: 5000 });
      await old.unregister();
      await world.until(() => registration.state === 'present');
      expect((await other.getData(`${WEB}/i-1`)).stat.ephemeralOwner).toBe(other.sessionId);
      expect(errors).toEqual([]);
    });
  });

  it.each(['STATIC', 'PERMANENT'] as const)(
    '%s instances outlive the session, until unregistered',
    async (serviceType) => {
      await simulate(async (world) => {
        const [client, other] = [world.client(), world.client()];
        const discovery = new ServiceDiscovery(client, BASE);
        const registration = await discovery.registerService({ ...SPEC, serviceType });
        expect((await other.getData(`${WEB}/i-1`)).stat.ephemeralOwner).toBe(0n);
        await registration.unregister();
        expect(await namesBelow(other, WEB)).toEqual([]);
      });
    },
  );

  it('knows the node of a DYNAMIC_SEQUENTIAL instance: to update, to unregister, and after a lost session', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client({ sessionTimeoutMs: SHORT_MS }), world.client()];
      await using discovery = new ServiceDiscovery(client, BASE);
      const registration = await discovery.registerService({ ...SPEC, serviceType: 'DYNAMIC_SEQUENTIAL' });
      expect(registration.path).toBe(`${WEB}/i-10000000000`);
      await registration.update({ payload: 'new' });
      expect((await other.getData(`${WEB}/i-10000000000`)).data?.toString()).toContain('"new"');
      await loseSession(world, client);
      await world.until(() => registration.state === 'present');
      await world.sleep(2 * SHORT_MS);
      expect(await namesBelow(other, WEB)).toEqual(['i-10000000000']);
      await registration.unregister();
      expect(await namesBelow(other, WEB)).toEqual([]);
    });
  });

  it.each(['the first', 'the second'])(
    'DYNAMIC_SEQUENTIAL: numbers begin anew, and all are found (%s comes back first)',
    async (which) => {
      await simulate(async (world) => {
        const spec = { ...SPEC, serviceType: 'DYNAMIC_SEQUENTIAL' } as const;
        const [a, b, c] = [
          world.client({ sessionTimeoutMs: SHORT_MS }),
          world.client({ sessionTimeoutMs: SHORT_MS }),
          world.client(),
        ];
        const errors: unknown[] = [];
        const on = (client: Client) =>
          new ServiceDiscovery(client, BASE, { onError: (error) => void errors.push(error) });
        const old = [await on(a).registerService(spec), await on(b).registerService(spec)];
        // All are gone for so long that the container is collected.
        for (const each of [a, b]) world.isolate(each);
        while ((await c.exists(WEB)).stat !== null) await world.sleep(1000);
        const back = which === 'the first' ? null : old[1];
        if (back !== null) {
          world.heal();
          world.isolate(a);
          await world.until(() => back?.state === 'present');
        }
        const young = await on(c).registerService(spec, { timeoutMs: 10_000 });
        world.heal();
        const all = [...old, young];
        await world.until(() => all.every(({ state }) => state === 'present'));
        await world.sleep(3000);
        const names = all.map(({ path }) => path?.slice(WEB.length + 1)).sort();
        expect(await namesBelow(c, WEB)).toEqual(names);
        expect([new Set(names).size, errors]).toEqual([3, []]);
        await Promise.all(all.map((each) => each.unregister()));
        expect((await c.exists(WEB)).stat?.numChildren ?? 0).toBe(0);
      });
    },
  );

  it('registers once whatever replies get lost', async () => {
    for (const serviceType of ['DYNAMIC', 'DYNAMIC_SEQUENTIAL', 'STATIC'] as const) {
      await simulate(async (world) => {
        const [client, other] = [world.client(), world.client()];
        await other.create(BASE);
        await other.create(WEB);
        await client.connected();
        await using discovery = new ServiceDiscovery(client, BASE);
        world.loseReply(client);
        await discovery.registerService({ ...SPEC, serviceType });
        expect(await namesBelow(other, WEB)).toHaveLength(1);
        world.loseReply(client);
        await discovery.unregisterService(SPEC);
        expect(await namesBelow(other, WEB)).toEqual([]);
      });
    }
  });

  it('leaves nothing when a registration is given up; CURATOR-164: unregistering is not undone by one under way', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      await Promise.all([client.connected(), other.create(BASE)]);
      await other.create(WEB);
      await using discovery = new ServiceDiscovery(client, BASE);
      world.isolate(client);
      await expect(discovery.registerService(SPEC, { timeoutMs: 200 })).rejects.toBeInstanceOf(TimeoutError);
      const registering = discovery.registerService({ ...SPEC, id: 'i-2' });
      registering.catch(() => undefined);
      const unregistered = discovery.unregisterService({ name: 'web', id: 'i-2' });
      world.heal();
      await unregistered;
      await expect(registering).rejects.toBeInstanceOf(ClosedError);
      await world.sleep(3000);
      expect(await namesBelow(other, WEB)).toEqual([]);
    });
  });

  it('CURATOR-175: registers when a server comes into reach; closing unregisters everything', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      world.isolate(client);
      const discovery = new ServiceDiscovery(client, BASE);
      const registering = Promise.all([
        discovery.registerService(SPEC),
        discovery.registerService({ ...SPEC, id: 'b' }),
      ]);
      await world.sleep(2000);
      world.heal();
      await registering;
      expect(await namesBelow(other, WEB)).toEqual(['b', 'i-1']);
      await discovery.close();
      await discovery.close();
      expect(await namesBelow(other, WEB)).toEqual([]);
      await expect(discovery.registerService(SPEC)).rejects.toBeInstanceOf(ClosedError);
    });
  });

  it('leaves out what cannot be read, and says so', async () => {
    await simulate(async (world) => {
      const client = world.client();
      const errors: string[] = [];
      const onError = (error: unknown): void => void errors.push((error as { code: string }).code);
      await using discovery = new ServiceDiscovery(client, BASE, { onError });
      await discovery.registerService(SPEC);
      await client.create(`${WEB}/broken`, '{');
      await client.create(`${WEB}/empty`);
      expect((await discovery.queryForInstances('web')).map(({ id }) => id)).toEqual(['i-1']);
      await using cache = discovery.serviceCache('web');
      await cache.ready();
      expect(cache.instances.map(({ id }) => id)).toEqual(['i-1']);
      expect(errors).toEqual(['UNREADABLE_INSTANCE', 'UNREADABLE_INSTANCE']);
    });
  });

  it('refuses wrong instances, naming the field', async () => {
    await simulate(async (world) => {
      const discovery = new ServiceDiscovery(world.client(), BASE);
      await expect(discovery.registerService({ ...SPEC, name: 'a/b' })).rejects.toThrow(/name of a service instance/);
      await expect(discovery.registerService({ ...SPEC, port: 70_000 })).rejects.toThrow(/port .* 70000/);
      await expect(discovery.queryForInstances('')).rejects.toThrow(/name of a service/);
      expect(() => new ServiceDiscovery(world.client(), 'x')).toThrow(/basePath/);
    });
  });
});
