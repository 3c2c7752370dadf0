import type { KeeperClient } from '../../client/keeper-client.js';
import { childOf } from '../../protocol/paths.js';
import type { Line } from '../support/line.js';
import { retry } from '../../client/support/retry.js';
import { inLine } from '../support/sequencer.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';

/** One of those who lead or would lead. */
export interface Participant {
  /** What it calls itself; empty if it gave no name. */
  readonly id: string;
  /** Its znode. */
  readonly path: string;
  /** It stands first: nobody else can lead. It leads as soon as it knows. */
  readonly isLeader: boolean;
}

/** Reads in one request: the answers must fit into a frame, and an id is short. */
const BATCH = 500;

/** Everybody in the line, the leader first. Whoever leaves while this reads is left out. */
export async function participantsOf(client: KeeperClient, budget: WaitBudget, line: Line): Promise<Participant[]> {
  const paths = inLine(await line.list(budget)).map((name) => childOf(line.path, name));
  const found: Participant[] = [];
  for (let at = 0; at < paths.length; at += BATCH) {
    const batch = paths.slice(at, at + BATCH).map((path) => ({ type: 'getData', path }) as const);
    const results = await retry(client, budget, (wait) => client.multiRead(batch, wait));
    for (const result of results) {
      if (result.type !== 'getData') continue;
      found.push({ id: result.data?.toString() ?? '', path: result.path, isLeader: result.path === paths[0] });
    }
  }
  return found;
}
