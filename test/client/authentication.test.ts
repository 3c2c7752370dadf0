import { beforeEach, describe, expect, it } from 'vitest';
import { AuthFailedError } from '../../src/client/index.js';
import { ErrorCode } from '../../src/protocol/error-codes.js';
import { Xid } from '../../src/protocol/event.js';
import { OpCode } from '../../src/protocol/op-codes.js';
import { statOf } from './support/scripted-server.js';
import { VirtualWorld } from './support/virtual-world.js';

let world: VirtualWorld;
beforeEach(() => (world = new VirtualWorld()));

const alice = { scheme: 'digest', auth: 'alice:secret' };

describe('credentials', () => {
  it('go before anything else at every connection, in the order they were added', async () => {
    const server = await world.server();
    server.on(OpCode.getData, (request) => request.reply({ data: null, stat: statOf() }));
    const client = world.client(server.connectString, { auth: [alice] });
    const early = client.getData('/a', { watch: true });
    await world.until(early);
    await world.until(client.addAuth('digest', Buffer.from('bob:secret')));
    server.last.hangUp();
    await world.pass(3);
    await world.until(client.getData('/a'));
    expect(server.names()).toEqual(['auth', 'getData', 'auth', 'auth', 'auth', 'setWatches', 'getData']);
    const sent = server.of(OpCode.auth).map(({ xid, body }) => ({ xid, auth: body.auth?.toString() }));
    expect(sent).toEqual([
      { xid: Xid.auth, auth: 'alice:secret' },
      { xid: Xid.auth, auth: 'bob:secret' },
      { xid: Xid.auth, auth: 'alice:secret' },
      { xid: Xid.auth, auth: 'bob:secret' },
    ]);
  });

  it('are taken in whatever order their replies and those of requests come', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.exists, (request) => {
      world.time.after(50, () => request.reply({ stat: statOf() }));
    });
    const read = client.exists('/a');
    await world.until(client.addAuth('digest', 'bob:secret'));
    expect(await world.until(read)).toMatchObject({ stat: statOf() });
  });

  it('added while there is no connection are confirmed by the next', async () => {
    const { server, client } = await world.pair();
    await server.stop();
    await world.pass(5);
    const added = client.addAuth('digest', 'bob:secret');
    await server.listen();
    await world.until(added);
    expect(server.of(OpCode.auth)).toHaveLength(1);
  });

  it('added and refused reject that call; the client goes on without them', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.auth, (request) => {
      request.refuse(ErrorCode.AUTHFAILED, 0);
      request.connection.hangUp();
    });
    const { sessionId } = client;
    const error = await world.failure(client.addAuth('nosuch', 'x'));
    expect(error).toBeInstanceOf(AuthFailedError);
    expect(error).toMatchObject({ code: 'AUTH_FAILED', rc: -115, retryable: false });
    await world.pass(1000);
    expect(client.state).toBe('connected');
    expect(client.sessionId).toBe(sessionId);
    expect(server.of(OpCode.auth)).toHaveLength(1);
  });

  it('given up by their caller are not sent again', async () => {
    const { server, client } = await world.pair();
    await server.stop();
    await world.pass(5);
    const error = await world.failure(client.addAuth('digest', 'bob:secret', { timeoutMs: 100 }));
    expect(error).toMatchObject({ code: 'OPERATION_TIMEOUT' });
    await server.listen();
    await world.until(client.connected());
    expect(server.of(OpCode.auth)).toEqual([]);
  });

  it('of the options that are refused end the client: every call fails, and it can be closed', async () => {
    const server = await world.server();
    server.on(OpCode.auth, (request) => {
      request.refuse(ErrorCode.AUTHFAILED, 0);
      request.connection.hangUp();
    });
    const client = world.client(server.connectString, { auth: [alice] });
    const failures: unknown[] = [];
    client.on('authFailed', (error) => failures.push(error));
    const waiting = client.getData('/a');
    expect(await world.failure(waiting)).toBeInstanceOf(AuthFailedError);
    expect(client.state).toBe('auth-failed');
    expect(failures).toHaveLength(1);
    expect(client.session.signal.aborted).toBe(true);
    expect(client.leaseDeadlineMs).toBe(-Infinity);
    expect(await world.failure(client.exists('/a'))).toBeInstanceOf(AuthFailedError);
    expect(await world.failure(client.connected())).toBeInstanceOf(AuthFailedError);
    await world.pass(10_000);
    expect(server.handshakes).toHaveLength(1);
    await world.until(client.close());
    expect(client.state).toBe('closed');
  });

  it('demanded by the server and missing end the client, too', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.getData, (request) => {
      request.refuse(ErrorCode.SESSIONCLOSEDREQUIRESASLAUTH, 0);
      request.connection.hangUp();
    });
    expect(await world.failure(client.getData('/a'))).toMatchObject({ code: 'AUTHENTICATION_REQUIRED', rc: -124 });
    expect(client.state).toBe('auth-failed');
  });

  it('demanded in answer to a ping end an idle client', async () => {
    const { server, client } = await world.pair();
    server.pingRc = ErrorCode.SESSIONCLOSEDREQUIRESASLAUTH;
    await world.pass(2000);
    expect(client.state).toBe('auth-failed');
  });
});
