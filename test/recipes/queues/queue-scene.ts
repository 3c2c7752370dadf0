import { expect } from 'vitest';
import type { Client } from '../../../src/client/index.js';
import { NoNodeError } from '../../../src/client/index.js';
import type { QueueItem } from '../../../src/recipes/index.js';
import type { SimulatedWorld } from '../../../src/testing/index.js';

export const PATH = '/errands/queue';
export const LOCKS = `${PATH}-locks`;

export function childrenOf(client: Client, path: string): Promise<string[]> {
  return client.getChildren(path).then(
    ({ children }) => children,
    (error: unknown) => {
      if (error instanceof NoNodeError) return [];
      throw error;
    },
  );
}

/** The next item; the iteration is left open. */
export async function nextOf<T>(items: AsyncIterator<QueueItem<T>>): Promise<QueueItem<T>> {
  const next = await items.next();
  return next.value as QueueItem<T>;
}

/** Nobody has left anything. */
export async function isEmpty(world: SimulatedWorld, client: Client): Promise<void> {
  await world.sleep(100);
  await client.sync(PATH);
  expect(await childrenOf(client, PATH)).toEqual([]);
  expect(await childrenOf(client, LOCKS)).toEqual([]);
}

/** Of its value. */
export function text(item: QueueItem<unknown>): string {
  return (item.value as Buffer).toString();
}
