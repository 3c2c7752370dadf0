import { beforeEach, describe, expect, it } from 'vitest';
import { ConnectionLossError, SessionExpiredError } from '../../src/client/index.js';
import { CreateFlags } from '../../src/protocol/create-mode.js';
import { OpCode } from '../../src/protocol/op-codes.js';
import { statOf } from './support/scripted-server.js';
import { SESSION_TIMEOUT_MS, VirtualWorld } from './support/virtual-world.js';

let world: VirtualWorld;
beforeEach(() => (world = new VirtualWorld()));

describe('a connection that is lost', () => {
  it('comes back within the session, with its id, password and the last zxid seen', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.getData, (request) => request.reply({ data: null, stat: statOf() }, 77));
    await world.until(client.getData('/a'));
    server.zxid = 77;
    const { sessionId } = client;
    server.last.hangUp();
    await world.pass(500);
    expect(client.state).toBe('connected');
    expect(client.sessionId).toBe(sessionId);
    expect(server.handshakes[1]).toMatchObject({ sessionId, lastZxidSeen: 77n, timeOut: SESSION_TIMEOUT_MS });
    expect(server.handshakes[1]?.passwd).toEqual(Buffer.alloc(16, 7));
    expect(world.log).toEqual(['connected', 'suspended', 'connected']);
  });

  it('fails what was sent and not answered, as ambiguous if it was a write', async () => {
    const { server, client } = await world.pair();
    const read = client.getData('/a');
    const write = client.setData('/a', 'x');
    void world.pass(5).then(() => server.last.hangUp());
    const [readError, writeError] = await Promise.all([world.failure(read), world.failure(write)]);
    expect(readError).toBeInstanceOf(ConnectionLossError);
    expect(readError).toMatchObject({ retryable: true, ambiguous: false, op: 'getData', path: '/a' });
    expect(writeError).toMatchObject({ code: 'CONNECTION_LOSS', rc: -4, retryable: true, ambiguous: true });
  });

  it('keeps what was not sent, and sends it afterwards in the order of the calls', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.setData, (request) => request.reply({ stat: statOf({ version: request.body.version + 1 }) }));
    server.last.hangUp();
    await world.pass(3);
    expect(client.state).toBe('suspended');
    const versions = [0, 1, 2].map((version) => client.setData('/a', 'x', { version }));
    const stats = await world.until(Promise.all(versions));
    expect(stats.map((stat) => stat.version)).toEqual([1, 2, 3]);
    expect(server.of(OpCode.setData).map((request) => request.xid)).toEqual([1, 2, 3]);
  });

  it('never sends a write again by itself', async () => {
    const { server, client } = await world.pair();
    const write = client.create('/a', 'x');
    void world.pass(5).then(() => server.last.hangUp());
    await world.failure(write);
    await world.pass(2000);
    expect(client.state).toBe('connected');
    expect(server.of(OpCode.create2)).toHaveLength(1);
    expect(server.of(OpCode.create2)[0]?.body.flags).toBe(CreateFlags.persistent);
  });

  it('is one connection at the end, however often the server restarts', async () => {
    const { server, client } = await world.pair();
    for (let i = 0; i < 10; i++) {
      await server.stop();
      await world.pass(400);
      await server.listen();
      await world.until(client.connected());
    }
    await world.pass(5000);
    expect(server.open).toHaveLength(1);
    expect(world.network.links.size).toBe(1);
    expect(client.sessionId).toBe([...server.sessions.keys()][0]);
  });

  it('makes no tight loop while nobody listens, nor while every handshake is hung up on', async () => {
    const { server } = await world.pair();
    await server.stop();
    const before = world.network.attempts.length;
    await world.pass(60_000);
    expect(world.network.attempts.length - before).toBeLessThan(100);
    server.handshake = 'hangUp';
    await server.listen();
    const later = world.network.attempts.length;
    await world.pass(60_000);
    expect(world.network.attempts.length - later).toBeLessThan(100);
    expect(world.network.attempts.length - later).toBeGreaterThan(20);
  });

  it('backs off from a server that accepts and drops at once', async () => {
    const { server, client } = await world.pair();
    client.on('reconnected', () => server.last.hangUp());
    server.last.hangUp();
    const before = server.handshakes.length;
    await world.pass(20_000);
    expect(server.handshakes.length - before).toBeLessThan(60);
  });

  it('resolves names at each attempt, so that a server that moved is found within one backoff', async () => {
    world.network.names.set('zk.test', ['10.0.0.1']);
    const old = await world.server({ host: '10.0.0.1' });
    const moved = await world.server({ host: '10.0.0.2' });
    const client = world.client('zk.test');
    await world.until(client.connected());
    moved.sessions.set(client.sessionId, { id: client.sessionId, timeoutMs: SESSION_TIMEOUT_MS });
    await old.stop();
    await world.pass(20);
    world.network.names.set('zk.test', ['10.0.0.2']);
    await world.until(client.connected(), 2000);
    expect(moved.open).toHaveLength(1);
  });

  it('goes through all addresses of a name', async () => {
    world.network.names.set('zk.test', ['10.0.0.1', '10.0.0.2', '10.0.0.3']);
    const server = await world.server({ host: '10.0.0.2' });
    await world.until(world.client('zk.test').connected(), 2000);
    expect(server.open).toHaveLength(1);
  });

  it('goes on to the next server when one does not answer at all', async () => {
    world.network.blackHoles.add('10.0.0.1:2181');
    const server = await world.server({ host: '10.0.0.2' });
    const client = world.client('10.0.0.1,10.0.0.2', { connectTimeoutMs: 500 });
    await world.until(client.connected(), 2000);
    expect(server.open).toHaveLength(1);
  });

  it('goes on to the next server when one accepts and never shakes hands', async () => {
    const mute = await world.server({ host: '10.0.0.1' });
    mute.handshake = 'ignore';
    await world.server({ host: '10.0.0.2' });
    const client = world.client('10.0.0.1,10.0.0.2', { connectTimeoutMs: 500 });
    await world.until(client.connected(), 2000);
    await world.pass(1000);
    expect(mute.open).toEqual([]);
  });

  it('tries the only server again in time for its session when that accepts and never shakes hands', async () => {
    const { server, client } = await world.pair();
    const { sessionId } = client;
    server.handshake = 'ignore';
    server.last.hangUp();
    await world.pass(500);
    server.handshake = 'accept';
    await world.pass(SESSION_TIMEOUT_MS - 700);
    expect(client.state).toBe('connected');
    expect(client.sessionId).toBe(sessionId);
  });
});

