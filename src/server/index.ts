/**
 * The server, to be embedded: configuration, directories and ports are the caller's.
 * @packageDocumentation
 */
export { ConfigError } from './config/config-error.js';
export type { ConfigProblem } from './config/config-error.js';
export { inspectServerConfig, loadConfigInput, parseServerConfig } from './config/parse-server-config.js';
export type { ConfigInput, ParseOptions } from './config/parse-server-config.js';
export type { ConfigReading } from './config/read-server-config.js';
export type { ReadText } from './config/config-files.js';
export type * from './config/ensemble-config.js';
export type * from './config/server-config.js';
export type { RunningServer } from './runtime/running-server.js';
export { startServer } from './runtime/start-server.js';
export { startStandaloneServer } from './runtime/standalone-server.js';
export type { ServerAddress } from './runtime/client-ports.js';
export type { ServerDeps } from './runtime/server-deps.js';
export type { StandaloneServer } from './runtime/standalone-server.js';
export type * from './storage/disk.js';
export { MemoryDisk } from './storage/memory-disk.js';
export type { CrashOptions, DiskAction, DiskDevice, DiskInterceptor } from './storage/memory-disk.js';
export { NodeDisk } from './storage/node-disk.js';
export { StorageError } from './storage/storage-error.js';
export type { StorageErrorCode } from './storage/storage-error.js';
export { nodeRuntime } from '../runtime/index.js';
export type * from '../runtime/index.js';
export type { ServerMode } from './words/server-info.js';
export { QuorumConfig } from './zab/quorum-config.js';
export type { QuorumMember } from './zab/quorum-config-text.js';
export type { ListenAddress, MemberAddress } from './zab/server-line.js';
export type { QuorumVerifier } from './zab/quorum-verifier.js';
