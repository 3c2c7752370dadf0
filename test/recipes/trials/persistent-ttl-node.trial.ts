import { PersistentTtlNode } from '../../../src/recipes/nodes/index.js';
import { attempt, comesAbout } from './insist.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const ROOT = '/trial-persistent-ttl-node';
const TTL_MS = 20_000;
const OWNERS = 3;
const LOOK_MS = 500;

/** Owners who keep a node each, over everything that happens to their sessions. */
export function trial(): Trial {
  return {
    name: 'PersistentTtlNode',
    play(world) {
      for (let left = OWNERS; left > 0; left--) {
        const owner = world.client();
        world.worker(owner, () => own(world, owner));
      }
    },
  };
}

async function own(world: TrialWorld, owner: TrialClient): Promise<void> {
  const { client } = owner;
  const path = `${ROOT}/${owner.name}`;
  const errors: unknown[] = [];
  await using node = new PersistentTtlNode(client, path, {
    ttlMs: TTL_MS,
    data: 'kept',
    onError: (e) => errors.push(e),
  });
  node.start();
  while (!world.isClosing) {
    await world.sleep(LOOK_MS, owner);
    // It may be forgotten though it was kept: servers go by their wall clocks, and these jump here.
    const seen = await attempt(world, () => client.exists(path, { timeoutMs: 5000 }));
    if (seen?.stat) world.count('kept');
  }
  await comesAbout(world, owner, {
    what: `${path} and its child are kept`,
    isSo: async () => (await client.getChildren(path)).children.join() === 'touch',
  });
  if (errors.length > 0) world.violated(`${owner.name} was told of ${String(errors[0])}`);
}
