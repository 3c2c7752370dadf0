import { NoNodeError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { CuratorCache } from '../caches/curator-cache.js';
import { errorHook } from '../support/error-hook.js';
import type { ErrorHook } from '../support/error-hook.js';
import { deserialized } from './serializer.js';
import type { Serializer } from './serializer.js';
import type { ZNode } from './modeled-node.js';

/** Who is told of what a copy leaves out. */
export interface CachedModelsOptions {
  /** Told of nodes that are not what the model says; they are left out. Default: a warning once a path. */
  readonly onError?: ErrorHook | undefined;
}

/**
 * A local copy of all models below a path. A node without data is somebody's parent and no model; one that cannot be read as
 * a model is left out and told, and harms no other. Not connected, it is what was seen last.
 */
export class CachedModels<T> implements AsyncDisposable {
  readonly cache: CuratorCache;
  readonly #serializer: Serializer<T>;
  readonly #onError: ErrorHook;

  constructor(
    client: KeeperClient,
    { serializer, path }: { readonly serializer: Serializer<T>; readonly path: string },
    { onError }: CachedModelsOptions = {},
  ) {
    this.#onError = errorHook(onError, { code: 'PINFOLD_MODELED', path });
    this.#serializer = serializer;
    this.cache = new CuratorCache(client, path, { onError: this.#onError });
  }

  /** Resolves when the copy is complete. Starts it if that has not been done. */
  async ready(options: WaitOptions = {}): Promise<void> {
    await this.cache.ready(options);
  }

  /** Throws a NoNodeError when the copy does not have it, and what is wrong with it when it is no model. */
  read(path: string): T {
    const node = this.cache.get(path);
    if (node === undefined || node.data === null || node.data.length === 0) throw new NoNodeError({ path, op: 'read' });
    return deserialized(this.#serializer, node.data, path);
  }

  /** All models, by path. */
  list(): ZNode<T>[] {
    const found: ZNode<T>[] = [];
    for (const [path, { data, stat }] of this.cache.entries()) {
      if (data === null || data.length === 0) continue;
      try {
        found.push({ path, model: deserialized(this.#serializer, data, path), stat });
      } catch (error) {
        this.#onError(error);
      }
    }
    return found.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Removes its watch. */
  close(): Promise<void> {
    return this.cache.close();
  }

  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
