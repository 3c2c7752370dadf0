export { CuratorCache } from './curator-cache.js';
export type { CacheEventsOptions, CacheScope, CacheState, CuratorCacheOptions } from './curator-cache.js';
export type { CachedNode, CacheEvent, NodeEvent } from './cache-event.js';
