import { describe, expect, it } from 'vitest';
import {
  CuratorFramework,
  retryNTimes,
  retryUntilElapsed,
  sessionErrorPolicy,
  standardErrorPolicy,
} from '../../../src/client/index.js';
import type { ConnectionState } from '../../../src/client/index.js';
import { simulate } from '../../../src/testing/index.js';
import { play } from './stage.js';

describe('connection states', () => {
  it('are Curator’s, each change once and in order', () =>
    simulate(async (world) => {
      const client = world.client({ sessionTimeoutMs: 4000 });
      const framework = new CuratorFramework(client);
      expect(framework.connectionState).toBeNull();
      expect(framework.isInErrorState).toBe(false);
      const seen: ConnectionState[] = [];
      const reading = (async () => {
        for await (const state of framework.connectionStates()) seen.push(state);
      })();
      await client.connected();
      world.disconnect(client);
      await world.until(() => framework.connectionState === 'SUSPENDED');
      expect(framework.isInErrorState).toBe(true);
      await client.connected();
      world.isolate(client);
      await world.until(() => framework.connectionState === 'LOST');
      world.heal();
      await client.connected();
      await client.close();
      await reading;
      expect(seen).toEqual(['CONNECTED', 'SUSPENDED', 'RECONNECTED', 'SUSPENDED', 'LOST', 'RECONNECTED']);
    }));

  it('end with the signal, the loop, or the framework; listeners that throw harm nobody', () => {
    const errors: unknown[] = [];
    return play(
      async ({ framework, world, client }) => {
        const abort = new AbortController();
        const heard: ConnectionState[] = [];
        framework.onConnectionState(() => {
          throw new Error('listener');
        });
        const stop = framework.onConnectionState((state) => heard.push(state));
        const states = framework.connectionStates({ signal: abort.signal });
        const first = states[Symbol.asyncIterator]();
        expect(await first.next()).toEqual({ done: false, value: 'CONNECTED' });
        world.disconnect(client);
        await world.until(() => heard.includes('RECONNECTED'));
        stop();
        abort.abort();
        expect(await first.next()).toEqual({ done: true, value: undefined });
        expect(errors).toHaveLength(2);
        const second = framework.connectionStates()[Symbol.asyncIterator]();
        await second.next();
        const pending = second.next();
        await framework.close();
        expect((await pending).done).toBe(true);
      },
      { onError: (error) => errors.push(error) },
    );
  });

  it('a slow reader loses states, but neither LOST nor the newest', () =>
    play(async ({ framework, world, client }) => {
      const states = framework.connectionStates()[Symbol.asyncIterator]();
      world.isolate(client);
      await world.until(() => client.state === 'lost');
      world.heal();
      await client.connected();
      for (let n = 0; n < 30; n += 1) {
        world.disconnect(client);
        await world.until(() => client.state === 'suspended');
        await client.connected();
      }
      const seen: ConnectionState[] = [];
      do {
        const { value } = await states.next();
        if (value !== undefined) seen.push(value);
      } while (seen.at(-1) !== framework.connectionState || seen.length < 2);
      expect(seen[0]).toBe('LOST');
      expect(seen.length).toBeLessThanOrEqual(25);
      await states.return?.();
    }));
});

describe('error policies', () => {
  it('standard: suspended is a failure; session: only lost is', () => {
    const failures = (policy: typeof standardErrorPolicy) =>
      (['CONNECTED', 'SUSPENDED', 'RECONNECTED', 'LOST', 'READ_ONLY'] as const).filter((state) =>
        policy.isErrorState(state),
      );
    expect(failures(standardErrorPolicy)).toEqual(['SUSPENDED', 'LOST']);
    expect(failures(sessionErrorPolicy)).toEqual(['LOST']);
    expect([standardErrorPolicy.onSuspended, sessionErrorPolicy.onSuspended]).toEqual(['abort', 'wait-for-deadline']);
  });
});

describe('the circuit breaker', () => {
  it('hides a connection that flaps, and tells the end of it', () =>
    play(async ({ framework, world, client }) => {
      const plain: ConnectionState[] = [];
      const calm: ConnectionState[] = [];
      framework.onConnectionState((state) => plain.push(state));
      const circuitBreaker = retryUntilElapsed({ maxElapsedMs: 60_000, sleepMs: 5000 });
      framework.onConnectionState((state) => calm.push(state), { circuitBreaker });
      for (let n = 0; n < 5; n += 1) {
        world.disconnect(client);
        await world.until(() => client.state === 'suspended');
        await client.connected();
      }
      expect(plain).toHaveLength(10);
      expect(calm).toEqual(['SUSPENDED']);
      await world.sleep(6000);
      expect(calm).toEqual(['SUSPENDED', 'RECONNECTED']);
    }));

  it('lets LOST through once, and gives up with its policy', () =>
    play(async ({ framework, world, client }) => {
      const calm: ConnectionState[] = [];
      framework.onConnectionState((state) => calm.push(state), {
        circuitBreaker: retryNTimes({ times: 2, sleepMs: 10_000 }),
      });
      world.isolate(client);
      await world.until(() => client.state === 'lost');
      expect(calm).toEqual(['SUSPENDED', 'LOST']);
      await world.sleep(30_000);
      world.heal();
      await client.connected();
      expect(calm).toEqual(['SUSPENDED', 'LOST', 'RECONNECTED']);
    }));
});
