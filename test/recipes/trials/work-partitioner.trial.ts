import type { Assignment } from '../../../src/recipes/partitioner/index.js';
import { WorkPartitioner } from '../../../src/recipes/partitioner/index.js';
import { comesAbout, isEmptyBelow } from './insist.js';
import { ExclusiveBook } from './exclusive-book.js';
import { FencedNode } from './fenced-node.js';
import type { Trial, TrialClient, TrialWorld } from './trial.js';

const ROOT = '/trial-work-partitioner';
const PATH = `${ROOT}/work`;
const PARTITIONS = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
const WORKERS = 5;
const LIFE_MAX_MS = 30_000;
const DRAIN_MAX_MS = 800;

interface Scene {
  readonly world: TrialWorld;
  readonly books: ReadonlyMap<string, { readonly book: ExclusiveBook; readonly fenced: FencedNode }>;
  /** Who is inside, from the first line of its work to the last. */
  readonly inside: Map<string, { readonly user: TrialClient; readonly assignment: Assignment }>;
  readonly partitioners: Map<TrialClient, WorkPartitioner>;
  /** All partitions have been had at once since everything is well. */
  isShared: boolean;
}

/** Workers who come and go; each partition is one's at a time, and in the end all are somebody's. */
export function trial(): Trial {
  let scene: Scene;
  return {
    name: 'WorkPartitioner',
    play(world) {
      const books = PARTITIONS.map((partition) => {
        const book = new ExclusiveBook(world, `${PATH} ${partition}`);
        return [partition, { book, fenced: new FencedNode(world, `${ROOT}/fenced-${partition}`) }] as const;
      });
      scene = { world, books: new Map(books), inside: new Map(), partitioners: new Map(), isShared: false };
      for (let left = WORKERS; left > 0; left--) {
        const user = world.client();
        world.worker(user, () => partake(scene, user));
      }
    },
    async judge(world, fresh) {
      for (const { fenced } of scene.books.values()) fenced.judge();
      await isEmptyBelow(world, fresh, `${PATH}/claims`);
      await isEmptyBelow(world, fresh, `${PATH}/members`);
    },
  };
}

async function partake(scene: Scene, user: TrialClient): Promise<void> {
  const { world, partitioners } = scene;
  while (!world.isClosing) {
    const partitioner = new WorkPartitioner(user.client, PATH, {
      partitions: PARTITIONS,
      debounceMs: 300,
      drainMs: 60_000,
      restMs: 50,
      onError: (error) => world.count(`error ${(error as { code?: string }).code ?? String(error)}`),
    });
    partitioners.set(user, partitioner);
    const running = partitioner.run((assignment) => work(scene, user, assignment));
    const lifeMs = world.random.chance(0.2) ? Infinity : world.random.skewed(500, LIFE_MAX_MS);
    const endMs = user.client.monotonicMs() + lifeMs;
    while (!world.isClosing && user.client.monotonicMs() < endMs) await world.sleep(100, user);
    if (world.isClosing) {
      const isSo = async (): Promise<boolean> => (scene.isShared ||= isShared(scene));
      const instead = (): string => `${partitioner.id}: ${inWords(partitioner)}`;
      await comesAbout(world, user, { what: 'all partitions are had', isSo, instead });
    }
    await partitioner.close();
    await running;
    partitioners.delete(user);
  }
}

function isShared({ partitioners }: Scene): boolean {
  const living = [...partitioners].filter(([{ isDead }]) => !isDead);
  const held = living.flatMap(([, partitioner]) => partitioner.held);
  return held.length === PARTITIONS.length && new Set(held).size === PARTITIONS.length;
}

function inWords({ held, members, plan }: WorkPartitioner): string {
  const planned = [...plan].map(([partition, id]) => `${partition} is for ${id}`);
  return `has ${held.join(', ')}; there are ${members.join(', ')}; ${planned.join(', ')}`;
}

async function work(scene: Scene, user: TrialClient, assignment: Assignment): Promise<void> {
  const { world, inside, books } = scene;
  const { partition, signal, token } = assignment;
  const before = inside.get(partition);
  // Whoever surely has its session has its claim, and must have been waited for.
  if (before !== undefined && !world.isStalled(before.user) && hasSurely(before.user, before.assignment)) {
    world.violated(`${user.name} was let into ${partition} while ${before.user.name} had not stopped`);
  }
  inside.set(partition, { user, assignment });
  const { book, fenced } = books.get(partition) ?? {};
  book?.follow(user, assignment);
  while (!signal.aborted) {
    if (assignment.isHeld()) book?.used(user, token);
    await fenced?.write(user, assignment);
    await world.sleep(world.random.skewed(1, 500), user);
    if (world.random.chance(0.02)) break;
  }
  if (signal.aborted) await world.sleep(world.random.skewed(1, DRAIN_MAX_MS), user);
  if (assignment.isDraining) await fenced?.write(user, assignment);
  if (inside.get(partition)?.assignment === assignment) inside.delete(partition);
}

function hasSurely({ client, isDead }: TrialClient, assignment: Assignment): boolean {
  const isItsSession = client.sessionId === assignment.sessionId && !client.session.signal.aborted;
  return !isDead && isItsSession && client.leaseDeadlineMs > client.monotonicMs();
}
