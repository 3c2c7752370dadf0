import type { Schema } from '../../client/framework/schema.js';
import type { CreateMode } from '../../client/operation-types.js';
import type { Acl } from '../../protocol/acl.js';
import type { Serializer } from './serializer.js';
import { jsonSerializer } from './serializer.js';
import { ZPath } from './z-path.js';

/** How models are written, and what kind of nodes they are made as. */
export interface ModelSpecOptions<T> {
  /** Default: JSON. */
  readonly serializer?: Serializer<T> | undefined;
  /** Not a sequential one. Default `persistent`. */
  readonly mode?: Exclude<CreateMode, `${string}-sequential`> | undefined;
  readonly acl?: readonly Acl[] | undefined;
  /** For mode `ttl`, ms. */
  readonly ttlMs?: number | undefined;
  /** Missing parents are made as containers. `none`: they are not made. Default `container`. */
  readonly parents?: 'container' | 'persistent' | 'none' | undefined;
}

/** What kind of things live at the paths of one form, and how they are written. */
export class ModelSpec<T, Path extends string = string> {
  readonly path: ZPath<Path>;
  readonly serializer: Serializer<T>;
  readonly options: ModelSpecOptions<T>;

  /** Throws a BadArgumentsError for a path that cannot be. */
  constructor(path: Path, options: ModelSpecOptions<T> = {}) {
    this.path = new ZPath(path);
    this.serializer = options.serializer ?? jsonSerializer<T>();
    this.options = options;
  }

  /** A rule for a SchemaSet: data must be what the serializer reads, and nodes of the mode that the model has. */
  schema(name: string): Schema {
    const isEphemeral = this.options.mode === 'ephemeral';
    return {
      name,
      path: this.path.pattern,
      ephemeral: isEphemeral ? 'must' : 'cannot',
      sequential: 'cannot',
      validator: (_path, data) => {
        try {
          this.serializer.deserialize(data ?? Buffer.alloc(0));
          return true;
        } catch {
          return false;
        }
      },
    };
  }
}

/** `modelOf<User>()('/users/{id}')`: the compiler finds out the parameters, and is told the type. */
export function modelOf<T>(options: ModelSpecOptions<T> = {}): <Path extends string>(path: Path) => ModelSpec<T, Path> {
  return (path) => new ModelSpec(path, options);
}
