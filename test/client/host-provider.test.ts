import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../src/client/backoff.js';
import { HostProvider } from '../../src/client/host-provider.js';
import { SeededRandom } from '../../src/testing/sim/seeded-random.js';
import { VirtualTime } from '../recipes/model/virtual-time.js';
import { VirtualNetwork } from './support/virtual-network.js';

const network = new VirtualNetwork(new VirtualTime());
const servers = ['a', 'b', 'c', 'd', 'e'].map((host) => ({ host, port: 2181 }));

function firstRound(seed: number): string {
  const hosts = new HostProvider(servers, network, new SeededRandom(seed));
  return Array.from(servers, () => hosts.next().server.host).join('');
}

describe('the host provider', () => {
  it('goes through all servers in turn, in an order shuffled once', () => {
    const hosts = new HostProvider(servers, network, new SeededRandom(7));
    const order = Array.from({ length: 15 }, () => hosts.next().server.host).join('');
    expect([...order.slice(0, 5)].sort().join('')).toBe('abcde');
    expect(order.slice(5, 10)).toBe(order.slice(0, 5));
    expect(order.slice(10)).toBe(order.slice(0, 5));
  });

  it('spreads clients evenly', () => {
    const firsts = Array.from({ length: 5000 }, (_, seed) => firstRound(seed)[0] ?? '');
    for (const host of 'abcde') {
      const count = firsts.filter((first) => first === host).length;
      expect(count).toBeGreaterThan(850);
      expect(count).toBeLessThan(1150);
    }
  });

  it('goes on with other servers when it is given others', () => {
    const hosts = new HostProvider(servers, network, new SeededRandom(7));
    hosts.next();
    hosts.replace(['x', 'y'].map((host) => ({ host, port: 2181 })));
    const names = Array.from({ length: 4 }, () => hosts.next().server.host);
    expect([...names].sort()).toEqual(['x', 'x', 'y', 'y']);
    expect(names.slice(2)).toEqual(names.slice(0, 2));
  });

  it('tries a preferred server next', () => {
    const hosts = new HostProvider(servers, network, new SeededRandom(7));
    for (const wanted of servers) {
      hosts.next();
      hosts.prefer(wanted);
      expect(hosts.next().server).toBe(wanted);
    }
  });

  it('asks for the addresses each time, and goes through them', async () => {
    network.names.set('many', ['1', '2', '3']);
    const hosts = new HostProvider([{ host: 'many', port: 1 }], network, new SeededRandom(1));
    const seen = new Set<string>();
    for (let i = 0; i < 3; i++) seen.add((await hosts.next().resolve()).address);
    expect(seen).toEqual(new Set(['1', '2', '3']));
    network.names.set('many', ['4']);
    expect((await hosts.next().resolve()).address).toBe('4');
    network.names.set('many', []);
    await expect(hosts.next().resolve()).rejects.toThrow('many');
  });
});

describe('backoff', () => {
  it('is uniform up to an end that doubles, never beyond the most and never nothing', () => {
    const random = new SeededRandom(3);
    for (const [round, end] of [0, 1, 2, 3, 10, 1000].map((each) => [each, Math.min(2000, 50 * 2 ** each)] as const)) {
      const waits = Array.from({ length: 2000 }, () => backoffMs({ baseMs: 50, maxMs: 2000 }, round, random));
      expect(Math.max(...waits)).toBeLessThanOrEqual(end);
      expect(Math.max(...waits)).toBeGreaterThan(end * 0.9);
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(5);
      const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
      expect(mean).toBeGreaterThan(end * 0.45);
      expect(mean).toBeLessThan(end * 0.55 + 5);
    }
  });
});
