import { BadArgumentsError, KeeperError } from '../../../src/client/index.js';
import { DistributedDoubleBarrier } from '../../../src/recipes/index.js';
import type { Hold } from '../../../src/recipes/index.js';
import { childrenLeft } from './children-left.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const PATH = '/trial-distributed-double-barrier/round';
const CLIENTS = 5;
const MEMBERS = 3;
const WAIT_MAX_MS = 8000;
const WORK_MAX_MS = 500;
const LOOK_MS = 100;

/** One stay of a member: from before its node can exist until after it is gone. */
interface Stay {
  readonly client: TrialClient;
  /** When it is certainly in, until it begins to leave. */
  inside: Hold | null;
}

/** Everything that somebody does, in the order in which the observer sees it. */
class Attendance {
  readonly #world: TrialWorld;
  readonly #stays = new Set<Stay>();
  /** Those there at a moment when there were enough. */
  #full: ReadonlySet<Stay> = new Set();

  constructor(world: TrialWorld) {
    this.#world = world;
  }

  comes(client: TrialClient): Stay {
    const stay: Stay = { client, inside: null };
    this.#stays.add(stay);
    if (this.#stays.size >= MEMBERS) this.#full = new Set(this.#stays);
    return stay;
  }

  entered(stay: Stay, hold: Hold): void {
    stay.inside = hold;
    this.#world.count('entered');
    // It was there when there were enough, or it is let in late by one who was, and is there yet.
    const isExplained = this.#full.has(stay) || [...this.#full].some((other) => this.#stays.has(other));
    if (!isExplained) this.#world.violated(`${stay.client.name} entered, and there never were ${MEMBERS} with it`);
  }

  leaves(stay: Stay): void {
    stay.inside = null;
  }

  left(stay: Stay): void {
    this.#stays.delete(stay);
  }

  /** `before`: who was certainly inside when this one began to leave. */
  waited(stay: Stay, before: ReadonlySet<Stay>): void {
    this.#world.count('left together');
    for (const other of before) {
      const { client, inside } = other;
      if (client.isDead || this.#world.isStalled(client) || inside === null || !inside.isHeld()) continue;
      this.#world.violated(`${stay.client.name} has left together with ${client.name}, which is inside`);
    }
  }

  get inside(): ReadonlySet<Stay> {
    return new Set([...this.#stays].filter(({ inside }) => inside?.isHeld() === true));
  }
}

/** More members than a round takes, who come, give up, work, leave and come again. */
export function trial(): Trial {
  return {
    name: 'DistributedDoubleBarrier',
    play(world) {
      const attendance = new Attendance(world);
      for (let left = CLIENTS; left > 0; left--) {
        const client = world.client();
        world.worker(client, () => comeAgain(world, client, attendance));
      }
    },
    async judge(world, fresh) {
      const members = (await childrenLeft(fresh, PATH)).filter((name) => name !== 'ready');
      if (members.length > 0) world.violated(`members are left: ${members.join(', ')}`);
      // Whatever `ready` is left over from: one alone does not get in, and three do.
      const barriers = Array.from({ length: MEMBERS }, () => new DistributedDoubleBarrier(fresh, PATH, MEMBERS));
      const alone = await barriers[0]!.enter({ timeoutMs: 1000 }).then(
        () => true,
        () => false,
      );
      if (alone) return world.violated('a lone member gets in');
      await Promise.all(barriers.map((barrier) => barrier.run(() => undefined, { timeoutMs: 30_000 })));
      if ((await childrenLeft(fresh, PATH)).length > 0) world.violated('a whole round leaves something behind');
    },
  };
}

async function comeAgain(world: TrialWorld, client: TrialClient, attendance: Attendance): Promise<void> {
  const { random } = world;
  const barrier = new DistributedDoubleBarrier(client.client, PATH, MEMBERS);
  const sessions = new Set<bigint>();
  for (const event of ['connected', 'reconnected'] as const) {
    client.client.on(event, ({ sessionId }) => sessions.add(sessionId));
  }
  while (!world.isClosing) {
    await world.sleep(random.skewed(1, 500), client);
    const stay = attendance.comes(client);
    try {
      const hold = await barrier.enter({ timeoutMs: random.between(5, WAIT_MAX_MS) });
      attendance.entered(stay, hold);
      await world.sleep(random.skewed(0, WORK_MAX_MS), client);
      attendance.leaves(stay);
      const before = attendance.inside;
      await barrier.leave({ timeoutMs: random.between(5, WAIT_MAX_MS) });
      attendance.waited(stay, before);
    } catch (error) {
      if (!(error instanceof KeeperError) || error instanceof BadArgumentsError) throw error;
      world.count(`error ${error.code}`);
    }
    // A member is there for the others as long as its node is, also when its wait ended without a connection.
    while (!(await isGone(client, sessions))) await world.sleep(LOOK_MS, client);
    attendance.left(stay);
  }
}

async function isGone({ client }: TrialClient, sessions: ReadonlySet<bigint>): Promise<boolean> {
  try {
    await client.sync(PATH);
    const names = await childrenLeft(client, PATH);
    const owners = await Promise.all(names.map((name) => client.exists(`${PATH}/${name}`)));
    return owners.every(({ stat }) => stat === null || !sessions.has(stat.ephemeralOwner));
  } catch (error) {
    if (error instanceof KeeperError) return false;
    throw error;
  }
}
