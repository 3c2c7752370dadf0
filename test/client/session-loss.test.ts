import { beforeEach, describe, expect, it } from 'vitest';
import { SessionExpiredError } from '../../src/client/index.js';
import { OpCode } from '../../src/protocol/op-codes.js';
import { statOf } from './support/scripted-server.js';
import { SESSION_TIMEOUT_MS, VirtualWorld } from './support/virtual-world.js';

let world: VirtualWorld;
beforeEach(() => (world = new VirtualWorld()));

describe('a session that has expired', () => {
  it('ends its signal, then a new one is opened by itself, keeping the highest zxid seen', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.sync, (request) => request.reply({ path: request.body.path }, 50));
    await world.until(client.sync('/'));
    server.zxid = 50;
    const old = client.session;
    const reconnections: unknown[] = [];
    client.on('reconnected', (event) => reconnections.push(event));
    server.expireAll();
    await world.pass(1000);
    expect(world.log).toEqual(['connected', 'suspended', 'lost', 'connected']);
    expect(old.signal.aborted).toBe(true);
    expect(old.signal.reason).toBeInstanceOf(SessionExpiredError);
    expect(client.session.id).not.toBe(old.id);
    expect(client.session.signal.aborted).toBe(false);
    expect(reconnections).toEqual([
      { sessionId: client.sessionId, timeoutMs: SESSION_TIMEOUT_MS, server: server.connectString, sameSession: false },
    ]);
    expect(server.handshakes.at(-1)).toMatchObject({ sessionId: 0n, lastZxidSeen: 50n });
  });

  it('fails what waited for it; what is called afterwards waits for the next', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.exists, (request) => request.reply({ stat: statOf() }));
    server.expireAll();
    await world.pass(3);
    expect(client.state).toBe('suspended');
    const before = world.failure(client.exists('/a'));
    const after = new Promise((resolve) => client.on('lost', () => resolve(client.exists('/a'))));
    expect(await before).toBeInstanceOf(SessionExpiredError);
    expect(await world.until(after)).toMatchObject({ stat: statOf() });
  });

  it('that went silent is closed on the server before a new one is opened', async () => {
    const { server, client } = await world.pair();
    const old = client.sessionId;
    await server.stop();
    await world.pass(5000);
    expect(client.state).toBe('lost');
    expect(server.sessions.has(old)).toBe(true);
    await server.listen();
    await world.until(client.connected());
    expect(server.of(OpCode.closeSession)).toHaveLength(1);
    expect(server.sessions.has(old)).toBe(false);
    expect(client.sessionId).not.toBe(old);
    expect([...server.sessions.keys()]).toEqual([client.sessionId]);
  });

  it('is replaced without a long wait once a server answers, however long none did', async () => {
    const { server, client } = await world.pair();
    await server.stop();
    await world.pass(120_000);
    server.sessions.clear();
    await server.listen();
    await world.until(new Promise<void>((resolve) => (server.onHandshake = resolve)));
    const startMs = world.time.monotonicMs();
    await world.until(client.connected());
    expect(world.time.monotonicMs() - startMs).toBeLessThan(100);
  });

  it('holds calls back while the old session is being closed, and sends them on the new one', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.getData, (request) => request.reply({ data: null, stat: statOf() }));
    const old = client.sessionId;
    await server.stop();
    await world.pass(5000);
    const waiting = client.getData('/a');
    await server.listen();
    await world.until(waiting);
    const [read] = server.of(OpCode.getData);
    expect(read?.connection.sessionId).toBe(client.sessionId);
    expect(read?.connection.sessionId).not.toBe(old);
  });
});

