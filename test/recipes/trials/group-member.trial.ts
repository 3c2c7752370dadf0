import { GroupMember } from '../../../src/recipes/group/index.js';
import { attempt, comesAbout, isEmptyBelow, isLeft, namesBelow } from './insist.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const PATH = '/trial-group-member/group';
const MEMBERS = 5;
const LIFE_MAX_MS = 20_000;

/** Members who come and go, or are cut off; those who stay see each other in the end. */
export function trial(): Trial {
  return {
    name: 'GroupMember',
    play(world) {
      for (let left = MEMBERS; left > 0; left--) {
        const client = world.client();
        world.worker(client, () => belong(world, client));
      }
    },
    judge: (world, fresh) => isEmptyBelow(world, fresh, PATH),
  };
}

async function belong(world: TrialWorld, user: TrialClient): Promise<void> {
  const { client } = user;
  while (!world.isClosing) {
    const member = new GroupMember(client, PATH, user.name, { payload: user.name });
    const hasJoined = await attempt(world, async () => (await member.joined({ timeoutMs: 20_000 }), true));
    if (hasJoined === true) world.count('joined');
    if (!member.members.has(user.name)) world.violated(`${user.name} does not see itself`);
    const lifeMs = world.random.chance(0.3) ? Infinity : world.random.skewed(1, LIFE_MAX_MS);
    const endMs = client.monotonicMs() + lifeMs;
    while (!world.isClosing && client.monotonicMs() < endMs) await world.sleep(100, user);
    if (world.isClosing) {
      const isSo = async (): Promise<boolean> => {
        const { stat } = await client.exists(`${PATH}/${user.name}`);
        const names = await namesBelow(client, PATH);
        const seen = [...member.members.keys()].sort();
        return member.isConfirmed && stat?.ephemeralOwner === client.sessionId && names.join() === seen.join();
      };
      await comesAbout(world, user, { what: 'it is a member, and sees those that are', isSo });
    }
    await member.close();
    const isThere = await attempt(world, () => isLeft(user, `${PATH}/${user.name}`));
    if (isThere === true) world.violated(`${user.name} has left, and is there`);
  }
}
