import { BadArgumentsError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { NodeData } from '../../client/operation-types.js';
import type { Acl } from '../../protocol/acl.js';
import { childOf, nameFault, pathFault } from '../../protocol/paths.js';
import { CuratorCache } from '../caches/curator-cache.js';
import { PersistentNode } from '../nodes/persistent-node.js';
import type { ErrorHook } from '../support/error-hook.js';
import { Latest } from '../support/latest.js';
import { WaitBudget } from '../../client/support/wait-budget.js';

/** What a member shows, and the rights of its node. */
export interface GroupMemberOptions {
  /** What the others see of this member. Default empty. */
  readonly payload?: NodeData | undefined;
  /** Of this member's node. Default: everybody may do everything. */
  readonly acl?: readonly Acl[] | undefined;
  /** Of parents that have to be made. Default: everybody may do everything. */
  readonly parentAcl?: readonly Acl[] | undefined;
  /** Hears of what repeating does not mend, as a missing permission. Default: a warning of the process, once a path. */
  readonly onError?: ErrorHook | undefined;
}

/** The payloads of the members, by id. */
export type GroupMembers = ReadonlyMap<string, Buffer | null>;

/**
 * One member of a group, and its view of the others. It stays a member until closed: after a lost session it joins again by
 * itself.
 *
 * On SUSPENDED the view stays as it was; on LOST `isConfirmed` is false until this member has joined again. The others see
 * a member that is cut off leave when its session ends.
 */
export class GroupMember implements AsyncDisposable {
  /** Of the group. */
  readonly path: string;
  readonly id: string;
  readonly #client: KeeperClient;
  readonly #node: PersistentNode;
  readonly #cache: CuratorCache;
  /** Grows with each change of what `members` gives. */
  readonly #changes = new Latest(0);
  #hasStarted = false;

  /** Two members of one id are one: the second waits, unconfirmed, until the first is gone. */
  constructor(client: KeeperClient, path: string, id: string, options: GroupMemberOptions = {}) {
    const fault = pathFault(path) ?? nameFault(id);
    if (fault !== null) throw new BadArgumentsError({ message: `member of a group: ${fault}`, path });
    const { payload, acl, parentAcl, onError } = options;
    this.path = path;
    this.id = id;
    this.#client = client;
    this.#node = new PersistentNode(client, childOf(path, id), { data: payload, acl, parentAcl, onError });
    this.#cache = new CuratorCache(client, path, { scope: 'children', onError });
  }

  /** Everybody, as last seen. This member is always among them, also while it is not confirmed. */
  get members(): GroupMembers {
    const members = new Map<string, Buffer | null>();
    for (const [id, { data }] of this.#cache.children()) members.set(id, data);
    if (!members.has(this.id)) members.set(this.id, bytesOf(this.#node.data));
    return members;
  }

  /** Whether the others can see this member: its node is there, and its session's as far as is known. */
  get isConfirmed(): boolean {
    return this.#node.state === 'present';
  }

  /** Joins; a server need not be in reach. Calling it again does nothing. */
  start(): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    this.#node.start();
    this.#cache.start();
    void this.#follow();
  }

  /**
   * Resolves when this member is confirmed and the others have been read. Joins if that has not been done. When it rejects,
   * it goes on joining: close it if that is not wanted.
   */
  async joined(options: WaitOptions = {}): Promise<void> {
    const budget = new WaitBudget(this.#client, options, `join ${this.path}`);
    this.start();
    const wait = { signal: budget.signal };
    await budget.settle(Promise.all([this.#node.created(wait), this.#cache.ready(wait)]), 0);
  }

  /** The members now, and again after changes: those that nobody was in time for are skipped. Ends with this member. */
  changes({ signal }: { readonly signal?: AbortSignal | undefined } = {}): AsyncIterable<GroupMembers, undefined> {
    const changes = this.#changes.changes({ signal });
    const members = (): GroupMembers => this.members;
    return {
      [Symbol.asyncIterator]: () => {
        const inner = changes[Symbol.asyncIterator]();
        return {
          next: async () => {
            const { done } = await inner.next();
            return done === true ? { done, value: undefined } : { done: false, value: members() };
          },
          return: async () => {
            await inner.return?.();
            return { done: true, value: undefined };
          },
        };
      },
    };
  }

  /** Changes what the others see. Resolves when the node has it; see PersistentNode. */
  setPayload(payload: NodeData, options: WaitOptions = {}): Promise<void> {
    return this.#node.setData(payload, options);
  }

  /** Leaves. Resolves when the node is gone, or its session is over. May be called again. */
  async close(options: WaitOptions = {}): Promise<void> {
    await this.#cache.close();
    this.#changes.end();
    await this.#node.close(options);
  }

  /** `close()`, for `await using`: leaves the group. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #follow(): Promise<void> {
    for await (const { type } of this.#cache.events()) {
      if (type !== 'stale') this.#changes.set(this.#changes.value + 1);
    }
    this.#changes.end();
  }
}

function bytesOf(data: NodeData): Buffer | null {
  return data === null ? null : Buffer.from(data);
}
