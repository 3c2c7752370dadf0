/**
 * Servers for tests: in this process, on a free port, in milliseconds; and whole worlds of servers and clients in virtual time.
 * @packageDocumentation
 */
export { simulate } from './simulate.js';
export { SimulatedServer } from './simulated-server.js';
export type { SimulatedMember, SimulatedWorldOptions } from './simulated-world.js';
export { SimulatedWorld } from './simulated-world.js';
export { SimulationError } from './simulation-error.js';
export type { StartEnsembleOptions } from './test-ensemble.js';
export { startEnsemble, TestEnsemble } from './test-ensemble.js';
export type { HomeOptions } from './test-home.js';
export type { StartServerOptions, TestServerOptions } from './test-server.js';
export { startServer, TestServer } from './test-server.js';
