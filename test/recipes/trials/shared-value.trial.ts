import { KeeperError } from '../../../src/client/index.js';
import { SharedValue } from '../../../src/recipes/index.js';
import { nothingIsLeft } from './acquire-somehow.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const PATH = '/trial-shared-value/value';
const CLIENTS = 5;

/** Many set a value, each time another; nobody sees one come back that was overwritten, and in the end all see the same. */
export function trial(): Trial {
  return {
    name: 'SharedValue',
    play(world) {
      for (let left = CLIENTS; left > 0; left--) {
        const client = world.client();
        const value = new SharedValue(client.client, PATH, { seed: 'seed', exactlyOnce: world.random.chance(0.5) });
        world.worker(client, () => write(world, client, value));
        world.worker(client, () => follow(world, client, value));
      }
    },
    async judge(world, fresh) {
      await nothingIsLeft(world, fresh, `${PATH}-outcomes`);
    },
  };
}

async function write(world: TrialWorld, client: TrialClient, value: SharedValue): Promise<void> {
  const { random } = world;
  await value.start();
  for (let at = 0; !world.isClosing; at++) {
    await world.sleep(random.skewed(1, 1000), client);
    const next = `${client.name}-${at}`;
    try {
      await value.set(next, random.chance(0.3) ? { timeoutMs: random.between(1, 3000) } : {});
      world.count('set');
    } catch (error) {
      if (!(error instanceof KeeperError)) throw error;
      world.count(`error ${error.code}`);
      if (error.ambiguous && error.code !== 'OUTCOME_UNKNOWN') world.violated(`it may be set: ${error.message}`);
    }
  }
  while (value.isStale || !value.value?.equals((await value.read({ sync: true }))!.value))
    await world.sleep(50, client);
  await value.close();
}

async function follow(world: TrialWorld, client: TrialClient, value: SharedValue): Promise<void> {
  const seen = new Map<string, number>();
  let newest = 0;
  for await (const { versioned } of value.changes()) {
    if (versioned === undefined || versioned.mzxid === newest) continue;
    const text = versioned.value.toString();
    if (versioned.mzxid < newest) world.violated(`${client.name} saw ${text} after something newer`);
    if (seen.has(text)) world.violated(`${client.name} saw ${text} twice: it was set again after it was overwritten`);
    seen.set(text, versioned.mzxid);
    newest = versioned.mzxid;
    world.count('seen');
  }
}
