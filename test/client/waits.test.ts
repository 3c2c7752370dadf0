import { beforeEach, describe, expect, it, vi } from 'vitest';
import { OperationTimeoutError, TimeoutError } from '../../src/client/index.js';
import { OpCode } from '../../src/protocol/op-codes.js';
import { statOf } from './support/scripted-server.js';
import { VirtualWorld } from './support/virtual-world.js';

let world: VirtualWorld;
beforeEach(() => (world = new VirtualWorld()));

describe('an AbortSignal', () => {
  it('rejects the call with its reason at once; the late reply harms nobody', async () => {
    const { server, client } = await world.pair();
    let answer: (() => void) | null = null;
    server.on(OpCode.setData, (request) => (answer = () => request.reply({ stat: statOf() })));
    server.on(OpCode.exists, (request) => request.reply({ stat: statOf() }));
    const controller = new AbortController();
    const write = world.failure(client.setData('/a', 'x', { signal: controller.signal }));
    await world.pass(10);
    controller.abort(new Error('enough'));
    expect(await write).toBe(controller.signal.reason);
    (answer as (() => void) | null)?.();
    await world.until(client.exists('/a'));
    expect(world.log).toEqual(['connected']);
  });

  it('that is aborted already keeps the call from being made', async () => {
    const { server, client } = await world.pair();
    const signal = AbortSignal.abort(new Error('too late'));
    expect(await world.failure(client.exists('/a', { signal }))).toBe(signal.reason);
    expect(await world.failure(client.getData('/a', { signal, watch: true }))).toBe(signal.reason);
    expect(await world.failure(client.connected({ signal }).then(() => client.exists('/a', { signal })))).toBe(
      signal.reason,
    );
    await world.pass(10);
    expect(server.received).toEqual([]);
  });

  it('with null as its reason rejects with null', async () => {
    const { client } = await world.pair();
    const signal = AbortSignal.abort(null);
    expect(await world.failure(client.exists('/a', { signal }))).toBeNull();
  });

  it('takes back a call that was not sent yet', async () => {
    const { server, client } = await world.pair();
    server.on(OpCode.exists, (request) => request.reply({ stat: statOf() }));
    await server.stop();
    await world.pass(5);
    const controller = new AbortController();
    const first = client.exists('/first');
    const taken = world.failure(client.exists('/taken', { signal: controller.signal }));
    const last = client.exists('/last');
    controller.abort();
    await taken;
    await server.listen();
    await world.until(Promise.all([first, last]));
    expect(server.of(OpCode.exists).map(({ body }) => body.path)).toEqual(['/first', '/last']);
  });

  it('takes back thousands of them without keeping them', async () => {
    const { server, client } = await world.pair({ limits: { queuedMax: 100 } });
    server.on(OpCode.exists, (request) => request.reply({ stat: statOf() }));
    await server.stop();
    await world.pass(5);
    for (let round = 0; round < 100; round++) {
      const controller = new AbortController();
      const calls = Array.from({ length: 100 }, () => client.exists('/a', { signal: controller.signal }));
      const settled = Promise.allSettled(calls);
      controller.abort();
      expect((await settled).every(({ status }) => status === 'rejected')).toBe(true);
    }
    const kept = client.exists('/kept');
    await server.listen();
    await world.until(kept);
    expect(server.of(OpCode.exists)).toHaveLength(1);
  });

  it('shared by many calls makes no warning of a leak', async () => {
    const warned = vi.spyOn(process, 'emitWarning');
    const { server, client } = await world.pair();
    server.on(OpCode.exists, (request) => request.reply({ stat: statOf() }));
    const { signal } = new AbortController();
    await world.until(Promise.all(Array.from({ length: 50 }, () => client.exists('/a', { signal }))));
    for (let i = 0; i < 20; i++) client.session.signal.addEventListener('abort', () => undefined);
    for (let i = 0; i < 20; i++) client.on('suspended', () => undefined);
    expect(warned).not.toHaveBeenCalled();
  });
});

