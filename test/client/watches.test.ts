import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { WatchEvent, WatchHandle } from '../../src/client/index.js';
import { ErrorCode } from '../../src/protocol/error-codes.js';
import { AddWatchMode, EventType, WatcherType } from '../../src/protocol/event.js';
import { OpCode } from '../../src/protocol/op-codes.js';
import type { ScriptedServer } from './support/scripted-server.js';
import { statOf } from './support/scripted-server.js';
import { VirtualWorld } from './support/virtual-world.js';

let world: VirtualWorld;
beforeEach(() => (world = new VirtualWorld()));

/** Every read succeeds, but for paths with `missing` in them. */
function answerReads(server: ScriptedServer): void {
  const missing = (path: string | null): boolean => path?.includes('missing') === true;
  server.on(OpCode.getData, (request) => {
    if (missing(request.body.path)) request.refuse(ErrorCode.NONODE);
    else request.reply({ data: Buffer.from('x'), stat: statOf() });
  });
  server.on(OpCode.exists, (request) => {
    if (missing(request.body.path)) request.refuse(ErrorCode.NONODE);
    else request.reply({ stat: statOf() });
  });
  server.on(OpCode.getChildren2, (request) => request.reply({ children: [], stat: statOf() }));
  server.on(OpCode.addWatch, (request) => request.reply({ err: 0 }));
}

async function pair() {
  const made = await world.pair();
  answerReads(made.server);
  return made;
}

/** Gathers what a handle yields. */
function gather(handle: WatchHandle): WatchEvent[] {
  const events: WatchEvent[] = [];
  void (async () => {
    for await (const event of handle) events.push(event);
    events.push({ type: 'closed', path: 'end of iteration' });
  })();
  return events;
}

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

describe('watches of several kinds on one path', () => {
  it('data watches are served by a standing one, as older servers keep one mode a path', async () => {
    const { server, client } = await pair();
    const standing = await world.until(client.addWatch('/a'));
    const { watch: data } = await world.until(client.getData('/a', { watch: true }));
    expect(server.of(OpCode.getData)[0]?.body.watch).toBe(false);
    const events = gather(standing);
    server.last.event(EventType.nodeDataChanged, '/a');
    expect(await world.until(data.fired)).toMatchObject({ type: 'dataChanged' });
    expect(events).toHaveLength(1);
  });

  it('what is still wanted is set again when the standing one goes', async () => {
    const { server, client } = await pair();
    server.zxid = 33;
    const standing = await world.until(client.addWatch('/a'));
    const { watch: data } = await world.until(client.getData('/a', { watch: true }));
    const { watch: children } = await world.until(client.getChildren('/a', { watch: true }));
    await world.until(standing.close());
    expect(server.names().slice(-2)).toEqual(['removeWatches', 'setWatches']);
    expect(server.of(OpCode.setWatches)[0]?.body).toEqual({
      relativeZxid: 33n,
      dataWatches: ['/a'],
      existWatches: [],
      childWatches: ['/a'],
    });
    server.last.event(EventType.nodeDeleted, '/a');
    await world.until(Promise.all([data.fired, children.fired]));
  });

  it('a read under way while the standing one goes is armed when it is answered', async () => {
    const { server, client } = await pair();
    const standing = await world.until(client.addWatch('/a'));
    const reading = client.getData('/a', { watch: true });
    const closing = standing.close();
    const { watch } = await world.until(reading);
    await world.until(closing);
    await world.pass(10);
    expect(server.names()).toEqual(['addWatch', 'getData', 'removeWatches', 'setWatches']);
    server.last.event(EventType.nodeDataChanged, '/a');
    await world.until(watch.fired);
  });

  it('where both standing kinds are wanted the server keeps the recursive one, and childrenChanged is made up', async () => {
    const { server, client } = await pair();
    const recursive = await world.until(client.addWatch('/a', { recursive: true }));
    const persistent = await world.until(client.addWatch('/a'));
    expect(server.of(OpCode.addWatch).map(({ body }) => body.mode)).toEqual([1, 1]);
    const events = [gather(recursive), gather(persistent)];
    server.last.event(EventType.nodeCreated, '/a/b', 70);
    // A newer server sends this one, too.
    server.last.event(EventType.nodeChildrenChanged, '/a', 70);
    server.last.event(EventType.nodeDataChanged, '/a', 71);
    server.last.event(EventType.nodeDeleted, '/a/b', 72);
    await world.pass(10);
    expect(events.map((list) => list.map(({ type, path }) => `${type} ${path}`))).toEqual([
      ['created /a/b', 'dataChanged /a', 'deleted /a/b'],
      ['childrenChanged /a', 'dataChanged /a', 'childrenChanged /a'],
    ]);
  });

  it('a persistent one that outlives the recursive one is set again and announces resync', async () => {
    const { server, client } = await pair();
    const persistent = await world.until(client.addWatch('/a'));
    const recursive = await world.until(client.addWatch('/a', { recursive: true }));
    await world.until(client.getData('/a', { watch: true }));
    await world.until(client.getChildren('/a', { watch: true }));
    const events = gather(persistent);
    await world.until(recursive.close());
    await world.pass(10);
    expect(server.names().slice(-2)).toEqual(['removeWatches', 'setWatches2']);
    // The one-shot watches that it served are asked for, too: setWatches catches up with what passed in between.
    expect(server.of(OpCode.setWatches2).at(-1)?.body).toMatchObject({
      dataWatches: ['/a'],
      childWatches: ['/a'],
      persistentWatches: ['/a'],
    });
    expect(events).toEqual([{ type: 'resync', path: '/a' }]);
    server.last.event(EventType.nodeChildrenChanged, '/a');
    await world.pass(10);
    expect(events).toHaveLength(2);
  });

  it('a recursive one that comes over a children watch sets that again, as older servers have replaced it', async () => {
    const { server, client } = await pair();
    const { watch } = await world.until(client.getChildren('/a', { watch: true }));
    await world.until(client.addWatch('/a', { recursive: true }));
    await world.pass(10);
    expect(server.of(OpCode.setWatches).map(({ body }) => body.childWatches)).toEqual([['/a']]);
    server.last.hangUp();
    await world.pass(500);
    expect(server.names().slice(-2)).toEqual(['setWatches2', 'setWatches']);
    server.last.event(EventType.nodeChildrenChanged, '/a');
    await world.until(watch.fired);
  });

  it('an addWatch that is refused leaves the data watch it would have served armed by itself', async () => {
    const { server, client } = await pair();
    server.on(OpCode.addWatch, (request) => request.refuse(ErrorCode.THROTTLEDOP));
    const refused = world.failure(client.addWatch('/a'));
    const { watch } = await world.until(client.getData('/a', { watch: true }));
    expect(await refused).toMatchObject({ code: 'THROTTLED', retryable: true });
    await world.pass(10);
    expect(server.names()).toEqual(['addWatch', 'getData', 'setWatches']);
    server.last.event(EventType.nodeDataChanged, '/a');
    await world.until(watch.fired);
  });
});
