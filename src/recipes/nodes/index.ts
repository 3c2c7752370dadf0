export { PersistentNode } from './persistent-node.js';
export type { PersistentNodeState } from './persistent-node.js';
export type { PersistentNodeOptions } from './persistent-node-options.js';
export { PersistentTtlNode } from './persistent-ttl-node.js';
export type { PersistentTtlNodeOptions } from './persistent-ttl-node.js';
export { PersistentWatcher } from './persistent-watcher.js';
export type { PersistentWatcherOptions } from './persistent-watcher.js';
