import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AddWatchMode, EventType, WatcherType } from '../../src/protocol/event.js';
import { OpCode } from '../../src/protocol/op-codes.js';
import { VirtualWorld } from './support/virtual-world.js';
import { answerReads, gather, readablePair } from './support/watched-reads.js';

let world: VirtualWorld;
beforeEach(() => (world = new VirtualWorld()));

const pair = () => readablePair(world);

describe('a standing watch', () => {
  it('reports every change of its node until closed', async () => {
    const { server, client } = await pair();
    const watch = await world.until(client.addWatch('/a'));
    expect(server.of(OpCode.addWatch)[0]?.body).toEqual({ path: '/a', mode: AddWatchMode.persistent });
    const events = gather(watch);
    server.last.event(EventType.nodeCreated, '/a');
    server.last.event(EventType.nodeChildrenChanged, '/a');
    server.last.event(EventType.nodeCreated, '/a/b');
    server.last.event(EventType.nodeDeleted, '/a');
    await world.pass(10);
    expect(events.map(({ type }) => type)).toEqual(['created', 'childrenChanged', 'deleted']);
    await world.until(watch.close());
    expect(server.of(OpCode.removeWatches).map(({ body }) => body)).toEqual([{ path: '/a', type: WatcherType.any }]);
    expect(events.at(-1)).toEqual({ type: 'closed', path: 'end of iteration' });
  });

  it('of the recursive kind reports descendants and no childrenChanged', async () => {
    const { server, client } = await pair();
    const [root, deep] = await world.until(
      Promise.all([client.addWatch('/', { recursive: true }), client.addWatch('/a/b', { recursive: true })]),
    );
    const events = [gather(root), gather(deep)];
    server.last.event(EventType.nodeCreated, '/a/b/c');
    server.last.event(EventType.nodeChildrenChanged, '/a/b');
    server.last.event(EventType.nodeDataChanged, '/a');
    server.last.event(EventType.nodeDeleted, '/a/bc');
    await world.pass(10);
    expect(events.map((list) => list.map(({ type, path }) => `${type} ${path}`))).toEqual([
      ['created /a/b/c', 'dataChanged /a', 'deleted /a/bc'],
      ['created /a/b/c'],
    ]);
  });

  it('announces resync after a reconnect, for what was missed', async () => {
    const { server, client } = await pair();
    const [persistent, recursive] = await world.until(
      Promise.all([client.addWatch('/p'), client.addWatch('/r', { recursive: true })]),
    );
    const events = [gather(persistent), gather(recursive)];
    server.last.hangUp();
    await world.pass(500);
    expect(server.of(OpCode.setWatches2).map(({ body }) => body)).toMatchObject([
      { persistentWatches: ['/p'], persistentRecursiveWatches: ['/r'], dataWatches: [] },
    ]);
    expect(events).toEqual([[{ type: 'resync', path: '/p' }], [{ type: 'resync', path: '/r' }]]);
  });

  it('outlives its session and announces resync', async () => {
    const { server, client } = await pair();
    const watch = await world.until(client.addWatch('/p'));
    const events = gather(watch);
    server.expireAll();
    await world.pass(1000);
    expect(client.state).toBe('connected');
    expect(server.of(OpCode.setWatches2)).toHaveLength(1);
    server.last.event(EventType.nodeDataChanged, '/p');
    await world.pass(10);
    expect(events.map(({ type }) => type)).toEqual(['resync', 'dataChanged']);
  });

  it('collapses what a slow reader has not taken into one resync', async () => {
    const { server, client } = await world.pair({ limits: { watchEventsMax: 5 } });
    answerReads(server);
    const watch = await world.until(client.addWatch('/a'));
    for (let i = 0; i < 6; i++) server.last.event(EventType.nodeDataChanged, '/a');
    await world.pass(10);
    server.last.event(EventType.nodeDeleted, '/a');
    await world.pass(10);
    const events = gather(watch);
    await world.pass(0);
    expect(events.map(({ type }) => type)).toEqual(['resync', 'deleted']);
  });

  it('is closed by leaving the loop', async () => {
    const { server, client } = await pair();
    const watch = await world.until(client.addWatch('/a'));
    server.last.event(EventType.nodeDataChanged, '/a');
    const left = (async () => {
      for await (const event of watch) return event.type;
      return 'nothing';
    })();
    expect(await world.until(left)).toBe('dataChanged');
    expect(server.of(OpCode.removeWatches)).toHaveLength(1);
  });

  it('makes no warning of a leak, however many there are', async () => {
    const warned = vi.spyOn(process, 'emitWarning');
    const { client } = await pair();
    await world.until(Promise.all(Array.from({ length: 30 }, () => client.addWatch('/a'))));
    expect(warned).not.toHaveBeenCalled();
  });
});
