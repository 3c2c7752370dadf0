import { BadArgumentsError } from '../../client/errors.js';
import { pathFault } from '../../protocol/paths.js';
import type { MigrationOp, MigrationSet } from './migration-op.js';

const TYPES: readonly unknown[] = ['create', 'delete', 'setData', 'check'] satisfies MigrationOp['type'][];

/** Throws unless it can be done and remembered. What is remembered wrongly would have to stay in the set for ever. */
export function checkSet(set: MigrationSet): void {
  const { migrations } = (set as MigrationSet | undefined) ?? {};
  if (!isList(migrations)) refuse('migrations of a set', 'a list of migrations');
  migrations.forEach((migration, at) => {
    if (!isList(migration)) refuse(`migration ${at}`, 'a list of operations');
    migration.forEach((op: MigrationOp | null | undefined, number) =>
      checkOp(op, `operation ${number} of migration ${at}`),
    );
  });
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function checkOp(op: MigrationOp | null | undefined, what: string): void {
  if (!TYPES.includes(op?.type)) refuse(`type of ${what}`, `one of ${TYPES.join(', ')}`);
  const fault = pathFault(op?.path ?? '');
  if (fault !== null) throw new BadArgumentsError({ message: `path of ${what}: ${fault}` });
}

function refuse(what: string, wanted: string): never {
  throw new BadArgumentsError({ message: `${what}: it must be ${wanted}` });
}
