import { NoNodeError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { childOf } from '../../protocol/paths.js';
import { isHeldHere } from './held-paths.js';
import { isOfThisSession } from './own-node.js';
import type { OwnNode } from './own-node.js';
import { waitForChange } from './predecessor-wait.js';
import { retry } from './retry.js';
import { parseSequence, placeOf, SEQUENCE_WORN, sortKey } from './sequencer.js';
import type { Place } from './sequencer.js';
import type { WaitBudget } from './wait-budget.js';
import { warnOnce } from './warn-once.js';

/** A line of contenders: the children of `path` whose names contain `lockName`. */
export interface Line {
  readonly path: string;
  readonly lockName: string;
}

/**
 * Waits until the node is the first in its line. Watches nothing but the nearest node ahead, so that one departure wakes
 * one waiter. `missing`: the node is gone or belongs to a session that is over; start over with a new one.
 */
export async function waitForTurn(
  client: KeeperClient,
  budget: WaitBudget,
  { line, node }: { readonly line: Line; readonly node: OwnNode },
): Promise<'first' | 'missing'> {
  for (;;) {
    const place = await lookUpPlace(client, budget, { line, node });
    if (place.kind !== 'behind') return place.kind;
    const predecessor = childOf(line.path, place.predecessor);
    budget.noteProgress(() => describe(client, predecessor, place.ahead));
    await waitForChange(client, budget, predecessor);
  }
}

/** Lists the line and finds the node's place. */
export async function lookUpPlace(
  client: KeeperClient,
  budget: WaitBudget,
  { line, node }: { readonly line: Line; readonly node: OwnNode },
): Promise<Place> {
  const children = await listLine(client, budget, line.path);
  if (!isOfThisSession(client, node)) return { kind: 'missing' };
  const place = placeOf(node.name, children, line.lockName);
  warnOfOddities(line, node, place);
  return place;
}

/** Names of all children; none when the path does not exist. */
export async function listLine(client: KeeperClient, budget: WaitBudget, path: string): Promise<readonly string[]> {
  try {
    return (await retry(client, budget, (wait) => client.getChildren(path, wait))).children;
  } catch (error) {
    if (error instanceof NoNodeError) return [];
    throw error;
  }
}

function describe(client: KeeperClient, predecessor: string, ahead: number): string {
  const hint = isHeldHere(client, predecessor)
    ? '; this client holds it itself: to enter a lock twice, give both calls the same owner'
    : '';
  return `waiting behind ${predecessor}, ${ahead} ahead${hint}`;
}

function warnOfOddities(line: Line, node: OwnNode, place: Place): void {
  const sequence = parseSequence(sortKey(node.name, line.lockName));
  if (sequence !== null && sequence > SEQUENCE_WORN) {
    const text = `sequence number ${sequence} below ${line.path} nears 2147483647, where Java clients lose the order`;
    warnOnce('PINFOLD_SEQUENCE_WORN', line.path, `${text}: delete the empty path to start again at 0`);
  }
  if (place.kind !== 'behind' || parseSequence(sortKey(place.predecessor, line.lockName)) !== null) return;
  const text = `${childOf(line.path, place.predecessor)} is no contender of this lock and yet stands in its line`;
  warnOnce('PINFOLD_FOREIGN_CHILD', line.path, `${text}, for Curator as for pinfold; nobody passes it`);
}
