import { FrameTooLargeError, NoNodeError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { Stat } from '../../protocol/stat.js';
import { retry } from '../../client/support/retry.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';

/** A node as it was read. */
export interface FoundNode {
  readonly data: Buffer | null;
  readonly stat: Stat;
}

/** Nodes read in one request: as many as fit into a frame with data of some hundred bytes each. */
const BATCH = 500;
/** One node alone: servers take more than the 1 MB that a client reads by default when they are told to. */
const NODE_BYTES_MAX = 64 * 1024 * 1024;

/** Those of the nodes that are still there. What is too much for one answer is asked for in halves. */
export async function readNodes(
  client: KeeperClient,
  budget: WaitBudget,
  paths: readonly string[],
): Promise<Map<string, FoundNode>> {
  const found = new Map<string, FoundNode>();
  const open = [paths];
  for (let batch = open.pop(); batch !== undefined; batch = open.pop()) {
    if (batch.length > BATCH) {
      open.push(batch.slice(BATCH), batch.slice(0, BATCH));
      continue;
    }
    const nodes = await (batch.length === 1 ? readOne(client, budget, batch) : readBatch(client, budget, batch));
    if (nodes === null) {
      const half = batch.length >> 1;
      open.push(batch.slice(half), batch.slice(0, half));
    } else for (const [path, node] of nodes) found.set(path, node);
  }
  return found;
}

type Nodes = readonly (readonly [path: string, node: FoundNode])[];

/** Null when the answer is too long. */
async function readBatch(client: KeeperClient, budget: WaitBudget, paths: readonly string[]): Promise<Nodes | null> {
  const reads = paths.map((path) => ({ type: 'getData', path }) as const);
  try {
    const results = await retry(client, budget, (wait) => client.multiRead(reads, wait));
    return results.flatMap((result) => {
      if (result.type !== 'getData') return [];
      const { path, data, stat } = result;
      return [[path, { data, stat }] as const];
    });
  } catch (error) {
    if (error instanceof FrameTooLargeError) return null;
    throw error;
  }
}

async function readOne(client: KeeperClient, budget: WaitBudget, [path = '']: readonly string[]): Promise<Nodes> {
  try {
    const read = (wait: { signal: AbortSignal }) =>
      client.getData(path, { answerBytesMax: NODE_BYTES_MAX, signal: wait.signal });
    return [[path, await retry(client, budget, read)]];
  } catch (error) {
    if (error instanceof NoNodeError) return [];
    throw error;
  }
}
