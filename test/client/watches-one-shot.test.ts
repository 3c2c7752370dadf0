import { beforeEach, describe, expect, it } from 'vitest';
import { EventType, WatcherType } from '../../src/protocol/event.js';
import { OpCode } from '../../src/protocol/op-codes.js';
import { statOf } from './support/scripted-server.js';
import { VirtualWorld } from './support/virtual-world.js';
import { gather, readablePair } from './support/watched-reads.js';

let world: VirtualWorld;
beforeEach(() => (world = new VirtualWorld()));

const pair = () => readablePair(world);

describe('a one-shot watch', () => {
  it('fires once, and its iteration ends', async () => {
    const { server, client } = await pair();
    const { watch } = await world.until(client.getData('/a', { watch: true }));
    expect(server.of(OpCode.getData)[0]?.body.watch).toBe(true);
    const events = gather(watch);
    server.last.event(EventType.nodeDataChanged, '/a', 9);
    server.last.event(EventType.nodeDeleted, '/a', 10);
    expect(await world.until(watch.fired)).toEqual({ type: 'dataChanged', path: '/a', zxid: 9 });
    await world.pass(10);
    expect(events).toEqual([
      { type: 'dataChanged', path: '/a', zxid: 9 },
      { type: 'closed', path: 'end of iteration' },
    ]);
    expect(await watch.fired).toEqual({ type: 'dataChanged', path: '/a', zxid: 9 });
  });

  it.each([
    ['exists of a node', '/a', EventType.nodeDeleted, 'deleted'],
    ['exists of a missing node', '/missing', EventType.nodeCreated, 'created'],
  ] as const)('of %s fires', async (_, path, type, name) => {
    const { server, client } = await pair();
    const { stat, watch } = await world.until(client.exists(path, { watch: true }));
    expect(stat === null).toBe(path === '/missing');
    expect(watch.kind).toBe('exists');
    server.last.event(type, path);
    expect(await world.until(watch.fired)).toEqual({ type: name, path });
  });

  it('of children fires for its own deletion, too, and one event serves all kinds', async () => {
    const { server, client } = await pair();
    const [{ watch: children }, { watch: data }, { watch: exists }] = await world.until(
      Promise.all([
        client.getChildren('/a', { watch: true }),
        client.getData('/a', { watch: true }),
        client.exists('/a', { watch: true }),
      ]),
    );
    server.last.event(EventType.nodeDeleted, '/a');
    const fired = await world.until(Promise.all([children.fired, data.fired, exists.fired]));
    expect(fired).toEqual(Array(3).fill({ type: 'deleted', path: '/a' }));
  });

  it('is not set where the read fails', async () => {
    const { server, client } = await pair();
    await world.failure(client.getData('/missing', { watch: true }));
    server.last.hangUp();
    await world.pass(500);
    expect(server.of(OpCode.setWatches)).toEqual([]);
  });

  it('is shared on the server by all its handles; the last one to go removes it', async () => {
    const { server, client } = await pair();
    const handles = await world.until(
      Promise.all(Array.from({ length: 12 }, () => client.getData('/a', { watch: true }))),
    );
    const [first, ...others] = handles.map(({ watch }) => watch);
    const firstFired = first?.fired;
    await world.until(Promise.all(others.map((watch) => watch.close())));
    expect(server.of(OpCode.removeWatches)).toEqual([]);
    await world.until(first?.close() ?? Promise.reject(new Error('no handle')));
    expect(server.of(OpCode.removeWatches).map(({ body }) => body)).toEqual([{ path: '/a', type: WatcherType.data }]);
    expect(await firstFired).toEqual({ type: 'closed', path: '/a' });
    server.last.hangUp();
    await world.pass(500);
    expect(server.of(OpCode.setWatches)).toEqual([]);
  });

  it('is not removed while a read that sets it anew is under way', async () => {
    const { server, client } = await pair();
    const { watch: old } = await world.until(client.getData('/a', { watch: true }));
    const reading = client.getData('/a', { watch: true });
    await world.until(old.close());
    const { watch } = await world.until(reading);
    expect(server.of(OpCode.removeWatches)).toEqual([]);
    server.last.event(EventType.nodeDataChanged, '/a');
    expect(await world.until(watch.fired)).toMatchObject({ type: 'dataChanged' });
  });

  it('set by a call that was given up is removed when the reply tells that it was set', async () => {
    const { server, client } = await pair();
    server.on(OpCode.getData, (request) => {
      world.time.after(100, () => request.reply({ data: null, stat: statOf() }));
    });
    await world.failure(client.getData('/a', { watch: true, timeoutMs: 50 }));
    expect(server.of(OpCode.removeWatches)).toEqual([]);
    await world.pass(200);
    expect(server.of(OpCode.removeWatches).map(({ body }) => body)).toEqual([{ path: '/a', type: WatcherType.data }]);
  });

  it('needs no removal when it has fired', async () => {
    const { server, client } = await pair();
    const { watch } = await world.until(client.getData('/a', { watch: true }));
    server.last.event(EventType.nodeDataChanged, '/a');
    await world.until(watch.fired);
    await world.until(watch.close());
    await world.pass(10);
    expect(server.of(OpCode.removeWatches)).toEqual([]);
  });

  it('survives a reconnect by setWatches with the zxid of the last reply, which catches up', async () => {
    const { server, client } = await pair();
    server.zxid = 40;
    const [data, missing, children] = await world.until(
      Promise.all([
        client.getData('/data', { watch: true }),
        client.exists('/missing', { watch: true }),
        client.getChildren('/children', { watch: true }),
      ]),
    );
    server.last.event(EventType.nodeDataChanged, '/other', 99);
    server.on(OpCode.setWatches, (request) => {
      request.connection.event(EventType.nodeDataChanged, '/data');
      request.reply({});
    });
    server.last.hangUp();
    expect(await world.until(data.watch.fired)).toEqual({ type: 'dataChanged', path: '/data' });
    expect(server.of(OpCode.setWatches).map(({ body }) => body)).toEqual([
      { relativeZxid: 40n, dataWatches: ['/data'], existWatches: ['/missing'], childWatches: ['/children'] },
    ]);
    server.last.event(EventType.nodeCreated, '/missing');
    server.last.event(EventType.nodeChildrenChanged, '/children');
    expect(await world.until(missing.watch.fired)).toMatchObject({ type: 'created' });
    expect(await world.until(children.watch.fired)).toMatchObject({ type: 'childrenChanged' });
  });

  it('ends with its session, by an event', async () => {
    const { server, client } = await pair();
    const { watch } = await world.until(client.getData('/a', { watch: true }));
    const events = gather(watch);
    server.expireAll();
    expect(await world.until(watch.fired)).toEqual({ type: 'sessionLost', path: '/a' });
    await world.until(client.connected());
    expect(server.of(OpCode.setWatches)).toEqual([]);
    expect(events.map(({ type }) => type)).toEqual(['sessionLost', 'closed']);
    await watch.close();
  });

  it('ends with its client, by an event', async () => {
    const { client } = await pair();
    const { watch } = await world.until(client.getData('/a', { watch: true }));
    await world.until(client.close());
    expect(await watch.fired).toEqual({ type: 'closed', path: '/a' });
  });
});
