/**
 * Servers for tests: in this process, on a free port, in milliseconds.
 * @packageDocumentation
 */
export type { StartServerOptions } from './test-server.js';
export { startServer, TestServer } from './test-server.js';
