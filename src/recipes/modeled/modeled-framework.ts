import { CuratorFramework } from '../../client/framework/curator-framework.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { parentOf } from '../../protocol/paths.js';
import { CachedModels } from './cached-models.js';
import type { CachedModelsOptions } from './cached-models.js';
import type { ModelSpec } from './model-spec.js';
import { ModeledNode } from './modeled-node.js';
import type { ResolveArguments } from './z-path.js';

/**
 * Typed models at the paths of one form, as Curator's modeled framework stores them. `at()` gives the one whose parameters
 * have these values. Writes are retried and asked after as those of {@link CuratorFramework}; SUSPENDED: they wait.
 */
export class ModeledFramework<T, Path extends string> {
  readonly spec: ModelSpec<T, Path>;
  readonly #framework: CuratorFramework;

  /** A client gets the framework with its default options. */
  constructor(client: KeeperClient | CuratorFramework, spec: ModelSpec<T, Path>) {
    this.spec = spec;
    this.#framework = client instanceof CuratorFramework ? client : new CuratorFramework(client);
  }

  /** The model whose parameters have these values. */
  at(...values: ResolveArguments<Path>): ModeledNode<T> {
    return new ModeledNode(this.#framework, this.spec, this.spec.path.resolve(...values));
  }

  /**
   * A local copy of the models below a path: by default that before the first parameter, so of `/users/{id}` all users. Nodes
   * of other kinds below it are told as errors.
   */
  cached(path: string = fixedPart(this.spec.path.template), options: CachedModelsOptions = {}): CachedModels<T> {
    return new CachedModels(this.#framework.client, { serializer: this.spec.serializer, path }, options);
  }
}

function fixedPart(template: string): string {
  const open = template.indexOf('/{');
  return open < 0 ? template : parentOf(`${template.slice(0, open)}/x`);
}
