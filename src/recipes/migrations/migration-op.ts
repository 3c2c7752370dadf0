import type { CreateSpec, NodeData, VersionSpec } from '../../client/operation-types.js';

/** One operation of a migration. Versions default to any; creates to persistent nodes that everybody may do everything with. */
export type MigrationOp =
  | ({ readonly type: 'create'; readonly path: string; readonly data?: NodeData } & CreateSpec)
  | ({ readonly type: 'delete'; readonly path: string } & VersionSpec)
  | ({ readonly type: 'setData'; readonly path: string; readonly data: NodeData } & VersionSpec)
  | ({ readonly type: 'check'; readonly path: string } & VersionSpec);

/** Operations that are done together. They must be the same each time they are asked for: they are what is hashed. */
export type Migration = readonly MigrationOp[];

/** Migrations in the order in which they are done, each once. New ones are added at the end. */
export interface MigrationSet {
  /** A name for a node: where what was done is remembered. */
  readonly id: string;
  readonly migrations: readonly Migration[];
}
