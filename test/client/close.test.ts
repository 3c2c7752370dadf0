import { beforeEach, describe, expect, it } from 'vitest';
import { BadArgumentsError, Client, ClosedError } from '../../src/client/index.js';
import type { ClientOptions } from '../../src/client/index.js';
import { OpCode } from '../../src/protocol/op-codes.js';
import { statOf } from './support/scripted-server.js';
import { SESSION_TIMEOUT_MS, VirtualWorld } from './support/virtual-world.js';

let world: VirtualWorld;
beforeEach(() => (world = new VirtualWorld()));

describe('close', () => {
  it('closes the session on the server and tells everybody', async () => {
    const { server, client } = await world.pair();
    const { session } = client;
    let closed = 0;
    client.on('closed', () => closed++);
    await world.until(client.close());
    expect(server.sessions.size).toBe(0);
    expect(client.state).toBe('closed');
    expect(session.signal.reason).toBeInstanceOf(ClosedError);
    expect(client.leaseDeadlineMs).toBe(-Infinity);
    expect(closed).toBe(1);
    expect(world.network.links.size).toBe(0);
  });

  it('answers what was sent before it, and refuses what was not and what comes later', async () => {
    const { server, client } = await world.pair({ limits: { inFlightMax: 1 } });
    server.on(OpCode.exists, (request) => request.reply({ stat: statOf() }));
    const sent = client.exists('/sent');
    const unsent = world.failure(client.exists('/unsent'));
    const closing = client.close();
    const late = world.failure(client.exists('/late'));
    expect(await world.until(sent)).toMatchObject({ stat: statOf() });
    expect(await unsent).toBeInstanceOf(ClosedError);
    expect(await late).toBeInstanceOf(ClosedError);
    await world.until(closing);
    expect(server.names()).toEqual(['exists', 'closeSession']);
  });

  it('resolves within its bound when the server says nothing, and leaves nothing open', async () => {
    const { client } = await world.pair();
    for (const link of world.network.links) link.isSilent = true;
    const write = world.failure(client.setData('/a', 'x'));
    const startMs = world.time.monotonicMs();
    await world.until(client.close({ timeoutMs: 700 }));
    expect(world.time.monotonicMs() - startMs).toBe(700);
    expect(await write).toMatchObject({ code: 'CLOSED', ambiguous: true });
    expect(world.network.links.size).toBe(0);
    await expectNothingLeft();
  });

  it.each([NaN, -1, '100' as unknown as number])('refuses a bound of %s, and stays open', async (timeoutMs) => {
    const { client } = await world.pair();
    const error = await world.failure(client.close({ timeoutMs }));
    expect(error).toMatchObject({
      code: 'BAD_ARGUMENTS',
      message: expect.stringContaining(String(timeoutMs)) as string,
    });
    expect(client.state).toBe('connected');
    await world.until(client.close());
  });

  it('with a bound of Infinity closes the session as soon as a server answers', async () => {
    const { server, client } = await world.pair();
    await server.stop();
    await world.pass(5);
    const closing = client.close({ timeoutMs: Infinity });
    await world.pass(SESSION_TIMEOUT_MS / 2);
    await server.listen();
    await world.until(closing, SESSION_TIMEOUT_MS);
    expect(server.sessions.size).toBe(0);
    await expectNothingLeft();
  });

  it('resolves within its default bound when nobody listens any more', async () => {
    const { server, client } = await world.pair();
    await server.stop();
    await world.pass(5);
    const startMs = world.time.monotonicMs();
    await world.until(client.close());
    expect(world.time.monotonicMs() - startMs).toBe(2000);
    await expectNothingLeft();
  });

  it('resolves at once when there was never a session', async () => {
    const client = world.client('10.9.9.9');
    await world.pass(100);
    const startMs = world.time.monotonicMs();
    const waiting = world.failure(client.connected());
    await world.until(client.close());
    expect(world.time.monotonicMs()).toBe(startMs);
    expect(await waiting).toBeInstanceOf(ClosedError);
    await expectNothingLeft();
  });

  it('uses its time to close a session whose connection is gone', async () => {
    const { server, client } = await world.pair();
    await server.stop();
    await world.pass(5);
    const closing = client.close({ timeoutMs: 1500 });
    await world.pass(400);
    await server.listen();
    await world.until(closing);
    expect(server.sessions.size).toBe(0);
  });

  it('can be called twice, and again when all is over', async () => {
    const { server, client } = await world.pair();
    await world.until(Promise.all([client.close(), client.close()]));
    await client.close();
    expect(server.of(OpCode.closeSession)).toHaveLength(1);
  });

  it('is what await using does', async () => {
    const server = await world.server();
    const client = world.client(server.connectString);
    await world.until(client.connected());
    await world.until(client[Symbol.asyncDispose]());
    expect(server.sessions.size).toBe(0);
  });

  async function expectNothingLeft(): Promise<void> {
    const attempts = world.network.attempts.length;
    await world.pass(60_000);
    expect(world.network.attempts.length).toBe(attempts);
  }
});

