import { PersistentNode } from '../../../src/recipes/nodes/index.js';
import { attempt, comesAbout, isEmptyBelow, isLeft, namesBelow } from './insist.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const ROOT = '/trial-persistent-node';
const OWNERS = 4;
const LIFE_MAX_MS = 20_000;
const CALM_LOOK_MS = 100;
const MODES = ['ephemeral', 'ephemeral-sequential', 'persistent', 'container'] as const;

/** Owners who keep nodes, and vandals who delete and overwrite them. */
export function trial(): Trial {
  const owners: string[] = [];
  let isVandalising = true;
  return {
    name: 'PersistentNode',
    play(world) {
      const people = Array.from({ length: OWNERS }, () => world.client());
      const vandal = world.client();
      // What others write stays: only after the vandal's last write is the owner's word the last.
      const isCalm = (): boolean => vandal.isDead || !isVandalising;
      for (const owner of people) {
        owners.push(owner.name);
        world.worker(owner, () => own(world, owner, isCalm));
        world.worker(owner, () => ownTogether(world, owner));
      }
      world.worker(vandal, () => ruin(world, vandal, owners).finally(() => (isVandalising = false)));
    },
    async judge(world, fresh) {
      await isEmptyBelow(world, fresh, `${ROOT}/shared`);
      for (const owner of owners) {
        const names = await namesBelow(fresh, `${ROOT}/${owner}`);
        // A process that was killed leaves its persistent nodes.
        const left = await Promise.all(names.map((name) => fresh.exists(`${ROOT}/${owner}/${name}`)));
        const ephemerals = left.filter(({ stat }) => stat !== null && stat.ephemeralOwner !== 0n);
        if (ephemerals.length > 0) world.violated(`${ephemerals.length} ephemeral nodes of ${owner} are left`);
      }
    },
  };
}

/** A node of one's own, until closed: then nothing of it is left. */
async function own(world: TrialWorld, owner: TrialClient, isCalm: () => boolean): Promise<void> {
  const { random } = world;
  const folder = `${ROOT}/${owner.name}`;
  for (let round = 0; !world.isClosing; round += 1) {
    let data = `first of ${round}`;
    const mode = random.pick(MODES);
    const takeover = random.chance(0.5) ? 'delete' : 'wait';
    const node = new PersistentNode(owner.client, `${folder}/n`, { mode, data, takeover });
    node.start();
    const lifeMs = random.chance(0.2) ? Infinity : random.skewed(1, LIFE_MAX_MS);
    const endMs = owner.client.monotonicMs() + lifeMs;
    while (!world.isClosing && owner.client.monotonicMs() < endMs) {
      await world.sleep(random.skewed(1, 2000), owner);
      if (random.chance(0.3)) {
        data = `${round} at ${owner.client.monotonicMs()}`;
        const next = data;
        await attempt(world, () => node.setData(next, { timeoutMs: 5000 }));
      }
    }
    if (world.isClosing) {
      while (!isCalm()) await world.sleep(CALM_LOOK_MS, owner);
      await attempt(world, () => node.setData('last', { timeoutMs: 60_000 }));
      const isSo = (): Promise<boolean> => isOnly(owner, node, folder);
      await comesAbout(world, owner, { what: `${mode} ${String(node.path)} is kept`, isSo });
    }
    await node.close();
    world.count('kept');
    const { path } = node;
    if (path === null) continue;
    const isThere = await attempt(world, () => isLeft(owner, path));
    if (isThere === true) world.violated(`closed, and left: ${path}, ${mode}`);
  }
}

async function isOnly({ client }: TrialClient, node: PersistentNode, folder: string): Promise<boolean> {
  const names = await namesBelow(client, folder);
  if (node.state !== 'present' || names.length !== 1 || `${folder}/${names[0]}` !== node.path) return false;
  const { data, stat } = await client.getData(node.path);
  const isOurs = stat.ephemeralOwner === 0n || stat.ephemeralOwner === client.sessionId;
  return isOurs && data?.toString() === 'last';
}

/** One node that several want: in the end it is one's, and when all have closed, nobody's. */
async function ownTogether(world: TrialWorld, owner: TrialClient): Promise<void> {
  const { random } = world;
  while (!world.isClosing) {
    const takeover = random.chance(0.3) ? 'delete' : 'wait';
    const node = new PersistentNode(owner.client, `${ROOT}/shared/one`, { data: owner.name, takeover });
    await attempt(world, () => node.created({ timeoutMs: random.skewed(1, LIFE_MAX_MS) }));
    await world.sleep(random.skewed(1, 3000), owner);
    await node.close();
  }
}

async function ruin(world: TrialWorld, vandal: TrialClient, owners: readonly string[]): Promise<void> {
  const { random } = world;
  while (!world.isClosing) {
    await world.sleep(random.skewed(1, 1500), vandal);
    const folder = `${ROOT}/${random.oneOf(owners) ?? 'shared'}`;
    await attempt(world, async () => {
      const name = random.oneOf(await namesBelow(vandal.client, folder));
      if (name === undefined) return;
      if (random.chance(0.6)) await vandal.client.delete(`${folder}/${name}`);
      else await vandal.client.setData(`${folder}/${name}`, 'ruined');
      world.count('ruined');
    });
  }
}
