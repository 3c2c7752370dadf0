import type { StartServerOptions, TestServer } from './testing/index.js';

/**
 * Starts a server in this process: milliseconds, a free port, no files unless asked for. The same as `startServer` of
 * `pinfold/testing`, which is loaded by the first call and not before.
 */
export async function startServer(options: StartServerOptions = {}): Promise<TestServer> {
  const testing = await import('./testing/index.js');
  return testing.startServer(options);
}