describe('timeoutMs', () => {
  it('rejects with an error that tells whether the write may have been applied', async () => {
    const { server, client } = await world.pair();
    const startMs = world.time.monotonicMs();
    const sent = await world.failure(client.setData('/a', 'x', { timeoutMs: 250 }));
    expect(world.time.monotonicMs() - startMs).toBe(250);
    expect(sent).toBeInstanceOf(OperationTimeoutError);
    expect(sent).toBeInstanceOf(TimeoutError);
    expect(sent).toMatchObject({ code: 'OPERATION_TIMEOUT', rc: -7, ambiguous: true, retryable: true, op: 'setData' });
    await server.stop();
    await world.pass(5);
    const unsent = await world.failure(client.setData('/a', 'x', { timeoutMs: 250 }));
    expect(unsent).toMatchObject({ code: 'OPERATION_TIMEOUT', ambiguous: false });
  });

  it('has a default for all operations', async () => {
    const { client } = await world.pair({ operationTimeoutMs: 400 });
    const startMs = world.time.monotonicMs();
    expect(await world.failure(client.exists('/a'))).toMatchObject({ code: 'OPERATION_TIMEOUT' });
    expect(world.time.monotonicMs() - startMs).toBe(400);
    expect(await world.failure(client.exists('/a', { timeoutMs: 100 }))).toMatchObject({ code: 'OPERATION_TIMEOUT' });
    expect(world.time.monotonicMs() - startMs).toBe(500);
  });

  it('bounds connected()', async () => {
    const client = world.client('10.9.9.9');
    expect(await world.failure(client.connected({ timeoutMs: 100 }))).toMatchObject({ code: 'TIMEOUT' });
  });
});

describe('listeners', () => {
  it('that throw disturb neither the connection nor each other', async () => {
    const errors: unknown[] = [];
    const nothing = (): void => undefined;
    const logger = {
      debug: nothing,
      info: nothing,
      warn: nothing,
      error: (...args: unknown[]) => void errors.push(args),
    };
    const { server, client } = await world.pair({ logger });
    const heard: string[] = [];
    client.on('suspended', () => {
      throw new Error('mine');
    });
    client.on('suspended', () => void heard.push('suspended'));
    client.once('reconnected', () => void heard.push('reconnected'));
    server.last.hangUp();
    await world.until(client.connected().then(() => world.pass(500)));
    server.last.hangUp();
    await world.pass(500);
    expect(heard).toEqual(['suspended', 'reconnected', 'suspended']);
    expect(errors).toHaveLength(2);
    expect(client.state).toBe('connected');
  });

  it('can close the client from within', async () => {
    const { server, client } = await world.pair();
    const closed = new Promise<void>((resolve) =>
      client.on('suspended', () => resolve(client.close({ timeoutMs: 0 }))),
    );
    server.last.hangUp();
    await world.until(closed);
    expect(client.state).toBe('closed');
    const attempts = world.network.attempts.length;
    await world.pass(10_000);
    expect(world.network.attempts.length).toBe(attempts);
  });

  it('that were taken off hear no more', async () => {
    const { server, client } = await world.pair();
    const listener = vi.fn();
    client.on('suspended', listener);
    client.off('suspended', listener);
    server.last.hangUp();
    await world.pass(100);
    expect(listener).not.toHaveBeenCalled();
  });
});

describe('a timeoutMs that is no length of time', () => {
  it.each([NaN, -1, '100' as unknown as number, null as unknown as number])('is refused: %s', async (timeoutMs) => {
    const { server, client } = await world.pair();
    const named = { code: 'BAD_ARGUMENTS', message: expect.stringContaining(`timeoutMs is ${timeoutMs}`) as string };
    expect(await world.failure(client.getData('/a', { timeoutMs, watch: true }))).toMatchObject(named);
    expect(await world.failure(client.setData('/a', 'x', { timeoutMs }))).toMatchObject(named);
    expect(await world.failure(client.addAuth('digest', 'a:b', { timeoutMs }))).toMatchObject(named);
    await world.pass(10);
    expect(server.received).toEqual([]);
  });

  it('is refused as a signal, too: what is none', async () => {
    const { server, client } = await world.pair();
    const named = { code: 'BAD_ARGUMENTS', message: expect.stringContaining('must be an AbortSignal') as string };
    for (const signal of [null, 'x', {}] as never[]) {
      expect(await world.failure(client.getData('/a', { signal }))).toMatchObject(named);
    }
    expect(server.received).toEqual([]);
  });

  it('does not end a wait when it is Infinity', async () => {
    const { server, client } = await world.pair({ operationTimeoutMs: 50 });
    server.on(OpCode.exists, (request) => void world.time.after(500, () => request.reply({ stat: statOf() })));
    await world.until(client.exists('/a', { timeoutMs: Infinity }));
  });
});
