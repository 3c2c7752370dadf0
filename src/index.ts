/**
 * The client and the recipes, and a server to try them on.
 * @packageDocumentation
 */
export * from './client/index.js';
export * from './recipes/index.js';
export { startServer } from './start-server.js';
export type { StartServerOptions, TestServer } from './testing/index.js';
