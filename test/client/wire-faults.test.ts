import { beforeEach, describe, expect, it } from 'vitest';
import { ConnectionLossError, FrameTooLargeError, KeeperError } from '../../src/client/index.js';
import { ErrorCode } from '../../src/protocol/error-codes.js';
import { EventType } from '../../src/protocol/event.js';
import { OpCode } from '../../src/protocol/op-codes.js';
import { statOf } from './support/scripted-server.js';
import { VirtualWorld } from './support/virtual-world.js';

let world: VirtualWorld;
beforeEach(() => (world = new VirtualWorld()));

function frameOf(length: number, ...words: number[]): Buffer {
  const frame = Buffer.alloc(4 + words.length * 4);
  frame.writeInt32BE(length, 0);
  words.forEach((word, index) => frame.writeInt32BE(word, 4 + index * 4));
  return frame;
}

describe('an answer that is not what it should be', () => {
  it('with an error code nobody knows is an error on that request only', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.getData, (request) => request.refuse(-9999));
    server.on(OpCode.exists, (request) => request.reply({ stat: statOf() }));
    const [error, found] = await Promise.all([world.failure(client.getData('/a')), world.until(client.exists('/a'))]);
    expect(error).toBeInstanceOf(KeeperError);
    expect(error).toMatchObject({ code: 'UNKNOWN', rc: -9999, path: '/a', op: 'getData', retryable: false });
    expect(found.stat).not.toBeNull();
    expect(server.handshakes).toHaveLength(1);
  });

  it('whose body cannot be read is an error on that request only', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.getData, (request) => {
      request.connection.raw(frameOf(20, request.xid, 0, 5, 0, 1000));
    });
    server.on(OpCode.exists, (request) => request.reply({ stat: statOf() }));
    expect(await world.failure(client.getData('/a'))).toMatchObject({ code: 'MARSHALLING_ERROR' });
    await world.until(client.exists('/a'));
    expect(server.handshakes).toHaveLength(1);
  });

  it('whose body cannot be read leaves the fate of a write open', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.create2, (request) => {
      request.connection.raw(frameOf(20, request.xid, 0, 5, 0, 1000));
    });
    expect(await world.failure(client.create('/a'))).toMatchObject({ code: 'MARSHALLING_ERROR', ambiguous: true });
  });

  it('from a server that does not know itself leaves the fate of a write open', async () => {
    const { server, client } = await world.pair();
    for (const rc of [ErrorCode.CONNECTIONLOSS, ErrorCode.OPERATIONTIMEOUT]) {
      server.on(OpCode.setData, (request) => request.refuse(rc));
      server.on(OpCode.exists, (request) => request.refuse(rc));
      const [write, read] = await Promise.all([
        world.failure(client.setData('/a', 'x')),
        world.failure(client.exists('/a')),
      ]);
      expect(write).toMatchObject({ rc, retryable: true, ambiguous: true });
      expect(read).toMatchObject({ rc, retryable: true, ambiguous: false });
    }
  });

  it('with the xid of another request breaks the connection, which then comes back', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.getData, (request) => request.connection.reply(request.xid + 5, { zxid: 1, rc: 0 }));
    expect(await world.failure(client.getData('/a'))).toBeInstanceOf(ConnectionLossError);
    await world.until(client.connected());
    expect(server.handshakes).toHaveLength(2);
  });

  it.each([
    ['a negative length', frameOf(-5)],
    ['no header', frameOf(4, 1)],
    ['an event that cannot be read', frameOf(20, -1, -1, -1, 0, 1)],
  ])('with %s breaks the connection, which then comes back', async (_, bytes) => {
    const { server, client } = await world.pair();
    server.last.raw(bytes);
    await world.pass(500);
    expect(world.log).toEqual(['connected', 'suspended', 'connected']);
    expect(client.state).toBe('connected');
    expect(server.handshakes).toHaveLength(2);
  });

  it('to a handshake is a failed attempt', async () => {
    const server = await world.server();
    server.handshake = 'ignore';
    const client = world.client(server.connectString);
    await world.pass(10);
    // What a read-only server without local sessions says: a reply header in place of a ConnectResponse.
    server.last.raw(frameOf(16, 0, 0, 0, -119));
    server.handshake = 'accept';
    await world.until(client.connected(), 1000);
    expect(server.handshakes).toHaveLength(2);
  });

  it('is read whatever the pieces it comes in', async () => {
    const { server, client } = await world.pair();
    const direct = server.last.raw.bind(server.last);
    server.last.raw = (bytes) => bytes.forEach((byte) => direct(Buffer.of(byte)));
    server.on(OpCode.getChildren2, (request) => request.reply({ children: ['a', 'b'], stat: statOf() }));
    expect((await world.until(client.getChildren('/'))).children).toEqual(['a', 'b']);
  });

  it('of an unknown event type is ignored', async () => {
    const { server, client } = await world.pair();
    server.last.event(99, '/a');
    server.last.event(EventType.none, '/a');
    await world.pass(100);
    expect(client.state).toBe('connected');
    expect(server.handshakes).toHaveLength(1);
  });
});

