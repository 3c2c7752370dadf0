import { beforeEach, describe, expect, it } from 'vitest';
import { EventType } from '../../src/protocol/event.js';
import { OpCode } from '../../src/protocol/op-codes.js';
import { statOf } from './support/scripted-server.js';
import { VirtualWorld } from './support/virtual-world.js';
import { readablePair } from './support/watched-reads.js';

let world: VirtualWorld;
beforeEach(() => (world = new VirtualWorld()));

const pair = () => readablePair(world);

describe('the order of events and replies', () => {
  it('holds up to the caller: the event first, then the reply that shows the change', async () => {
    const { server, client } = await pair();
    const { watch } = await world.until(client.getData('/a', { watch: true }));
    const order: string[] = [];
    void watch.fired.then(() => order.push('fired'));
    void (async () => {
      for await (const event of watch) order.push(event.type);
    })();
    server.on(OpCode.getData, (request) => {
      request.connection.event(EventType.nodeDataChanged, '/a');
      request.reply({ data: Buffer.from('new'), stat: statOf() });
    });
    await world.until(client.getData('/a').then(() => order.push('reply')));
    expect(order).toEqual(['fired', 'dataChanged', 'reply']);
  });

  it('holds for a watch set and fired in one piece', async () => {
    const { server, client } = await pair();
    server.on(OpCode.getData, (request) => {
      request.reply({ data: null, stat: statOf() });
      request.connection.event(EventType.nodeDataChanged, '/a');
    });
    const [link] = world.network.links;
    const { watch } = await world.until(client.getData('/a', { watch: true }));
    expect(link).toBeDefined();
    expect(await world.until(watch.fired)).toMatchObject({ type: 'dataChanged' });
  });
});

describe('100,000 watched paths', () => {
  it('are set again in frames of at most 128 KiB of paths, each path once', async () => {
    const { server, client } = await pair();
    const paths = Array.from({ length: 100_000 }, (_, index) => `/watched/path-${String(index).padStart(6, '0')}`);
    const reads = paths.map((path, index) =>
      index % 3 === 0 ? client.exists(`${path}-missing`, { watch: true }) : client.getData(path, { watch: true }),
    );
    const standing = client.addWatch('/standing', { recursive: true });
    await world.until(Promise.all([...reads, standing]));
    server.last.hangUp();
    await world.pass(2000);
    const frames = [...server.of(OpCode.setWatches), ...server.of(OpCode.setWatches2)];
    expect(frames.length).toBeGreaterThan(10);
    expect(Math.max(...frames.map(({ bytes }) => bytes))).toBeLessThan(140 * 1024);
    const set = frames.flatMap(({ body }) => [...(body.dataWatches ?? []), ...(body.existWatches ?? [])]);
    expect(set).toHaveLength(100_000);
    expect(new Set(set).size).toBe(100_000);
    expect(server.of(OpCode.setWatches2)).toHaveLength(1);
    expect(world.log).toEqual(['connected', 'suspended', 'connected']);
  });
});
