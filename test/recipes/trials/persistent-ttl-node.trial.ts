import { PersistentTtlNode } from '../../../src/recipes/nodes/index.js';
import { comesAbout } from './insist.js';
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
  let czxid = 0;
  let touchedMs = -Infinity;
  while (!world.isClosing) {
    await world.sleep(LOOK_MS, owner);
    const beganMs = client.monotonicMs();
    const stat = await client.getChildren(path, { timeoutMs: 5000 }).then(
      ({ stat }) => stat,
      () => null,
    );
    if (stat === null) continue;
    // Whoever was heard of less than half of its time ago cannot have been forgotten.
    const isFresh = beganMs - touchedMs < TTL_MS / 4;
    if (czxid !== 0 && stat.czxid !== czxid && isFresh) world.violated(`${path} was forgotten while it was kept`);
    if (stat.czxid === czxid) world.count('kept');
    czxid = stat.czxid;
    touchedMs = client.monotonicMs();
  }
  await comesAbout(world, owner, {
    what: `${path} and its child are kept`,
    isSo: async () => (await client.getChildren(path)).children.join() === 'touch',
  });
  if (errors.length > 0) world.violated(`${owner.name} was told of ${String(errors[0])}`);
}
