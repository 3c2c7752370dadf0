/**
 * Servers for tests: in this process, on a free port, in milliseconds.
 * @packageDocumentation
 */
export type { StartEnsembleOptions } from './test-ensemble.js';
export { startEnsemble, TestEnsemble } from './test-ensemble.js';
export type { HomeOptions } from './test-home.js';
export type { StartServerOptions, TestServerOptions } from './test-server.js';
export { startServer, TestServer } from './test-server.js';
