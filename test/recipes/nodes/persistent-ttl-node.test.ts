import { describe, expect, it } from 'vitest';
import { PersistentTtlNode } from '../../../src/recipes/nodes/index.js';
import { simulate } from '../../../src/testing/index.js';

const PATH = '/kept/a';
const TTL_MS = 120_000;
/** Servers look for nodes whose time is over once a minute. */
const LOOK_MS = 60_000;

describe('PersistentTtlNode', () => {
  it('lives for as long as it is kept, also over a lost session', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client({ sessionTimeoutMs: 4000 }), world.client()];
      await using node = new PersistentTtlNode(client, PATH, { ttlMs: TTL_MS, data: 'mine' });
      await node.created();
      const { stat } = await other.getData(PATH);
      for (let i = 0; i < 6; i += 1) {
        await world.sleep(TTL_MS / 2);
        if (i === 3) {
          world.isolate(client);
          await world.until(() => client.state === 'lost');
          world.heal();
        }
      }
      expect((await other.getData(PATH)).stat.czxid).toBe(stat.czxid);
      expect((await other.getChildren(PATH)).children).toEqual(['touch']);
    });
  });

  it('goes with its child when nobody keeps it any more', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      const node = new PersistentTtlNode(client, PATH, { ttlMs: TTL_MS });
      await node.created();
      await world.sleep(TTL_MS);
      await node.close();
      expect((await other.getChildren(PATH)).children).toEqual(['touch']);
      await world.sleep(2 * TTL_MS + 3 * LOOK_MS);
      expect((await other.exists(PATH)).stat).toBeNull();
    });
  });

  it('is made again, and says so, by a process that stood still for too long', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      await using node = new PersistentTtlNode(client, PATH, { ttlMs: TTL_MS, data: 'mine' });
      await node.created();
      const states: string[] = [];
      void (async () => {
        for await (const state of node.states()) states.push(state);
      })();
      const { stat } = await other.getData(PATH);
      world.stall(client, 3 * TTL_MS + 3 * LOOK_MS);
      await world.sleep(3 * TTL_MS + 2 * LOOK_MS);
      expect((await other.exists(PATH)).stat).toBeNull();
      await world.sleep(2 * LOOK_MS);
      expect((await other.getData(PATH)).stat.czxid).toBeGreaterThan(stat.czxid);
      expect(states).toContain('absent');
      expect(states.at(-1)).toBe('present');
    });
  });

  it('does not wait for a touch whose reply is lost', async () => {
    await simulate(async (world) => {
      const client = world.client();
      await using node = new PersistentTtlNode(client, PATH, { ttlMs: TTL_MS });
      await node.created();
      await world.sleep(TTL_MS / 2 - 1000);
      world.loseReply(client);
      await world.sleep(5000);
      expect((await client.getChildren(PATH)).children).toEqual(['touch']);
    });
  });

  it('tells when the servers know no TTL nodes, or the options are wrong', async () => {
    await simulate(async (world) => {
      const client = world.client();
      expect(() => new PersistentTtlNode(client, PATH, { ttlMs: 0 })).toThrow(/ttlMs is 0/);
      expect(() => new PersistentTtlNode(client, PATH, { ttlMs: 1, touchFactor: 1 })).toThrow(/touchFactor is 1/);
    });
  });
});
