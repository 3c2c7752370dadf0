import type { Client } from '../../../src/client/index.js';
import { CuratorFramework, KeeperError } from '../../../src/client/index.js';
import { MigrationManager } from '../../../src/recipes/index.js';
import type { Migration, MigrationSet } from '../../../src/recipes/index.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const ROOT = '/trial-migration-manager';
const CLIENTS = 4;
const WAIT_MAX_MS = 20_000;
const PATHS = { lockPath: `${ROOT}/locks`, metaPath: `${ROOT}/done` };

/** Programs of newer and newer versions that start all the time, and migrate. */
export function trial(): Trial {
  const told = new Map<string, number>();
  return {
    name: 'MigrationManager',
    play(world) {
      for (let at = 0; at < CLIENTS; at++) {
        const client = world.client();
        world.worker(client, () => start(world, client, told));
      }
    },
    judge: (world, fresh) => judge(world, fresh, told),
  };
}

/** Step number n makes the node n, and would fail if it were done twice. */
function setOf(id: string, steps: number): MigrationSet {
  const migrations = Array.from({ length: steps }, (_, at): Migration => [
    { type: 'create', path: `${ROOT}/data/${id}-${at}` },
    { type: 'setData', path: `${ROOT}/data`, data: `${id}-${at}` },
  ]);
  return { id, migrations };
}

async function start(world: TrialWorld, client: TrialClient, told: Map<string, number>): Promise<void> {
  const { random } = world;
  const framework = new CuratorFramework(client.client);
  const manager = new MigrationManager(client.client, PATHS);
  for (let version = 1; !world.isClosing;) {
    await world.sleep(random.skewed(1, 800), client);
    const id = `set-${random.below(3)}`;
    try {
      await framework.create(`${ROOT}/data`, '', { parents: 'persistent', idempotent: true }).catch(isThere);
      const { applied, total } = await manager.migrate(setOf(id, version), { timeoutMs: WAIT_MAX_MS });
      told.set(id, Math.max(told.get(id) ?? 0, total));
      if (applied > 0) world.count('applied', applied);
      else world.count('nothing to do');
    } catch (error) {
      // An older program is refused by what a newer one has done.
      if (!(error instanceof KeeperError)) throw error;
      world.count(`error ${error.code}`);
      if (error.code === 'NODE_EXISTS') world.violated(`${id}: a step was done twice: ${error.message}`);
    }
    version += random.chance(0.5) ? 1 : 0;
  }
}

function isThere(error: unknown): void {
  if (!(error instanceof KeeperError) || error.code !== 'NODE_EXISTS') throw error;
}

/** As many notes as steps, of each set; and no fewer than somebody was told. */
async function judge(world: TrialWorld, fresh: Client, told: ReadonlyMap<string, number>): Promise<void> {
  const manager = new MigrationManager(fresh, PATHS);
  const { stat } = await fresh.exists(`${ROOT}/data`);
  const { children } = stat === null ? { children: [] } : await fresh.getChildren(`${ROOT}/data`);
  for (const id of ['set-0', 'set-1', 'set-2']) {
    const notes = await manager.applied(id);
    const steps = children.filter((name) => name.startsWith(`${id}-`)).length;
    if (notes !== steps) world.violated(`${id}: ${steps} steps were done, and ${notes} noted`);
    if (notes < (told.get(id) ?? 0)) world.violated(`${id}: ${notes} are done, ${told.get(id) ?? 0} were told`);
    await manager.migrate(setOf(id, notes + 1), { timeoutMs: WAIT_MAX_MS });
  }
}
