import { beforeEach, describe, expect, it } from 'vitest';
import { ErrorCode } from '../../src/protocol/error-codes.js';
import { OpCode } from '../../src/protocol/op-codes.js';
import type { ScriptedServer } from './support/scripted-server.js';
import { statOf } from './support/scripted-server.js';
import { VirtualWorld } from './support/virtual-world.js';

let world: VirtualWorld;
let lonely: ScriptedServer;
beforeEach(async () => {
  world = new VirtualWorld();
  lonely = await world.server({ host: '10.0.0.1' });
  lonely.handshake = 'readOnly';
  lonely.on(OpCode.setData, (request) => request.refuse(ErrorCode.NOTREADONLY));
  lonely.on(OpCode.getData, (request) => request.reply({ data: null, stat: statOf() }));
});

describe('a server without a quorum', () => {
  it('is told that the client would take it only when it would', async () => {
    world.client('10.0.0.1', { readOnly: true });
    world.client('10.0.0.1');
    await world.pass(100);
    expect(lonely.handshakes.map(({ readOnly }) => readOnly).sort()).toEqual([false, true]);
  });

  it('serves reads, refuses writes, and is named in an event', async () => {
    const client = world.client('10.0.0.1', { readOnly: true });
    const events: unknown[] = [];
    client.on('readOnly', ({ server, sameSession }) => events.push({ server, sameSession }));
    await world.until(client.connected());
    expect(client.state).toBe('read-only');
    await world.until(client.getData('/a'));
    expect(await world.failure(client.setData('/a', 'x'))).toMatchObject({ code: 'NOT_READ_ONLY', retryable: false });
    expect(events).toEqual([{ server: '10.0.0.1:2181', sameSession: false }]);
  });

  it('is left for one with a quorum as soon as that answers', async () => {
    const client = world.client('10.0.0.1,10.0.0.2', { readOnly: true, connectTimeoutMs: 500 });
    await world.until(client.connected());
    const session = client.session;
    await world.pass(3000);
    expect(client.state).toBe('read-only');
    const quorum = await world.server({ host: '10.0.0.2' });
    await world.pass(15_000);
    expect(client.state).toBe('connected');
    expect(quorum.handshakes[0]).toMatchObject({ sessionId: 0n });
    expect(session.signal.aborted).toBe(true);
    expect(lonely.open).toEqual([]);
    expect(world.log).toEqual(['read-only', 'lost', 'connected']);
  });

  it('is asked itself, too, and less and less often', async () => {
    world.client('10.0.0.1', { readOnly: true });
    await world.pass(60_000);
    const questions = world.network.attempts.length - 1;
    expect(questions).toBeGreaterThan(5);
    expect(questions).toBeLessThan(12);
  });

  it('is asked no more once the client is closed', async () => {
    const client = world.client('10.0.0.1', { readOnly: true });
    await world.until(client.connected());
    await world.until(client.close());
    const attempts = world.network.attempts.length;
    await world.pass(60_000);
    expect(world.network.attempts.length).toBe(attempts);
    expect(world.network.links.size).toBe(0);
  });
});
