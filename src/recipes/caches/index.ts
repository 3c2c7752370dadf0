export { CuratorCache } from './curator-cache.js';
export type { CacheState } from './curator-cache.js';
export type { CacheEventsOptions, CacheScope, CuratorCacheOptions } from './curator-cache-options.js';
export type { CachedNode, CacheEvent, NodeEvent } from './cache-event.js';
