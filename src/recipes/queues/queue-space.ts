import { BadArgumentsError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { childOf } from '../../protocol/paths.js';
import { checkPath } from '../support/check-path.js';
import { ensureNode } from '../support/ensure-node.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';
import { warnOnce } from '../../client/support/warn-once.js';
import type { ItemNames } from './item-names.js';
import type { QueueOptions } from './queue-options.js';

const NOTHING = Buffer.alloc(0);

/** Where the parts of one queue are, and what all of them need. */
export class QueueSpace {
  readonly client: KeeperClient;
  readonly path: string;
  /** Of the claims. */
  readonly lockPath: string;
  /** What the names of the nodes beside it begin with. */
  readonly sidePath: string;
  readonly names: ItemNames;
  readonly options: QueueOptions<never>;
  #made: Promise<void> | null = null;

  constructor(client: KeeperClient, path: string, spec: { names: ItemNames; options: QueueOptions<never> }) {
    checkPath(path, 'path of a queue');
    const { sidePath = path, lockPath = `${sidePath}-locks`, maxItems = Infinity } = spec.options;
    checkPath(sidePath, 'sidePath of a queue');
    checkPath(lockPath, 'lockPath of a queue');
    if (lockPath === path) throw new BadArgumentsError({ message: 'lockPath is the path of the queue itself', path });
    if (!(maxItems === Infinity || (Number.isInteger(maxItems) && maxItems >= 1))) {
      throw new BadArgumentsError({ message: `maxItems is ${maxItems}; it must be a whole number, 1 or more`, path });
    }
    this.client = client;
    this.path = path;
    this.lockPath = lockPath;
    this.sidePath = sidePath;
    this.names = spec.names;
    this.options = spec.options;
  }

  itemPath(name: string): string {
    return childOf(this.path, name);
  }

  claimPath(name: string): string {
    return childOf(this.lockPath, name);
  }

  /** Idle consumers stand in line there: beside the queue, because Curator warns of what it does not know below it. */
  get takersPath(): string {
    return `${this.sidePath}-takers`;
  }

  /** Producers of a full queue stand in line there. */
  get puttersPath(): string {
    return `${this.sidePath}-putters`;
  }

  /** Items that nobody can read are kept there. */
  get corruptPath(): string {
    return `${this.sidePath}-corrupt`;
  }

  /** Makes the nodes that Curator makes when it starts, unless that was done before. */
  async ensure(budget: WaitBudget): Promise<void> {
    this.#made ??= this.make(budget);
    try {
      await this.#made;
    } catch {
      // It failed for want of somebody else's patience perhaps.
      this.#made = null;
      await this.make(budget);
    }
  }

  /** The same again, after somebody has deleted them. */
  async make(budget: WaitBudget): Promise<void> {
    const { data = NOTHING, acl, parentAcl } = this.options;
    await ensureNode(this.client, budget, { path: this.path, data, acl, parentAcl });
    await ensureNode(this.client, budget, { path: this.lockPath, data, acl, parentAcl });
  }

  /** Tells of what goes wrong where nobody waits. */
  tell(error: unknown): void {
    const { onError } = this.options;
    const why = error instanceof Error ? error.message : String(error);
    if (onError === undefined) return warnOnce('PINFOLD_QUEUE', this.path, `${this.path}: ${why}`);
    try {
      onError(error);
    } catch (thrown) {
      warnOnce('PINFOLD_ON_ERROR', this.path, `onError of ${this.path} threw: ${String(thrown)}`);
    }
  }
}
