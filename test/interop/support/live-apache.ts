import { startApache } from './apache.js';

/** Apache's server in the shape that the live suites of client and recipes run on. */
export async function liveApache(): Promise<{ connectString: string; port: number; close(): Promise<void> }> {
  const server = await startApache();
  return { connectString: server.connectString, port: server.port, close: () => server.stop() };
}
