import type { NodeData } from '../../client/operation-types.js';
import type { Acl } from '../../protocol/acl.js';
import type { GrantOptions } from '../support/grant.js';

/** How payloads become bytes. */
export interface QueueSerializer<T> {
  /** What it throws, the caller of `put` gets; nothing was put then. */
  serialize(value: T): Uint8Array;
  /** What it throws makes the item a corrupt one: it is set aside. */
  deserialize(bytes: Buffer): T;
}

/** What the queues have in common: format, rights, bounds, and how sure a put is to be. */
export interface QueueOptions<T> extends GrantOptions {
  /** Default: bytes as they are (Buffers come out), text as UTF-8. */
  readonly serializer?: QueueSerializer<T> | undefined;
  /**
   * Where consumers claim items, each with a node of the item's name. Java consumers that are to share the queue must be
   * given the same. Default: `sidePath` with `-locks` behind it.
   */
  readonly lockPath?: string | undefined;
  /**
   * What the names of the nodes beside the queue begin with: the line of consumers, items that cannot be read, and so on.
   * Default: the queue's path.
   */
  readonly sidePath?: string | undefined;
  /** From so many items on `put` waits. Not exact when several put at once. Default: no bound. */
  readonly maxItems?: number | undefined;
  /**
   * Each put takes along an ephemeral node that proves it, so that a lost answer leaves no doubt while the session lives.
   * Costs one more node made and deleted a put. Default false: such a put may end with an OutcomeUnknownError.
   */
  readonly exactlyOnce?: boolean | undefined;
  /** Content of the queue's node and of `lockPath`, when they are made now. Default empty. */
  readonly data?: NodeData | undefined;
  /** Of the items, the claims and the nodes above them that the queue makes. Default: everybody may do everything. */
  readonly acl?: readonly Acl[] | undefined;
  /** Of parents that have to be made. Default: everybody may do everything. */
  readonly parentAcl?: readonly Acl[] | undefined;
  /** Hears of items that are set aside, and of what goes wrong in the background. Default: a Node.js warning. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** How a consumer takes items. */
export interface ItemsOptions {
  /**
   * How many items may be in work at a time: the next one is taken when one of them is acked, given back or lost, and
   * asked for. Default 1.
   */
  readonly concurrency?: number | undefined;
  /** Ends the iteration without an error. Items in work stay the consumer's, to be acked. */
  readonly signal?: AbortSignal | undefined;
  /**
   * `at-least-once` (default): an item is gone when it is acked; if its consumer dies before, another one gets it.
   * `at-most-once`: it is gone before it is delivered; if its consumer dies then, it is lost.
   */
  readonly mode?: 'at-least-once' | 'at-most-once' | undefined;
}
