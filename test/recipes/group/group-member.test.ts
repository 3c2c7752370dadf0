import { describe, expect, it } from 'vitest';
import { BadArgumentsError, TimeoutError } from '../../../src/client/index.js';
import { GroupMember } from '../../../src/recipes/group/index.js';
import type { GroupMembers } from '../../../src/recipes/group/index.js';
import { simulate } from '../../../src/testing/index.js';

const PATH = '/group';

function textOf(members: GroupMembers): Record<string, string | undefined> {
  return Object.fromEntries([...members].map(([id, payload]) => [id, payload?.toString()]));
}

describe('GroupMember', () => {
  it('sees itself at once, and the others as they come, change and go', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      await using one = new GroupMember(client, PATH, 'm1', { payload: 'pay-1' });
      expect(textOf(one.members)).toEqual({ m1: 'pay-1' });
      expect(one.isConfirmed).toBe(false);
      await one.joined();
      expect(one.isConfirmed).toBe(true);
      const two = new GroupMember(other, PATH, 'm2', { payload: 'pay-2' });
      await two.joined();
      expect(textOf(two.members)).toEqual({ m1: 'pay-1', m2: 'pay-2' });
      await world.until(() => one.members.size === 2);
      await two.setPayload('new');
      await world.until(() => textOf(one.members)['m2'] === 'new');
      await two.close();
      await two.close();
      await world.until(() => one.members.size === 1);
    });
  });

  it('tells each change that somebody is in time for', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      await using one = new GroupMember(client, PATH, 'm1');
      await one.joined();
      const sizes: number[] = [];
      const read = async (): Promise<void> => {
        for await (const members of one.changes()) sizes.push(members.size);
      };
      const reading = read();
      await using two = new GroupMember(other, PATH, 'm2');
      await two.joined();
      await world.until(() => sizes.at(-1) === 2);
      await two.close();
      await world.until(() => sizes.at(-1) === 1);
      await one.close();
      await reading;
    });
  });

  it('joins again after its session was lost; the others see it go only when that has ended on the servers', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client({ sessionTimeoutMs: 2000 }), world.client()];
      await using one = new GroupMember(client, PATH, 'm1');
      await using two = new GroupMember(other, PATH, 'm2');
      await Promise.all([one.joined(), two.joined()]);
      await world.until(() => one.members.size === 2 && two.members.size === 2);
      world.isolate(client);
      await world.until(() => client.state === 'suspended');
      expect(textOf(one.members)).toHaveProperty('m2');
      await world.until(() => !two.members.has('m1'));
      await world.until(() => client.state === 'lost');
      expect(one.isConfirmed).toBe(false);
      world.heal();
      await world.until(() => two.members.has('m1') && one.isConfirmed);
    });
  });

  it('of an id that is taken waits, and does not touch what the other has written', async () => {
    await simulate(async (world) => {
      const [client, other] = [world.client(), world.client()];
      const first = new GroupMember(client, PATH, 'same', { payload: 'first' });
      await first.joined();
      await using second = new GroupMember(other, PATH, 'same', { payload: 'second' });
      await expect(second.joined({ timeoutMs: 1000 })).rejects.toBeInstanceOf(TimeoutError);
      expect(textOf(first.members)).toEqual({ same: 'first' });
      await first.close();
      await second.joined();
      await world.until(() => textOf(second.members)['same'] === 'second');
    });
  });

  it('refuses an id that is no name', async () => {
    await simulate(async (world) => {
      expect(() => new GroupMember(world.client(), PATH, 'a/b')).toThrow(BadArgumentsError);
      expect(() => new GroupMember(world.client(), 'group', 'a')).toThrow(/member of a group: the path "group"/);
    });
  });
});
