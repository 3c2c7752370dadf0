import { describe, expect, it } from 'vitest';
import { Client, TimeoutError } from '../../../src/client/index.js';
import { InterProcessMutex } from '../../../src/recipes/index.js';
import { startServer } from '../../../src/testing/index.js';
import { until } from '../../interop/support/until.js';
import { metric } from './live-server.js';

const PATH = '/locks/a';

describe('InterProcessMutex and a server that goes away', () => {
  it.each(['memory', 'disk'] as const)('holds and waits on over a restart (%s)', async (storage) => {
    await using server = await startServer({ storage });
    await using one = await Client.connect(server.connectString);
    await using other = await Client.connect(server.connectString);
    const hold = await new InterProcessMutex(one, PATH).acquire();
    const waiting = new InterProcessMutex(other, PATH).acquire();
    const look = async (): Promise<true | undefined> =>
      (await new InterProcessMutex(one, PATH).participants()).length === 2 ? true : undefined;
    await until(look, { what: 'two in line', timeoutMs: 30_000 });
    await server.restart();
    expect(await hold.verify()).toBe(true);
    await hold.release();
    const next = await waiting;
    expect(next.token).toBeGreaterThan(hold.token);
    await next.release();
  });

  it('rejects in time while no server answers', async () => {
    const server = await startServer();
    await server.stop();
    await using client = new Client(server.connectString);
    const startMs = performance.now();
    const waiting = new InterProcessMutex(client, PATH).acquire({ timeoutMs: 100 });
    await expect(waiting).rejects.toBeInstanceOf(TimeoutError);
    expect(performance.now() - startMs).toBeLessThan(2000);
    await server.close();
  });
});

describe('a thousand waiters', () => {
  it('cost one watch each, one event a release, and no warning', async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', onWarning);
    await using server = await startServer();
    await using client = await Client.connect(server.connectString);
    const mutex = new InterProcessMutex(client, PATH);
    const first = await mutex.acquire();
    const stopping = new AbortController();
    const waits = Array.from({ length: 1000 }, () => mutex.acquire({ signal: stopping.signal }));
    const everybodyWaits = async (): Promise<true | undefined> =>
      (await metric(server, 'zk_watch_count')) === 1000 ? true : undefined;
    await until(everybodyWaits, { what: 'a thousand watches', timeoutMs: 60_000 });
    const before = await metric(server, 'zk_sum_node_deleted_watch_count');
    await first.release();
    const second = await Promise.race(waits);
    expect((await metric(server, 'zk_sum_node_deleted_watch_count')) - before).toBe(1);
    stopping.abort(new Error('enough'));
    const outcomes = await Promise.allSettled(waits);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const everybodyLeft = async (): Promise<true | undefined> =>
      (await mutex.participants()).length === 1 ? true : undefined;
    await until(everybodyLeft, { what: 'an empty line', timeoutMs: 60_000 });
    await second.release();
    expect(await metric(server, 'zk_watch_count')).toBe(0);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  }, 120_000);
});
