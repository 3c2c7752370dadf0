import type { Client } from '../../../src/client/index.js';
import { GroupMember } from '../../../src/recipes/index.js';
import type { HerdCase, HerdCrowd, HerdStage } from './herd-case.js';

export const GROUP_CASES: readonly HerdCase[] = [
  {
    id: 'group',
    recipe: 'GroupMember',
    step: 'somebody joins, all see it',
    eventsMax: (members) => members + 1,
    gather: membersOfGroup,
  },
];

async function membersOfGroup(stage: HerdStage, count: number): Promise<HerdCrowd> {
  const [last, ...others] = (await stage.clients(count + 1)) as [Client, ...Client[]];
  const members = others.map((client, index) => new GroupMember(client, stage.path, `member-${index}`));
  for (const member of members) member.start();
  await Promise.all(members.map((member) => seen(member, count)));
  const newcomer = new GroupMember(last, stage.path, 'newcomer');
  return {
    steps: 1,
    step: async () => {
      const all = Promise.all(members.map((member) => seen(member, count + 1)));
      newcomer.start();
      await all;
    },
  };
}

/** Resolves when it sees so many. */
async function seen(member: GroupMember, count: number): Promise<void> {
  for await (const members of member.changes()) if (members.size === count) return;
}
