import { NoNodeError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { WatchHandle } from '../../client/watch-handle.js';
import type { Acl } from '../../protocol/acl.js';
import { childOf } from '../../protocol/paths.js';
import type { Line } from '../support/line.js';
import { isOfThisSession, removeOwnNode } from '../support/own-node.js';
import type { OwnNode } from '../support/own-node.js';
import { protectedCreate } from '../support/protected-create.js';
import { retry } from '../../client/support/retry.js';
import { Turn } from '../support/turn.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';

export interface PlaceSpec {
  readonly line: Line;
  /** Plain name of the nodes. */
  readonly name: string;
  readonly data: string;
  readonly acl: readonly Acl[] | undefined;
  readonly parentAcl: readonly Acl[] | undefined;
  /** The one ahead is gone, or may be: look again. */
  readonly onMoved: () => void;
}

/**
 * A participant's place in the line, over all the nodes that it has there one after the other. It is only ever used by one
 * loop, one call at a time.
 */
export class PlaceInLine {
  readonly #client: KeeperClient;
  readonly #spec: PlaceSpec;
  #node: OwnNode | null = null;
  /** On the nearest one ahead, until it fires. */
  #watch: WatchHandle | null = null;

  constructor(client: KeeperClient, spec: PlaceSpec) {
    this.#client = client;
    this.#spec = spec;
  }

  /** The participant's node, or null while it has none, or none that counts. */
  get node(): OwnNode | null {
    return this.#node !== null && isOfThisSession(this.#client, this.#node) ? this.#node : null;
  }

  /**
   * Stands in the line, with a new node if need be, and finds out where: `first`, or behind somebody who is watched from
   * then on. Asks nobody while that watch stands: the client carries it over from connection to connection.
   */
  async look(budget: WaitBudget): Promise<'first' | 'behind'> {
    for (;;) {
      const node = this.node ?? (await this.#enter(budget));
      if (this.#watch !== null) return 'behind';
      const place = await new Turn(this.#client, budget, { line: this.#spec.line, node }).look();
      if (place.kind === 'first') return 'first';
      if (place.kind === 'missing') await this.leave();
      else if (await this.#follow(place.predecessor, budget)) return 'behind';
    }
  }

  /** Out of the line: resolves when node and watch are gone, or the session is. The node is forgotten no earlier. */
  async leave(): Promise<void> {
    const [node, watch] = [this.#node, this.#watch];
    this.#watch = null;
    await Promise.all([node === null ? null : removeOwnNode(this.#client, node), watch?.close()]);
    if (this.#node === node) this.#node = null;
  }

  async #enter(budget: WaitBudget): Promise<OwnNode> {
    await this.leave();
    const { line, name, data, acl, parentAcl } = this.#spec;
    const path = childOf(line.path, name);
    const sent = (): void => undefined;
    const node = await protectedCreate(this.#client, budget, { path, data, acl, parentAcl, sent });
    if (budget.isSpent) {
      // Nobody is there any more who would remember it.
      await removeOwnNode(this.#client, node);
      budget.throwIfSpent();
    }
    this.#node = node;
    return node;
  }

  /** False when the predecessor is gone already. */
  async #follow(predecessor: string, budget: WaitBudget): Promise<boolean> {
    const path = childOf(this.#spec.line.path, predecessor);
    try {
      // getData and not exists: on a node that is gone it leaves no watch.
      const { watch } = await retry(this.#client, budget, (wait) =>
        this.#client.getData(path, { watch: true, ...wait }),
      );
      if (budget.isSpent) {
        void watch.close();
        budget.throwIfSpent();
      }
      this.#watch = watch;
      void watch.fired.then(() => {
        if (this.#watch !== watch) return;
        this.#watch = null;
        this.#spec.onMoved();
      });
      return true;
    } catch (error) {
      if (error instanceof NoNodeError) return false;
      throw error;
    }
  }
}
