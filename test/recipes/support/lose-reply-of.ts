import { vi } from 'vitest';
import type { Client } from '../../../src/client/index.js';

/** What a client is asked for the next time: it is done, and its answer never arrives. */
export function loseReplyOf(
  world: { loseReply(client: Client): void },
  client: Client,
  method: 'create' | 'delete' | 'getData' | 'setData' | 'transaction',
): void {
  const original = (client[method] as (...args: unknown[]) => unknown).bind(client);
  vi.spyOn(client, method).mockImplementationOnce(((...args: unknown[]) => {
    world.loseReply(client);
    return original(...args);
  }) as never);
}
