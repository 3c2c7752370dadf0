import { Party, ShallowParty } from '../../../src/recipes/group/index.js';
import { attempt, comesAbout, isEmptyBelow, sameSession } from './insist.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const ROOT = '/trial-party';
const MEMBERS = 4;
const LIFE_MAX_MS = 15_000;

/** Members of kazoo's two kinds of party, who come and go. */
export function trial(): Trial {
  return {
    name: 'Party',
    play(world) {
      for (let left = MEMBERS; left > 0; left--) {
        const client = world.client();
        world.worker(client, () => belong(world, client, Party));
        world.worker(client, () => belong(world, client, ShallowParty));
      }
    },
    async judge(world, fresh) {
      await isEmptyBelow(world, fresh, pathOf(Party));
      await isEmptyBelow(world, fresh, pathOf(ShallowParty));
    },
  };
}

type Kind = typeof Party | typeof ShallowParty;

function pathOf(kind: Kind): string {
  return `${ROOT}/${kind === Party ? 'deep' : 'shallow'}`;
}

async function belong(world: TrialWorld, user: TrialClient, kind: Kind): Promise<void> {
  const { client } = user;
  for (let round = 0; !world.isClosing; round += 1) {
    const id = `${user.name}-${round}`;
    const party = new kind(client, pathOf(kind), id);
    const isIn = async (): Promise<boolean> => {
      await client.sync(ROOT);
      return (await party.members()).includes(id);
    };
    const hasJoined = await attempt(world, async () => (await party.join({ timeoutMs: 20_000 }), true));
    if (hasJoined === true) {
      world.count('joined');
      const lifeMs = world.random.chance(0.2) ? Infinity : world.random.skewed(1, LIFE_MAX_MS);
      const endMs = client.monotonicMs() + lifeMs;
      while (!world.isClosing && client.monotonicMs() < endMs) await world.sleep(100, user);
      if (world.isClosing) await comesAbout(world, user, { what: `${id} is a member`, isSo: isIn });
    }
    const isSame = sameSession(user);
    await party.leave();
    if ((await attempt(world, isIn)) === true && hasJoined === true && isSame())
      world.violated(`${id} has left, and is there`);
    await world.sleep(world.random.skewed(1, 1000), user);
  }
}