describe('a silent server', () => {
  it('is pinged after a third of the timeout of idle sending', async () => {
    const { server } = await world.pair();
    await world.pass(10_000);
    expect(server.last.pings).toBeGreaterThanOrEqual(9);
    expect(server.last.pings).toBeLessThanOrEqual(10);
    expect(world.log).toEqual(['connected']);
  });

  it('is left after two thirds of the timeout', async () => {
    const { server, client } = await world.pair();
    const startMs = world.time.monotonicMs();
    for (const link of world.network.links) link.isSilent = true;
    client.once('suspended', () => world.log.push(`at ${world.time.monotonicMs() - startMs}`));
    await world.pass(2500);
    expect(world.log).toEqual(['connected', 'suspended', 'at 2000', 'connected']);
    expect(server.handshakes).toHaveLength(2);
  });

  it('is not left while bytes of a long answer keep coming', async () => {
    const { server, client } = await world.pair({ limits: { frameBytesMax: 100_000 } });
    server.answersPings = false;
    server.on(OpCode.getData, (request) => {
      const frame = Buffer.alloc(60_000);
      frame.writeInt32BE(frame.length - 4, 0);
      frame.writeInt32BE(request.xid, 4);
      frame.writeInt32BE(frame.length - 24 - 68, 20);
      for (let i = 0; i < 10; i++) {
        const piece = frame.subarray(i * 6000, (i + 1) * 6000);
        world.time.after(i * 1000, () => request.connection.raw(piece));
      }
    });
    const { data } = await world.until(client.getData('/big'));
    expect(data).toHaveLength(60_000 - 24 - 68);
    expect(world.log).toEqual(['connected']);
  });

  it('is forgiven a standstill of our own event loop', async () => {
    const { server, client } = await world.pair();
    await world.pass(500);
    // Two and a half seconds pass while nothing is looked at, less than the session can bear.
    world.time.stall(2500);
    await world.pass(100);
    expect(client.state).toBe('connected');
    expect(server.handshakes).toHaveLength(1);
  });

  it('loses the session after four thirds of the timeout, without any server saying so', async () => {
    const { server, client } = await world.pair();
    const { session } = client;
    const losses: unknown[] = [];
    client.on('lost', (event) => losses.push(event));
    const heardMs = world.time.monotonicMs();
    await server.stop();
    await world.pass(5);
    const waiting = client.getData('/a');
    const error = await world.failure(waiting);
    expect(world.time.monotonicMs() - heardMs).toBeLessThanOrEqual(4001);
    expect(world.time.monotonicMs() - heardMs).toBeGreaterThanOrEqual(3990);
    expect(error).toBeInstanceOf(SessionExpiredError);
    expect(error).toMatchObject({ retryable: true, ambiguous: false });
    expect(session.signal.aborted).toBe(true);
    expect(losses).toEqual([{ sessionId: session.id, reason: 'silence' }]);
    expect(client.state).toBe('lost');
  });
});
