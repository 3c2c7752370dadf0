import { FrameTooLargeError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { ChildrenResult, ReadOptions } from '../../client/operation-types.js';

/** Enough for some three million items: whoever has that many in a queue is told so, before memory runs out. */
const NAMES_BYTES_MAX = 64 * 1024 * 1024;

/** The names of a queue's items: 50,000 of them are longer than the answers that a client takes otherwise. */
export async function listLong(client: KeeperClient, path: string, options: ReadOptions): Promise<ChildrenResult> {
  try {
    return await client.getChildren(path, { answerBytesMax: NAMES_BYTES_MAX, ...options });
  } catch (error) {
    if (!(error instanceof FrameTooLargeError)) throw error;
    const message = `${path} has too many items to be listed: spread them over several queues with a QueueSharder`;
    throw new FrameTooLargeError({ path, op: error.op, cause: error, message });
  }
}
