import type { Fault } from './faults.js';
import type { Fleet } from './fleet.js';
import type { SeededRandom } from './seeded-random.js';
import type { ServerHost } from './server-host.js';
import type { RoadMap } from './road.js';
import type { VirtualNetwork } from './virtual-network.js';

const PARTITION_MIN_MS = 100;
const PARTITION_MAX_MS = 12_000;
/** Long enough for another leader to be found. */
const DEPOSED_MIN_MS = 1000;
const DEPOSED_MAX_MS = 8000;

/** What goes wrong between servers, by its name in reports. Where there is only one, nothing of it happens. */
export const ENSEMBLE_FAULTS = {
  'servers parted': amongServers(({ random, roads, fleet, clients }, untilMs) => {
    const [ones, others] = halves(random, fleet.hosts);
    part(roads, ones, others, untilMs);
    if (random.chance(0.5)) {
      for (const client of clients) part(roads, [client], random.pick([ones, others]), untilMs);
    }
    return `${named(ones)} from ${named(others)}`;
  }),
  'leader cut off': amongServers(({ random, roads, fleet }, untilMs) => {
    const leader = fleet.leader ?? random.oneOf(fleet.hosts);
    if (leader === undefined) return '';
    const others = fleet.hosts.filter((host) => host !== leader);
    part(roads, [leader], others, untilMs);
    return leader.address;
  }),
  'leader left by its followers': ({ random, world, fleet, population }, name) => {
    const leader = fleet.leader ?? random.oneOf(fleet.hosts);
    if (leader === undefined || fleet.hosts.length < 2 || population.isHurried) return;
    const ms = random.between(DEPOSED_MIN_MS, DEPOSED_MAX_MS);
    world.fault(name, `${leader.address}, for ${Math.round(ms)} ms`);
    const { network, clock } = world;
    const others = fleet.hosts.filter((host) => host !== leader);
    // They are told that it is gone, and it is not told that they are: for a while it goes on as if it led.
    for (const link of network.openLinks(leader.address)) {
      const isDialled = link.client.remoteAddress === leader.address;
      const follower = isDialled ? link.server.remoteAddress : link.client.remoteAddress;
      if (others.some(({ address }) => address === follower)) link.reset(isDialled ? 'client' : 'server');
    }
    part(network.roads, [leader], others, clock.nowMs + ms);
    // Its clients stay with it, and have to hear of what those of the others do meanwhile.
    const own = new Set(network.openLinks(leader.address).map(({ server }) => server.remoteAddress));
    for (const { host } of population.clients()) {
      part(network.roads, [host], own.has(host.address) ? others : [leader], clock.nowMs + ms);
    }
    population.hurry(({ host }) => (own.has(host.address) ? 'look' : 'write'));
  },
  'two servers do not meet': amongServers(({ random, roads, fleet }, untilMs) => {
    const [a, b] = two(random, fleet);
    part(roads, [a], [b], untilMs);
    return named([a, b]);
  }),
  'server deaf to another': amongServers(({ random, roads, fleet }, untilMs) => {
    const [from, to] = two(random, fleet);
    roads.block(from.address, to.address, untilMs);
    return `${to.address} to ${from.address}`;
  }),
  'road between servers slow': (victims, name) => {
    const { fleet, random, world } = victims;
    if (fleet.hosts.length < 2) return;
    const [a, b] = two(random, fleet);
    world.fault(name, named([a, b]));
    const { roads } = world.network;
    roads.slowDown(a.address, b.address, random.between(5, 100));
    world.outside.after(random.skewed(PARTITION_MIN_MS, PARTITION_MAX_MS), () =>
      roads.slowDown(a.address, b.address, 1),
    );
  },
  'power lost everywhere': onAll((host) => host.powerOff()),
  'all servers killed': onAll((host) => host.kill()),
} as const satisfies Record<string, Fault>;

interface Field {
  readonly random: SeededRandom;
  readonly roads: RoadMap;
  readonly network: VirtualNetwork;
  readonly fleet: Fleet;
  readonly clients: readonly Addressed[];
}

/** Something between servers is blocked for a while; `block` says what, for the report. */
function amongServers(block: (field: Field, untilMs: number) => string): Fault {
  return ({ fleet, random, world, population }, name) => {
    if (fleet.hosts.length < 2) return;
    const ms = random.skewed(PARTITION_MIN_MS, PARTITION_MAX_MS);
    const clients = population.clients().map(({ host }) => host);
    const { network, clock } = world;
    const what = block({ fleet, random, network, roads: network.roads, clients }, clock.nowMs + ms);
    world.fault(name, `${what}, for ${Math.round(ms)} ms`);
  };
}

function onAll(strike: (host: ServerHost) => void): Fault {
  return ({ fleet, world }, name) => {
    if (fleet.hosts.length < 2) return;
    world.fault(name);
    fleet.hosts.forEach(strike);
  };
}

interface Addressed {
  readonly address: string;
}

function part(roads: RoadMap, ones: readonly Addressed[], others: readonly Addressed[], untilMs: number): void {
  for (const one of ones) {
    for (const other of others) {
      roads.block(one.address, other.address, untilMs);
      roads.block(other.address, one.address, untilMs);
    }
  }
}

/** Neither is empty. */
function halves(random: SeededRandom, hosts: readonly ServerHost[]): [ServerHost[], ServerHost[]] {
  const shuffled = shuffle(random, hosts);
  const cut = 1 + random.below(hosts.length - 1);
  return [shuffled.slice(0, cut), shuffled.slice(cut)];
}

function two(random: SeededRandom, { hosts }: Fleet): [ServerHost, ServerHost] {
  const [a, b] = shuffle(random, hosts);
  return [a!, b!];
}

function shuffle<T>(random: SeededRandom, list: readonly T[]): T[] {
  const drawn = list.map((item) => ({ item, place: random.float() }));
  return drawn.sort((a, b) => a.place - b.place).map(({ item }) => item);
}

function named(hosts: readonly Addressed[]): string {
  return hosts.map(({ address }) => address).join(' and ');
}
