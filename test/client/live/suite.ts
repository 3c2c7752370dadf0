import { describe } from 'vitest';
import type { LiveServer } from '../../recipes/live/live-server.js';
import { nodesSuite } from './nodes-suite.js';
import { sessionsSuite } from './sessions-suite.js';
import { watchesSuite } from './watches-suite.js';

/**
 * What the client promises, on a server of flesh and blood: ours or Apache's. The server must have a tick of at most
 * 500 ms, extended types on, and the super digest of `super:admin`.
 */
export function clientSuite(name: string, start: () => Promise<LiveServer>): void {
  describe(name, () => {
    nodesSuite(start);
    watchesSuite(start);
    sessionsSuite(start);
  });
}