describe('connecting', () => {
  it('never throws for want of a server: the constructor returns, calls wait', async () => {
    const client = world.client('10.9.9.9');
    const waiting = client.exists('/a');
    await world.pass(5000);
    expect(client.state).toBe('connecting');
    const server = await world.server({ host: '10.9.9.9' });
    server.on(OpCode.exists, (request) => request.reply({ stat: statOf() }));
    await world.until(waiting);
  });

  it('rejects with what the last attempt met, and leaves nothing open', async () => {
    const { runtime } = world;
    const options = { runtime, sessionTimeoutMs: SESSION_TIMEOUT_MS };
    const error = await world.failure(Client.connect('10.9.9.9', options));
    expect(error).toMatchObject({ code: 'TIMEOUT' });
    expect(String(error)).toMatch(/no connection within 3000 ms.*10\.9\.9\.9:2181: connection refused/);
    const attempts = world.network.attempts.length;
    await world.pass(60_000);
    expect(world.network.attempts.length).toBe(attempts);
  });

  it('can be aborted', async () => {
    const controller = new AbortController();
    world.time.after(50, () => controller.abort(new Error('enough')));
    const { runtime } = world;
    const error = await world.failure(Client.connect('10.9.9.9', { runtime, signal: controller.signal }));
    expect(error).toBe(controller.signal.reason);
  });

  it('resolves to a client that is connected', async () => {
    const server = await world.server();
    const client = await world.until(Client.connect(server.connectString, { runtime: world.runtime }));
    expect(client.state).toBe('connected');
    await world.until(client.close());
  });

  it.each([
    [{ sessionTimeoutMs: 0 }, /sessionTimeoutMs is 0/],
    [{ backoff: { maxMs: 1.5 } }, /backoff.maxMs is 1.5/],
    [{ limits: { frameBytesMax: 10 } }, /limits.frameBytesMax is 10/],
    [{ auth: [{ scheme: '', auth: 'x' }] }, /auth scheme ""/],
    [{ auth: [{ scheme: 'digest', auth: undefined }] }, /auth of scheme digest is neither text nor bytes/],
    [{ whenServersBehind: 'forgive' }, /whenServersBehind is forgive; it must be one of wait, forget/],
  ])('refuses the options %j', (options, message) => {
    const wrong = options as ClientOptions;
    expect(() => new Client('localhost', wrong)).toThrow(BadArgumentsError);
    expect(() => new Client('localhost', wrong)).toThrow(message);
  });

  it.each([undefined, null, 2181])('refuses %s as a connect string', (text) => {
    const wrong = text as unknown as string;
    expect(() => new Client(wrong)).toThrow(BadArgumentsError);
    expect(() => new Client(wrong)).toThrow(`connect string "${text}": it is no text`);
  });
});
