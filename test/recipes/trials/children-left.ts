import { NoNodeError } from '../../../src/client/index.js';
import type { Client } from '../../../src/client/index.js';

/** Names of the nodes below a path; none when it is not there. */
export async function childrenLeft(client: Client, path: string): Promise<string[]> {
  try {
    return (await client.getChildren(path)).children;
  } catch (error) {
    if (error instanceof NoNodeError) return [];
    throw error;
  }
}
