import type { Registration } from '../../../src/recipes/discovery/index.js';
import { ServiceDiscovery } from '../../../src/recipes/discovery/index.js';
import { attempt, comesAbout, isEmptyBelow, namesBelow, sameSession } from './insist.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const BASE = '/trial-service-discovery/services';
const WEB = `${BASE}/web`;
const SERVERS = 4;
const CONSUMERS = 2;
const LIFE_MAX_MS = 20_000;
const TYPES = ['DYNAMIC', 'DYNAMIC', 'DYNAMIC_SEQUENTIAL', 'STATIC'] as const;

/** Servers that register and change what they say, and consumers who must find all of them, and only them. */
export function trial(): Trial {
  const dead: TrialClient[] = [];
  return {
    name: 'ServiceDiscovery',
    play(world) {
      for (let left = SERVERS; left > 0; left--) {
        const server = world.client();
        dead.push(server);
        world.worker(server, () => serve(world, server));
      }
      for (let left = CONSUMERS; left > 0; left--) {
        const consumer = world.client();
        world.worker(consumer, () => consume(world, consumer));
      }
    },
    async judge(world, fresh) {
      // What is static outlives whoever was killed before it could unregister.
      for (const { name, isDead } of dead) if (isDead) await fresh.guaranteedDelete(`${WEB}/${name}-static`);
      await isEmptyBelow(world, fresh, WEB);
    },
  };
}

async function serve(world: TrialWorld, server: TrialClient): Promise<void> {
  const { client } = server;
  const { random } = world;
  while (!world.isClosing) {
    const serviceType = random.pick(TYPES);
    const id = serviceType === 'STATIC' ? `${server.name}-static` : server.name;
    await using discovery = new ServiceDiscovery<string>(client, BASE);
    const spec = { name: 'web', id, address: '192.0.2.1', payload: 'first', serviceType };
    const registration = await attempt(world, () => discovery.registerService(spec, { timeoutMs: 20_000 }));
    if (registration === null) continue;
    world.count('registered');
    const lifeMs = random.chance(0.2) ? Infinity : random.skewed(1, LIFE_MAX_MS);
    const endMs = client.monotonicMs() + lifeMs;
    while (!world.isClosing && client.monotonicMs() < endMs) await stay(world, server, registration);
    if (world.isClosing) {
      await attempt(world, () => registration.update({ payload: 'last' }, { timeoutMs: 60_000 }));
      const found = async (): Promise<boolean> =>
        (await discovery.queryForInstance('web', nameOf(registration)))?.payload === 'last';
      await comesAbout(world, server, { what: `${serviceType} ${id} can be found`, isSo: found });
    }
    const isSame = sameSession(server);
    await registration.unregister();
    const left = await attempt(world, () => namesBelow(client, WEB));
    if (left?.some((name) => name.startsWith(id)) === true && isSame())
      world.violated(`${id} is unregistered, and is there`);
  }
}

/** While the session lives, so does the very node: no reconnection may replace it. */
async function stay(world: TrialWorld, server: TrialClient, registration: Registration<string>): Promise<void> {
  const { client } = server;
  const { session } = client;
  const before = await attempt(world, () => client.exists(registration.path ?? '/'));
  await world.sleep(world.random.skewed(1, 3000), server);
  if (world.random.chance(0.3)) {
    const payload = `at ${client.monotonicMs()}`;
    await attempt(world, () => registration.update({ payload }, { timeoutMs: 5000 }));
  }
  const after = await attempt(world, () => client.exists(registration.path ?? '/'));
  if (before === null || after === null || client.session !== session || session.signal.aborted) return;
  if (before.stat === null || before.stat.ephemeralOwner !== session.id) return;
  if (after.stat?.czxid !== before.stat.czxid)
    world.violated(`${String(registration.path)} was replaced within its session`);
}

function nameOf(registration: Registration<string>): string {
  return registration.path?.slice(WEB.length + 1) ?? '';
}

async function consume(world: TrialWorld, consumer: TrialClient): Promise<void> {
  const { client } = consumer;
  await using discovery = new ServiceDiscovery<string>(client, BASE);
  await using provider = discovery.serviceProvider('web');
  await attempt(world, () => provider.ready({ timeoutMs: 60_000 }));
  while (!world.isClosing) {
    await world.sleep(200, consumer);
    if (provider.getInstance() !== null) world.count('found');
  }
  const isSo = async (): Promise<boolean> => {
    const instances = await discovery.queryForInstances('web');
    const [found, seen] = [instances, provider.getAllInstances()].map((list) => list.map(textOf).sort().join());
    return found === seen;
  };
  await comesAbout(world, consumer, { what: 'it sees what is registered', isSo });
}

function textOf({ id, payload }: { readonly id: string; readonly payload: string | null }): string {
  return `${id} ${String(payload)}`;
}
