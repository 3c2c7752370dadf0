import type { Acl } from '../../protocol/acl.js';

/** Whether nodes of a rule may, have to, or must not have a quality. */
export type Allowance = 'can' | 'must' | 'cannot';

/** Says whether data (as the caller gave it, before any compression) may be written to a node. */
export type SchemaValidator = (path: string, data: Buffer | null, acl: readonly Acl[]) => boolean;

/** A rule about the nodes of one path, or of all paths that a pattern matches as a whole. */
export interface Schema {
  readonly name: string;
  /** A pattern has to match the whole path: `^` and `$` are understood. */
  readonly path: string | RegExp;
  readonly documentation?: string | undefined;
  /** Default: any data. */
  readonly validator?: SchemaValidator | undefined;
  /** Default `can`. */
  readonly ephemeral?: Allowance | undefined;
  /** Default `can`. */
  readonly sequential?: Allowance | undefined;
  /** Of reads: `must` refuses those without a watch. Default `can`. */
  readonly watched?: Allowance | undefined;
  /** Default true. */
  readonly canBeDeleted?: boolean | undefined;
  /** For those who made the rule; nothing here looks at it. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}
