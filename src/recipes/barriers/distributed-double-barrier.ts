import type { WaitOptions } from '../../client/client-options.js';
import { BadArgumentsError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { NodeData } from '../../client/operation-types.js';
import type { Acl } from '../../protocol/acl.js';
import { childOf, pathFault } from '../../protocol/paths.js';
import { checkGrantOptions } from '../support/check-arguments.js';
import { claim } from '../support/claim.js';
import type { Grant, GrantOptions } from '../support/grant.js';
import { Hold } from '../support/hold.js';
import { removeOwnNode } from '../support/own-node.js';
import type { OwnNode } from '../support/own-node.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import { BarrierEntry } from './barrier-entry.js';
import { BarrierExit } from './barrier-exit.js';
import { READY, ReadyNode } from './ready-node.js';

/** What a member writes, with which rights, and when it gives itself up. */
export interface DistributedDoubleBarrierOptions extends GrantOptions {
  /** Content of the member's node: a name for people who look. Default empty. */
  readonly data?: NodeData | undefined;
  /** Of the nodes. Default: everybody may do everything. */
  readonly acl?: readonly Acl[] | undefined;
  /** Of parents that have to be made. Default: everybody may do everything. */
  readonly parentAcl?: readonly Acl[] | undefined;
}

/**
 * So many processes start something together, and end it together: `enter()` resolves when all are in, `leave()` when all
 * have called it, or died. One object is one member, of one round after the other. Uses the znodes of Curator's
 * DistributedDoubleBarrier and kazoo's DoubleBarrier, which can take part on the same path.
 *
 * Waits go on through SUSPENDED. With its session a member is out: `enter()` rejects with a LockLostError, a member inside
 * has its hold's `signal` aborted, and the others go on as if it had left.
 */
export class DistributedDoubleBarrier {
  readonly path: string;
  /** How many make a round. */
  readonly memberCount: number;
  readonly #client: KeeperClient;
  readonly #options: DistributedDoubleBarrierOptions;
  readonly #ready: ReadyNode;
  #isEntering = false;
  #member: Hold | null = null;

  /** `path` is the barrier: made when needed, and removed by the server some time after its last use. */
  constructor(
    client: KeeperClient,
    path: string,
    memberCount: number,
    // The number between path and options, as in Curator.
    options: DistributedDoubleBarrierOptions = {},
  ) {
    const fault = pathFault(path) ?? pathFault(childOf(path, READY));
    if (fault !== null) throw new BadArgumentsError({ message: `path of a double barrier: ${fault}`, path });
    if (!Number.isSafeInteger(memberCount) || memberCount < 1) {
      throw new BadArgumentsError({ message: `memberCount is ${memberCount}; it must be a whole number from 1`, path });
    }
    checkGrantOptions(path, options);
    this.path = path;
    this.memberCount = memberCount;
    this.#client = client;
    this.#options = options;
    this.#ready = new ReadyNode(client, { parent: path, data: bytesOf(options.data), acl: options.acl });
  }

  /**
   * Waits until `memberCount` members are in. The hold that it resolves to tells when this member is not in any more; its
   * `release()` leaves without waiting for the others. When this rejects, the member's node and its watch are gone.
   */
  async enter(options: WaitOptions = {}): Promise<Hold> {
    if (this.#isEntering || this.#member?.isHeld() === true) {
      throw new BadArgumentsError({ message: `enter ${this.path}: this member is in already`, path: this.path });
    }
    const budget = new WaitBudget(this.#client, options, `enter ${this.path}`);
    this.#isEntering = true;
    try {
      await this.#member?.release();
      this.#member = new Hold(await budget.settle(this.#enter(budget)));
      return this.#member;
    } finally {
      this.#isEntering = false;
    }
  }

  /**
   * Waits until everybody who is in has called it, or died. The member's own node is gone when it settles, also when
   * `options` run out first: to the others it has left then. Rejects with a LockLostError when the member was out before.
   */
  async leave(options: WaitOptions = {}): Promise<void> {
    const member = this.#member;
    if (member === null) {
      throw new BadArgumentsError({
        message: `leave ${this.path}: this member is not in: enter first`,
        path: this.path,
      });
    }
    this.#member = null;
    const budget = new WaitBudget(this.#client, options, `leave ${this.path}`);
    await budget.settle(new BarrierExit(this.#client, budget, this.#ready).run(member));
  }

  /**
   * `enter()`, `fn(hold)`, `leave()`. `options` bound each of the two waits. When `fn` throws, this member leaves without
   * waiting for the others, and it rejects as `fn` did.
   */
  async run<T>(fn: (hold: Hold) => T | Promise<T>, options: WaitOptions = {}): Promise<T> {
    const hold = await this.enter(options);
    let result: T;
    try {
      result = await fn(hold);
    } catch (error) {
      this.#member = null;
      await hold.release().catch(() => undefined);
      throw error;
    }
    await this.leave(options);
    return result;
  }

  async #enter(budget: WaitBudget): Promise<Grant> {
    // Who enters must be able to rely on the session at once, however long the wait was.
    const letGo = this.#client.keepLease();
    try {
      const node = await this.#join(budget);
      try {
        const { memberCount } = this;
        const spec = { ready: this.#ready, memberCount, grant: this.#options };
        return await new BarrierEntry(this.#client, budget, spec).wait(node);
      } catch (error) {
        await removeOwnNode(this.#client, node);
        throw error;
      }
    } finally {
      letGo();
    }
  }

  async #join(budget: WaitBudget): Promise<OwnNode> {
    const { data, acl, parentAcl } = this.#options;
    for (;;) {
      const path = childOf(this.path, this.#client.runtime.random.uuid());
      const outcome = await claim(this.#client, budget, { path, data: bytesOf(data), acl, parentAcl });
      // Taken by an earlier session of this client, which ended on the way: that name is spent.
      if (outcome.kind === 'ours') return outcome.node;
    }
  }
}

function bytesOf(data: NodeData | undefined): Buffer {
  return Buffer.from(data ?? '');
}
