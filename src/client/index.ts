/**
 * The asynchronous client.
 * @packageDocumentation
 */
export { Client } from './client.js';
export type * from './client-events.js';
export type * from './client-options.js';
export type { ServerAddress } from './connect-string.js';
export * from './errors.js';
export * from './framework/index.js';
export type { KeeperClient } from './keeper-client.js';
export type * from './operation-types.js';
export type * from './session.js';
export type * from './transaction-types.js';
export type * from './watch-event.js';
export type { WatchHandle } from './watch-handle.js';
export { CREATOR_ALL_ACL, OPEN_ACL_UNSAFE, Perms, READ_ACL_UNSAFE } from '../protocol/acl.js';
export type { Acl, Id } from '../protocol/acl.js';
export type { Stat } from '../protocol/stat.js';
export type { Zxid } from '../protocol/zxid.js';
export type { Logger, Runtime, TlsClientOptions } from '../runtime/index.js';
