import { beforeEach, describe, expect, it } from 'vitest';
import { ErrorCode } from '../../src/protocol/error-codes.js';
import { EventType } from '../../src/protocol/event.js';
import { OpCode } from '../../src/protocol/op-codes.js';
import { VirtualWorld } from './support/virtual-world.js';
import { gather, readablePair } from './support/watched-reads.js';

let world: VirtualWorld;
beforeEach(() => (world = new VirtualWorld()));

const pair = () => readablePair(world);

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

  it('a children watch below a recursive one is set again before any other call of a new connection', async () => {
    const { server, client } = await pair();
    await world.until(client.getChildren('/a', { watch: true }));
    await world.until(client.addWatch('/a', { recursive: true }));
    await world.pass(10);
    const suspended = new Promise<void>((resolve) => client.once('suspended', () => resolve()));
    server.last.hangUp();
    await world.until(suspended);
    // Its answer may know of what the watch has still to tell.
    await world.until(client.getData('/b'));
    expect(server.names().slice(-3)).toEqual(['setWatches2', 'setWatches', 'getData']);
    await world.pass(500);
    expect(server.names().at(-1)).toBe('getData');
  });

  it('a standing one that is closed while there is no connection serves no read that is made then', async () => {
    const { server, client } = await pair();
    const standing = await world.until(client.addWatch('/a'));
    await world.until(client.getData('/a', { watch: true }));
    const suspended = new Promise<void>((resolve) => client.once('suspended', () => resolve()));
    server.last.hangUp();
    await world.until(suspended);
    await world.until(standing.close());
    const { watch } = await world.until(client.getData('/a', { watch: true }));
    expect(server.of(OpCode.getData).at(-1)?.body.watch).toBe(true);
    server.last.event(EventType.nodeDataChanged, '/a');
    await world.until(watch.fired);
    expect(server.names()).toEqual(['addWatch', 'getData', 'setWatches', 'getData']);
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
