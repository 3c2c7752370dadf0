import { ErrorCode } from '../../protocol/error-codes.js';
import { brand } from '../error-brand.js';
import { KeeperError } from '../errors.js';
import type { Schema } from './schema.js';

/** An operation that its schema does not allow. Nothing was sent. */
export class SchemaViolationError extends KeeperError {
  /** The rule, or null when no rule is about the path and the set has no default one. */
  readonly schema: Schema | null;

  static {
    brand(this, 'SchemaViolationError');
  }

  constructor(schema: Schema | null, { path, violation }: { readonly path: string; readonly violation: string }) {
    const rule = schema === null ? 'no schema' : `schema ${schema.name}`;
    super(
      { code: 'SCHEMA_VIOLATION', rc: ErrorCode.BADARGUMENTS, text: 'the schema does not allow it' },
      { message: `${rule} for ${path}: ${violation}`, path },
    );
    this.schema = schema;
  }
}