describe('the lease deadline', () => {
  it('is the sending time of the newest answered write plus the negotiated timeout', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.setData, (request) => {
      world.time.after(300, () => request.reply({ stat: statOf() }));
    });
    await world.pass(100);
    const sentMs = client.monotonicMs();
    await world.until(client.setData('/a', null));
    expect(client.monotonicMs()).toBeGreaterThan(sentMs + 300);
    expect(client.leaseDeadlineMs).toBe(sentMs + client.negotiatedTimeoutMs);
  });

  it('does not move with what one server answers alone: reads and pings', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.exists, (request) => request.reply({ stat: statOf() }));
    const { leaseDeadlineMs } = client;
    await world.pass(100);
    await world.until(client.exists('/a'));
    await world.pass(20_000);
    expect(client.state).toBe('connected');
    expect(client.leaseDeadlineMs).toBe(leaseDeadlineMs);
  });

  it('moves while somebody relies on it', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.sync, (request) => request.reply({ path: '/' }));
    const leave = client.keepLease();
    await world.pass(20_000);
    expect(client.leaseDeadlineMs - client.monotonicMs()).toBeGreaterThan(SESSION_TIMEOUT_MS / 2);
    leave();
    leave();
    const { leaseDeadlineMs } = client;
    await world.pass(20_000);
    expect(client.leaseDeadlineMs).toBe(leaseDeadlineMs);
  });

  it('counts from the handshake, and with the timeout the server grants', async () => {
    const server = await world.server({ timeoutMaxMs: 900 });
    const client = world.client(server.connectString);
    expect(client.leaseDeadlineMs).toBe(-Infinity);
    await world.until(client.connected());
    expect(client.negotiatedTimeoutMs).toBe(900);
    expect(client.leaseDeadlineMs).toBeLessThanOrEqual(client.monotonicMs() + 900);
    expect(client.leaseDeadlineMs).toBeGreaterThan(client.monotonicMs() + 800);
  });

  it('stands still while requests are not answered, and is gone with the session', async () => {
    const { server, client } = await world.pair();
    for (const link of world.network.links) link.isSilent = true;
    await server.stop();
    const deadlineMs = client.leaseDeadlineMs;
    await world.pass(3900);
    expect(client.leaseDeadlineMs).toBe(deadlineMs);
    expect(client.monotonicMs()).toBeGreaterThan(deadlineMs);
    await world.pass(200);
    expect(client.leaseDeadlineMs).toBe(-Infinity);
  });

  it('has passed at once after a standstill of the event loop', async () => {
    const { client } = await world.pair();
    world.time.stall(2 * SESSION_TIMEOUT_MS);
    expect(client.leaseDeadlineMs).toBeLessThan(client.monotonicMs());
    const { session } = client;
    await world.pass(0);
    expect(session.signal.aborted).toBe(true);
  });
});

describe('servers that are behind', () => {
  it('are announced and never read from', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.sync, (request) => request.reply({ path: '/' }, 1000));
    await world.until(client.sync('/'));
    const announced: unknown[] = [];
    client.on('serversBehind', (event) => announced.push(event));
    server.zxid = 10;
    server.expireAll();
    await world.pass(30_000);
    expect(client.state).toBe('lost');
    expect(client.lastZxidSeen).toBe(1000);
    expect(announced.length).toBeGreaterThan(0);
    expect(announced[0]).toMatchObject({ lastZxidSeen: 1000 });
    server.zxid = 1000;
    await world.until(client.connected());
  });

  it('are accepted as they are by who asked for that', async () => {
    const { server, client } = await world.pair({ whenServersBehind: 'forget' });
    const announced: number[] = [];
    client.on('serversBehind', ({ lastZxidSeen }) => announced.push(lastZxidSeen));
    server.on(OpCode.sync, (request) => request.reply({ path: '/' }, 1000));
    await world.until(client.sync('/'));
    server.zxid = 10;
    server.expireAll();
    await world.until(client.connected(), 30_000);
    await world.pass(20_000);
    expect(client.state).toBe('connected');
    expect(client.lastZxidSeen).toBeLessThan(1000);
    expect(announced).toEqual([1000]);
    expect(world.log.filter((state) => state === 'lost')).toHaveLength(1);
  });
});
