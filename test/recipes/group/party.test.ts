import { describe, expect, it } from 'vitest';
import { BadArgumentsError } from '../../../src/client/index.js';
import { Party, ShallowParty } from '../../../src/recipes/group/index.js';
import { simulate } from '../../../src/testing/index.js';

const PATH = '/fleet/party';

describe.each([
  ['Party', Party],
  ['ShallowParty', ShallowParty],
])('%s', (_, Kind) => {
  it('lists who has joined and not left', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      await using one = new Kind(client, PATH, 'p1');
      await using two = new Kind(other, PATH, 'p2');
      expect(await one.members()).toEqual([]);
      await one.join();
      await one.join();
      await two.join();
      expect(one.isJoined).toBe(true);
      expect(await one.members()).toEqual(['p1', 'p2']);
      await one.leave();
      expect(await two.members()).toEqual(['p2']);
      expect(one.isJoined).toBe(false);
      await one.join();
      expect((await two.members()).sort()).toEqual(['p1', 'p2']);
    });
  });

  it('joins again after a lost session, until it leaves', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client({ sessionTimeoutMs: 2000 }), world.client()];
      await using one = new Kind(client, PATH, 'p1');
      await one.join();
      world.isolate(client);
      await world.until(() => client.state === 'lost');
      world.heal();
      await world.until(() => one.isJoined);
      await world.sleep(4000);
      expect(await new Kind(other, PATH).members()).toEqual(['p1']);
      await one.leave();
      expect(await new Kind(other, PATH).members()).toEqual([]);
    });
  });

  it('leaves nothing when the join is given up', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      await client.connected();
      world.isolate(client);
      const one = new Kind(client, PATH, 'p1');
      await expect(one.join({ timeoutMs: 100 })).rejects.toThrow(/timed out after 100 ms/);
      world.heal();
      await world.sleep(3000);
      expect(await new Kind(other, PATH).members()).toEqual([]);
      expect(await one.join()).toBeUndefined();
      await one.leave();
    });
  });
});

it('ShallowParty refuses an identifier that is no part of a name', async () => {
  await simulate(async (world) => {
    expect(() => new ShallowParty(world.client(), PATH, 'a/b')).toThrow(BadArgumentsError);
  });
});
