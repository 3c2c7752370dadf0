export { MigrationError } from './migration-error.js';
export { migrationHash } from './migration-hash.js';
export { MigrationManager } from './migration-manager.js';
export type { MigrationManagerOptions, MigrationResult } from './migration-manager.js';
export type { Migration, MigrationOp, MigrationSet } from './migration-op.js';
