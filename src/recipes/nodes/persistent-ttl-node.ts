import { BadArgumentsError, ClosedError, NodeExistsError, NoNodeError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { NodeData } from '../../client/operation-types.js';
import type { Acl } from '../../protocol/acl.js';
import { childOf } from '../../protocol/paths.js';
import type { Timer } from '../../runtime/timers.js';
import { errorHook } from '../support/error-hook.js';
import type { ErrorHook } from '../support/error-hook.js';
import { StateLoop } from '../support/state-loop.js';
import { PersistentNode } from './persistent-node.js';
import type { PersistentNodeState } from './persistent-node.js';

/** How long the node outlives its keepers, and how they show that they live. */
export interface PersistentTtlNodeOptions {
  /** How long the node outlives the last process that keeps it, ms: from 1 to 2^40 - 1. Servers look once a minute. */
  readonly ttlMs: number;
  /** Default empty. */
  readonly data?: NodeData | undefined;
  /** Of the child that is touched. Default `touch`. */
  readonly touchName?: string | undefined;
  /** What the child gets with each touch. Default empty. */
  readonly touchData?: NodeData | undefined;
  /** It is touched every `ttlMs` / `touchFactor`. Above 1; default 2. */
  readonly touchFactor?: number | undefined;
  /**
   * `ttl` (default): as Curator from 5.9 on. `container`: as Curator up to 5.8, whose node never goes when nobody has
   * touched it once.
   */
  readonly nodeMode?: 'ttl' | 'container' | undefined;
  /** Of the node and its child. Default: everybody may do everything. */
  readonly acl?: readonly Acl[] | undefined;
  /** Of parents that have to be made. Default: everybody may do everything. */
  readonly parentAcl?: readonly Acl[] | undefined;
  /** Hears of what repeating does not mend, as a server without TTL nodes. Default: a warning, once a path. */
  readonly onError?: ErrorHook | undefined;
}

const TOUCH_FACTOR = 2;
/** A touch that found no node to touch is made again after this part of the usual time. */
const SOON_PART = 10;

/**
 * A node that outlives its session, and goes when nobody has kept it for `ttlMs`: for what must survive a restart of the
 * process that keeps it. A child of it with that time to live is touched again and again. Needs servers with
 * `extendedTypesEnabled=true`.
 *
 * SUSPENDED and LOST change nothing while they take less than `ttlMs`. A process that is cut off or stands still for longer
 * loses the node; it makes it again when it can, and `states()` tells.
 */
export class PersistentTtlNode implements AsyncDisposable {
  readonly path: string;
  readonly #client: KeeperClient;
  readonly #options: PersistentTtlNodeOptions;
  readonly #node: PersistentNode;
  readonly #loop: StateLoop;
  readonly #everyMs: number;
  #timer: Timer | null = null;
  #dueMs = Infinity;

  /** Nothing is asked before `start()`. */
  constructor(client: KeeperClient, path: string, options: PersistentTtlNodeOptions) {
    const { ttlMs, touchFactor = TOUCH_FACTOR, nodeMode = 'ttl', data, acl, parentAcl, onError } = options;
    checkOptions(path, options);
    this.path = path;
    this.#client = client;
    this.#options = options;
    this.#everyMs = ttlMs / touchFactor;
    const kind = nodeMode === 'ttl' ? { mode: nodeMode, ttlMs } : { mode: nodeMode };
    this.#node = new PersistentNode(client, path, { ...kind, data, acl, parentAcl, onError, keepOnClose: true });
    const hook = errorHook(onError, { code: 'PINFOLD_PERSISTENT_NODE', path });
    this.#loop = new StateLoop(client, {
      look: (signal) => this.#look(signal),
      onError: (error) => {
        if (!(error instanceof ClosedError)) hook(error);
      },
    });
  }

  get state(): PersistentNodeState {
    return this.#node.state;
  }

  /** As PersistentNode's. */
  states(options: { readonly signal?: AbortSignal | undefined } = {}): AsyncIterable<PersistentNodeState, undefined> {
    return this.#node.states(options);
  }

  /** Begins; a server need not be in reach. The first touch comes after `ttlMs / touchFactor`. */
  start(): void {
    if (this.#dueMs !== Infinity || this.state === 'closed') return;
    this.#node.start();
    this.#schedule(this.#everyMs);
    this.#loop.start();
  }

  /** Resolves to the path when the node is there. Starts if that has not been done. */
  created(options: WaitOptions = {}): Promise<string> {
    this.start();
    return this.#node.created(options);
  }

  /** As PersistentNode's. */
  setData(data: NodeData, options: WaitOptions = {}): Promise<void> {
    return this.#node.setData(data, options);
  }

  /** Ends keeping it. Deletes nothing: the servers remove the child and then the node when their time is over. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    await Promise.all([this.#loop.close(), this.#node.close()]);
  }

  /** `close()`, for `await using`. Deletes nothing. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #look(signal: AbortSignal): Promise<void> {
    const leftMs = this.#dueMs - this.#client.monotonicMs();
    if (leftMs > 0) {
      // Woken by something else, or by a timer that does not go by quite the same clock.
      this.#arm(leftMs);
      return;
    }
    const isTouched = await this.#touch(signal);
    this.#schedule(isTouched ? this.#everyMs : this.#everyMs / SOON_PART);
  }

  #schedule(afterMs: number): void {
    this.#dueMs = this.#client.monotonicMs() + afterMs;
    this.#arm(afterMs);
  }

  #arm(afterMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#client.runtime.timers.afterUnref(Math.max(1, afterMs), () => this.#loop.mark());
  }

  /** False while the node that is to have the child is not there. */
  async #touch(signal: AbortSignal): Promise<boolean> {
    const { touchName = 'touch', touchData = Buffer.alloc(0), ttlMs, acl } = this.#options;
    const path = childOf(this.path, touchName);
    for (;;) {
      try {
        await this.#client.setData(path, touchData, { signal });
        return true;
      } catch (error) {
        if (!(error instanceof NoNodeError)) throw error;
      }
      try {
        await this.#client.create(path, touchData, { mode: 'ttl', ttlMs, acl, signal });
        return true;
      } catch (error) {
        if (error instanceof NoNodeError) return false;
        if (!(error instanceof NodeExistsError)) throw error;
      }
    }
  }
}

function checkOptions(path: string, { ttlMs, touchFactor = TOUCH_FACTOR, nodeMode = 'ttl' }: PersistentTtlNodeOptions) {
  const refuse = (message: string): never => {
    throw new BadArgumentsError({ message, path });
  };
  if (!(Number.isInteger(ttlMs) && ttlMs >= 1 && ttlMs < 2 ** 40)) {
    refuse(`ttlMs is ${ttlMs}; it must be a whole number from 1 to 2^40 - 1`);
  }
  if (!(touchFactor > 1)) refuse(`touchFactor is ${touchFactor}; it must be more than 1`);
  if (!['ttl', 'container'].includes(nodeMode)) refuse(`nodeMode is ${nodeMode}; it must be ttl or container`);
}
