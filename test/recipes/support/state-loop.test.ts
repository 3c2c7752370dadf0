import { describe, expect, it } from 'vitest';
import { NoAuthError } from '../../../src/client/errors.js';
import { StateLoop } from '../../../src/recipes/support/state-loop.js';
import { simulate } from '../../../src/testing/index.js';

describe('a state loop', () => {
  it('looks once for the start and once for all marks that come meanwhile, never twice at a time', async () => {
    const looks = await simulate(async (world) => {
      const client = world.client();
      await client.connected();
      let [looks, inside, insideMax] = [0, 0, 0];
      const loop = new StateLoop(client, {
        look: async () => {
          looks += 1;
          inside += 1;
          insideMax = Math.max(inside, insideMax);
          await client.sync('/');
          inside -= 1;
        },
        onError: () => undefined,
      });
      loop.start();
      loop.start();
      await world.sleep(1);
      for (let i = 0; i < 10; i += 1) loop.mark();
      await world.sleep(1000);
      await loop.close();
      loop.mark();
      await world.sleep(1000);
      return { looks, insideMax };
    });
    expect(looks).toEqual({ looks: 2, insideMax: 1 });
  });

  it('looks again after a connection was lost', async () => {
    const states = await simulate(async (world) => {
      const client = world.client();
      await client.connected();
      const states: string[] = [];
      const loop = new StateLoop(client, {
        look: async () => void states.push(client.state),
        onError: () => undefined,
      });
      loop.start();
      await world.sleep(1000);
      world.disconnect(client);
      await world.sleep(2000);
      await loop.close();
      return states;
    });
    expect(states[0]).toBe('connected');
    expect(states).toContain('suspended');
    expect(states.at(-1)).toBe('connected');
  });

  it('tells of errors that repeating does not mend, goes on with pauses, and repeats the others in silence', async () => {
    const { errors, looks, took } = await simulate(async (world) => {
      const client = world.client();
      await client.connected();
      const errors: unknown[] = [];
      const from = world.nowMs;
      let looks = 0;
      let took = 0;
      const loop = new StateLoop(client, {
        look: async () => {
          looks += 1;
          if (looks === 1) throw new NoAuthError();
          if (looks === 2) world.disconnect(client);
          await client.sync('/');
          took = world.nowMs - from;
        },
        onError: (error) => errors.push(error),
      });
      loop.start();
      await world.until(() => took > 0);
      await loop.close();
      return { errors, looks, took };
    });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(NoAuthError);
    expect(looks).toBeGreaterThan(1);
    expect(took).toBeGreaterThan(0);
  });

  it('ends when it is closed in the middle of a look, whose signal aborts', async () => {
    await simulate(async (world) => {
      const client = world.client();
      await client.connected();
      const loop = new StateLoop(client, {
        look: (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('cut')))),
        onError: (error) => expect(error).toBeUndefined(),
      });
      loop.start();
      await world.sleep(10);
      await loop.close();
    });
  });

  it('ends with its client', async () => {
    await simulate(async (world) => {
      const client = world.client();
      await client.connected();
      const loop = new StateLoop(client, { look: () => client.sync('/'), onError: () => undefined });
      loop.start();
      await world.sleep(100);
      await client.close();
      await world.sleep(100);
      await loop.close();
    });
  });
});