describe('frames above the limit', () => {
  it('in an answer fail that call with a clear error, once, and end in no loop', async () => {
    const { server, client } = await world.pair({ limits: { frameBytesMax: 10_000 } });
    const children = Array.from({ length: 2000 }, (_, index) => `child-${index}`);
    server.on(OpCode.getChildren2, (request) => request.reply({ children, stat: statOf() }));
    const error = await world.failure(client.getChildren('/many'));
    expect(error).toBeInstanceOf(FrameTooLargeError);
    expect(error).toMatchObject({ retryable: false, path: '/many', op: 'getChildren2' });
    expect(String(error)).toMatch(/an answer of \d+ bytes exceeds limits.frameBytesMax of 10000/);
    await world.pass(5000);
    expect(client.state).toBe('connected');
    expect(server.of(OpCode.getChildren2)).toHaveLength(1);
    expect(server.handshakes).toHaveLength(2);
  });

  it('in an answer pass where the call takes them, up to what it takes, and nowhere else', async () => {
    const { server, client } = await world.pair({ limits: { frameBytesMax: 10_000 } });
    const children = Array.from({ length: 2000 }, (_, index) => `child-${index}`);
    server.on(OpCode.getChildren2, (request) => request.reply({ children, stat: statOf() }));
    const [one, small, two] = await Promise.all([
      world.until(client.getChildren('/many', { answerBytesMax: 100_000 })),
      world.failure(client.getChildren('/many', { answerBytesMax: 20_000 })),
      world.failure(client.getChildren('/many')),
    ]);
    expect(one.children).toEqual(children);
    expect(String(small)).toMatch(/an answer of \d+ bytes exceeds answerBytesMax of 20000/);
    // It was behind the one at which the connection broke.
    expect(two).toBeInstanceOf(ConnectionLossError);
    expect(await world.failure(client.getChildren('/many'))).toBeInstanceOf(FrameTooLargeError);
    const nonsense = await world.failure(client.getChildren('/many', { answerBytesMax: 0.5 }));
    expect(String(nonsense)).toContain('answerBytesMax is 0.5');
  });

  it('in a request are refused before anything is sent', async () => {
    const { server, client } = await world.pair();
    const error = await world.failure(client.setData('/a', Buffer.alloc(0xfffff)));
    expect(error).toBeInstanceOf(FrameTooLargeError);
    expect(String(error)).toMatch(/setData \/a: the request takes 1048\d+ bytes, limits.frameBytesMax is 1048575/);
    expect(server.received).toEqual([]);
    expect(client.state).toBe('connected');
  });

  it('of the largest legal size pass, and can be read back', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.setData, (request) => request.reply({ stat: statOf() }));
    const data = Buffer.alloc(0xfffff - 20 - '/a'.length);
    await world.until(client.setData('/a', data));
    expect(server.of(OpCode.setData)[0]?.bytes).toBe(0xfffff);
    server.on(OpCode.getData, (request) => request.reply({ data, stat: statOf() }));
    expect((await world.until(client.getData('/a'))).data).toHaveLength(data.length);
  });
});

describe('the wire', () => {
  it('gets the calls of one turn in one write', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.exists, (request) => request.reply({ stat: statOf() }));
    const [link] = world.network.links;
    const before = link?.client.writes ?? 0;
    await world.until(Promise.all(Array.from({ length: 50 }, () => client.exists('/a'))));
    expect((link?.client.writes ?? 0) - before).toBe(1);
  });

  it('gets no more than the window while answers are missing, then the rest, in order', async () => {
    const { server, client } = await world.pair({ limits: { inFlightMax: 10 } });
    const held: (() => void)[] = [];
    server.on(OpCode.exists, (request) => {
      held.push(() => request.reply({ stat: statOf() }));
    });
    const all = Promise.all(Array.from({ length: 25 }, (_, index) => client.exists(`/n${index}`)));
    await world.pass(100);
    expect(held).toHaveLength(10);
    held.splice(0).forEach((answer) => answer());
    server.on(OpCode.exists, (request) => request.reply({ stat: statOf() }));
    await world.until(all);
    expect(server.of(OpCode.exists).map(({ body }) => body.path)).toEqual(
      Array.from({ length: 25 }, (_, index) => `/n${index}`),
    );
  });

  it('is left alone while the socket is full', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.exists, (request) => request.reply({ stat: statOf() }));
    const [link] = world.network.links;
    if (link === undefined) throw new Error('no link');
    link.client.hasRoom = false;
    const first = client.exists('/first');
    await world.pass(5);
    const second = client.exists('/second');
    await world.pass(5);
    expect(server.of(OpCode.exists)).toHaveLength(1);
    link.client.drain();
    await world.until(Promise.all([first, second]));
  });

  it('refuses calls beyond the bound of the queue', async () => {
    const { server, client } = await world.pair({ limits: { queuedMax: 3, queuedBytesMax: 10_000 } });
    await server.stop();
    await world.pass(5);
    const kept = [1, 2].map(() => client.exists('/a'));
    const tooBig = world.failure(client.setData('/a', Buffer.alloc(20_000)));
    expect(await tooBig).toMatchObject({ code: 'QUEUE_FULL', retryable: true, ambiguous: false });
    kept.push(client.exists('/a'));
    expect(await world.failure(client.exists('/a'))).toMatchObject({ code: 'QUEUE_FULL' });
    server.on(OpCode.exists, (request) => request.reply({ stat: statOf() }));
    await server.listen();
    await world.until(Promise.all(kept));
  });
});
