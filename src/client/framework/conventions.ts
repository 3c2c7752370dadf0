import type { Acl } from '../../protocol/acl.js';
import type { NodeData } from '../operation-types.js';
import type { Namespace } from './namespace.js';
import type { SchemaSet } from './schema-set.js';

/** What all users of one tree agree upon: applied to every operation of a framework, and of recipes that run on it. */
export interface Conventions {
  readonly namespace: Namespace | null;
  /** Of data that is written and read without saying otherwise. */
  readonly isCompressed: boolean;
  readonly schemas: SchemaSet | null;
  readonly defaultData: NodeData;
  /** The list of a node that is created without one; undefined: everybody may do everything. */
  readonly aclOf: (path: string) => readonly Acl[] | undefined;
}
