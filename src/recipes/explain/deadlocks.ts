import { BadArgumentsError, NoNodeError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { childOf } from '../../protocol/paths.js';
import { retry } from '../../client/support/retry.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import type { ExplainedNode, Explanation } from './explanation.js';
import { listLong } from '../queues/list-long.js';
import { explain } from './explain.js';
import { kindOf } from './recognise.js';

/** A session that holds something which the one before it in the circle waits for, and waits for what the next one holds. */
export interface DeadlockStep {
  readonly sessionId: bigint;
  /** What it holds. */
  readonly holds: ExplainedNode;
  /** Where it waits. */
  readonly waits: ExplainedNode;
  /** The lock that it waits for. */
  readonly waitsAt: string;
}

/** Sessions in a circle, each waiting for the next; the last one for the first. */
export type Deadlock = readonly DeadlockStep[];

export interface FindDeadlocksOptions extends WaitOptions {
  /** Paths of locks; or `below`. */
  readonly paths?: readonly string[] | undefined;
  /** All locks in the tree below this path. */
  readonly below?: string | undefined;
  /** Nodes of the tree that are looked at, at most: more is a BadArgumentsError. Default 10,000. */
  readonly nodesMax?: number | undefined;
}

/** One session waits for another. */
interface Wait {
  readonly from: bigint;
  readonly to: bigint;
  /** Where. */
  readonly node: ExplainedNode;
  readonly path: string;
  /** What the other holds there. */
  readonly held: ExplainedNode;
}

const NODES_MAX = 10_000;

/**
 * Circles of sessions that hold one lock and wait for another: a deadlock, if what holds and what waits is one and the same
 * task of each program. (Tasks of one client share its session, so a circle may also be two tasks that do not need each
 * other: look at the labels.) Mutexes, read/write locks, latches, and semaphores whose leases one session holds count. One
 * circle is told for each knot of sessions. A picture of one moment, as {@link explain} is.
 */
export async function findDeadlocks(client: KeeperClient, options: FindDeadlocksOptions): Promise<Deadlock[]> {
  const { paths, below } = options;
  if ((paths === undefined) === (below === undefined)) {
    throw new BadArgumentsError({ message: 'findDeadlocks: give either paths or below' });
  }
  const budget = new WaitBudget(client, options, `find deadlocks ${below ?? ''}`);
  return budget.settle(search(client, budget, options), 0);
}

async function search(client: KeeperClient, budget: WaitBudget, options: FindDeadlocksOptions): Promise<Deadlock[]> {
  const { below, nodesMax = NODES_MAX } = options;
  const paths = options.paths ?? (await locksBelow({ client, budget, nodesMax }, below ?? '/'));
  const pictures: Explanation[] = [];
  for (const path of paths) pictures.push(await explain(client, path, { signal: budget.signal }));
  return circles(waits(pictures)).map(steps);
}

async function locksBelow(
  search: { readonly client: KeeperClient; readonly budget: WaitBudget; readonly nodesMax: number },
  root: string,
): Promise<string[]> {
  const { client, budget, nodesMax } = search;
  const open = [root];
  const found: string[] = [];
  let seen = 0;
  for (let path = open.shift(); path !== undefined; path = open.shift()) {
    const at = path;
    const children = await retry(client, budget, (wait) => listLong(client, at, wait)).then(
      (answer) => answer.children,
      (error: unknown) => {
        if (error instanceof NoNodeError) return [];
        throw error;
      },
    );
    seen += 1 + children.length;
    if (seen > nodesMax) {
      throw new BadArgumentsError({ message: `there are more than ${nodesMax} nodes below ${root}: say which locks` });
    }
    const kind = kindOf(children);
    if (kind === 'lock' || kind === 'read-write-lock' || kind === 'leader-latch' || kind === 'semaphore')
      found.push(at);
    // Contenders have no children, but a lock's path may have other nodes below it.
    if (kind !== 'semaphore') open.push(...children.map((name) => childOf(at, name)));
  }
  return found;
}

/** Who waits for whom. Two tasks of one session that want the same lock take turns like any others: that is no circle. */
function waits(pictures: readonly Explanation[]): Map<bigint, Wait[]> {
  const graph = new Map<bigint, Wait[]>();
  for (const { kind, path, holders, waiters } of pictures) {
    const owners = new Map(holders.map((held) => [held.sessionId, held]));
    // Any lease that comes back will do, as long as there is more than one who may bring it.
    if (kind === 'semaphore' && owners.size > 1) continue;
    for (const node of waiters) {
      const from = node.sessionId;
      const edges = graph.get(from) ?? [];
      graph.set(from, edges);
      for (const [to, held] of owners) if (to !== from) edges.push({ from, to, node, path, held });
    }
  }
  return graph;
}

/** One for each knot: from every session that is in none yet, the shortest way back to it. */
function circles(graph: ReadonlyMap<bigint, readonly Wait[]>): Wait[][] {
  const found: Wait[][] = [];
  const known = new Set<bigint>();
  for (const start of graph.keys()) {
    if (known.has(start)) continue;
    const circle = wayBack(graph, start);
    if (circle === null || circle.some(({ from }) => known.has(from))) continue;
    for (const { from } of circle) known.add(from);
    found.push(circle);
  }
  return found;
}

function wayBack(graph: ReadonlyMap<bigint, readonly Wait[]>, start: bigint): Wait[] | null {
  const ways = new Map<bigint, Wait[]>([[start, []]]);
  const open = [start];
  for (let at = open.shift(); at !== undefined; at = open.shift()) {
    const way = ways.get(at) ?? [];
    for (const wait of graph.get(at) ?? []) {
      if (wait.to === start) return [...way, wait];
      if (ways.has(wait.to)) continue;
      ways.set(wait.to, [...way, wait]);
      open.push(wait.to);
    }
  }
  return null;
}

/** What each one holds is what the one before it waits for. */
function steps(circle: readonly Wait[]): Deadlock {
  return circle.flatMap(({ from, node, path }, at) => {
    const before = circle.at(at - 1);
    return before === undefined ? [] : [{ sessionId: from, holds: before.held, waits: node, waitsAt: path }];
  });
}
