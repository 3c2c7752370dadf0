import type { Acl } from '../../protocol/acl.js';
import { childOf, nameOf, parentOf, pathFault } from '../../protocol/paths.js';
import { BadArgumentsError } from '../errors.js';
import type { CreateMode } from '../operation-types.js';
import { protectedIdOf, protectedPrefix } from '../support/protected-name.js';
import type { Allowance, Schema } from './schema.js';
import { SchemaViolationError } from './schema-violation-error.js';

interface Pattern {
  readonly schema: Schema;
  readonly whole: RegExp;
}

/** What a create is checked for. */
export interface CheckedCreate {
  readonly data: Buffer | null;
  readonly acl: readonly Acl[];
  readonly mode: CreateMode;
}

const DEFAULT_SCHEMA: Schema = { name: 'default', path: /.*/ };
/** Paths whose pattern is remembered. */
const REMEMBERED_MAX = 10_000;

/**
 * Rules about the nodes of a tree. For a path the rule that names it counts, else the first whose pattern matches, else
 * (with `useDefaultSchema`) one that allows everything.
 */
export class SchemaSet {
  readonly #exact = new Map<string, Schema>();
  readonly #patterns: Pattern[] = [];
  readonly #found = new Map<string, Schema | null>();
  readonly #useDefault: boolean;

  constructor(schemas: readonly Schema[], options: { readonly useDefaultSchema?: boolean } = {}) {
    this.#useDefault = options.useDefaultSchema ?? true;
    const names = new Set<string>();
    for (const schema of schemas) {
      if (names.has(schema.name)) throw refusal(schema, 'there is another of that name');
      names.add(schema.name);
      this.#add(schema);
    }
  }

  /** The rule for a path. The identity in front of a protected node's name does not count. */
  schemaOf(path: string): Schema {
    const id = protectedIdOf(nameOf(path));
    const plain = id === null ? path : childOf(parentOf(path), nameOf(path).slice(protectedPrefix(id).length));
    const schema = this.#exact.get(plain) ?? this.#matching(plain) ?? (this.#useDefault ? DEFAULT_SCHEMA : null);
    if (schema !== null) return schema;
    throw new SchemaViolationError(null, { path, violation: 'no rule is about this path' });
  }

  /** Throws a {@link SchemaViolationError} unless a node of this kind and content may be made there. */
  checkCreate(path: string, { data, acl, mode }: CheckedCreate): void {
    const schema = this.schemaOf(path);
    const isEphemeral = mode === 'ephemeral' || mode === 'ephemeral-sequential';
    check(schema, path, { allowance: schema.ephemeral, has: isEphemeral, quality: 'be ephemeral' });
    const isSequential = mode.endsWith('-sequential');
    check(schema, path, { allowance: schema.sequential, has: isSequential, quality: 'be sequential' });
    this.#checkData(schema, { path, data, acl });
  }

  /** Throws a {@link SchemaViolationError} unless the rule's validator takes the data; it is given no ACL. */
  checkSetData(path: string, data: Buffer | null): void {
    this.#checkData(this.schemaOf(path), { path, data, acl: [] });
  }

  /** Throws a {@link SchemaViolationError} when the rule forbids it. */
  checkDelete(path: string): void {
    const schema = this.schemaOf(path);
    if (schema.canBeDeleted === false) throw new SchemaViolationError(schema, { path, violation: 'cannot be deleted' });
  }

  /** Throws a {@link SchemaViolationError} when the rule forbids, or demands, a watch. */
  checkRead(path: string, isWatched: boolean): void {
    const schema = this.schemaOf(path);
    check(schema, path, { allowance: schema.watched, has: isWatched, quality: 'be watched' });
  }

  #checkData(
    schema: Schema,
    { path, data, acl }: { readonly path: string; readonly data: Buffer | null; readonly acl: readonly Acl[] },
  ): void {
    if (schema.validator === undefined || schema.validator(path, data, acl)) return;
    throw new SchemaViolationError(schema, { path, violation: 'the data is not valid' });
  }

  #add(schema: Schema): void {
    if (typeof schema.path === 'string') {
      const fault = pathFault(schema.path);
      if (fault !== null) throw refusal(schema, fault);
      if (this.#exact.has(schema.path)) throw refusal(schema, `there is another for ${schema.path}`);
      this.#exact.set(schema.path, schema);
      return;
    }
    const { source, flags } = schema.path;
    this.#patterns.push({ schema, whole: new RegExp(`^(?:${source})$`, flags.replace(/[gy]/g, '')) });
  }

  #matching(path: string): Schema | null {
    const known = this.#found.get(path);
    if (known !== undefined) return known;
    const found = this.#patterns.find(({ whole }) => whole.test(path))?.schema ?? null;
    if (this.#found.size >= REMEMBERED_MAX) this.#found.clear();
    this.#found.set(path, found);
    return found;
  }
}

function check(
  schema: Schema,
  path: string,
  { allowance, has, quality }: { readonly allowance: Allowance | undefined; has: boolean; quality: string },
): void {
  if (has ? allowance !== 'cannot' : allowance !== 'must') return;
  throw new SchemaViolationError(schema, { path, violation: `${allowance} ${quality}` });
}

function refusal({ name }: Schema, why: string): BadArgumentsError {
  return new BadArgumentsError({ message: `schema ${name}: ${why}` });
}
