import { beforeEach, describe, expect, it } from 'vitest';
import type { CleanupFailedEvent } from '../../src/client/index.js';
import { ErrorCode } from '../../src/protocol/error-codes.js';
import { OpCode } from '../../src/protocol/op-codes.js';
import { VirtualWorld } from './support/virtual-world.js';

let world: VirtualWorld;
beforeEach(() => (world = new VirtualWorld()));

describe('a guaranteed delete', () => {
  it('is tried again over reconnections until an answer comes', async () => {
    const { server, client } = await world.pair();
    let tries = 0;
    server.on(OpCode.delete, (request) => {
      tries++;
      if (tries < 4) request.connection.hangUp();
      else request.reply({});
    });
    const done = client.guaranteedDelete('/a');
    expect(client.pendingCleanupCount).toBe(1);
    expect(await world.until(done)).toBe('deleted');
    expect(tries).toBe(4);
    expect(client.pendingCleanupCount).toBe(0);
  });

  it('takes a missing node for done: it may have been an earlier try', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.delete, (request) => request.refuse(ErrorCode.NONODE));
    expect(await world.until(client.guaranteedDelete('/a'))).toBe('missing');
  });

  it('goes on after its session is lost, unless the node went with that', async () => {
    const { server, client } = await world.pair();
    await server.stop();
    await world.pass(5);
    const { sessionId } = client;
    const ephemeral = client.guaranteedDelete('/ephemeral', { sessionId });
    const persistent = client.guaranteedDelete('/persistent');
    server.sessions.clear();
    server.on(OpCode.delete, (request) => request.reply({}));
    await server.listen();
    expect(await world.until(Promise.all([ephemeral, persistent]))).toEqual(['session-ended', 'deleted']);
    expect(server.of(OpCode.delete).map(({ body }) => body.path)).toEqual(['/persistent']);
  });

  it('waits longer and longer between tries that the server puts off', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.delete, (request) => request.refuse(ErrorCode.THROTTLEDOP));
    const done = client.guaranteedDelete('/a');
    await world.pass(60_000);
    expect(server.of(OpCode.delete).length).toBeGreaterThan(20);
    expect(server.of(OpCode.delete).length).toBeLessThan(150);
    server.on(OpCode.delete, (request) => request.reply({}));
    expect(await world.until(done)).toBe('deleted');
  });

  it('that is refused for good is told in an event, and rejects nothing', async () => {
    const { server, client } = await world.pair();
    const failures: CleanupFailedEvent[] = [];
    client.on('cleanupFailed', (event) => failures.push(event));
    server.on(OpCode.delete, (request) => request.refuse(ErrorCode.NOTEMPTY));
    expect(await world.until(client.guaranteedDelete('/a'))).toBe('failed');
    expect(failures).toMatchObject([{ path: '/a', error: { code: 'NOT_EMPTY' } }]);
  });

  it('is one however often it is asked for', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.delete, (request) => request.reply({}));
    const all = Array.from({ length: 5 }, () => client.guaranteedDelete('/a'));
    expect(client.pendingCleanupCount).toBe(1);
    expect(new Set(await world.until(Promise.all(all)))).toEqual(new Set(['deleted']));
    expect(server.of(OpCode.delete)).toHaveLength(1);
  });

  it('has the path of its view, and its version', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.delete, (request) => request.reply({}));
    await world.until(client.withChroot('/app').guaranteedDelete('/a', { version: 3 }));
    expect(server.of(OpCode.delete)[0]?.body).toEqual({ path: '/app/a', version: 3 });
  });

  it('ends with its client', async () => {
    const { server, client } = await world.pair();
    const sent = client.guaranteedDelete('/sent');
    await world.pass(5);
    await server.stop();
    await world.pass(5);
    const unsent = client.guaranteedDelete('/unsent');
    await world.until(client.close({ timeoutMs: 0 }));
    expect(await world.until(Promise.all([sent, unsent]))).toEqual(['closed', 'closed']);
    expect(client.pendingCleanupCount).toBe(0);
    expect(await client.guaranteedDelete('/late')).toBe('closed');
  });
});
