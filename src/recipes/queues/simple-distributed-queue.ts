import { KeeperError, NoNodeError, OutcomeUnknownError, TransactionError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { onAbort } from '../../client/on-abort.js';
import type { WatchHandle } from '../../client/watch-handle.js';
import type { Acl } from '../../protocol/acl.js';
import { childOf } from '../../protocol/paths.js';
import { InterProcessMutex } from '../locks/inter-process-mutex.js';
import { Backoff } from '../../client/support/backoff.js';
import { checkPath } from '../support/check-path.js';
import { conclude } from '../support/conclude.js';
import { createContainers } from '../support/create-containers.js';
import { isUncertain, marked, markersOf } from '../support/marked-commit.js';
import { isRetryable, retry } from '../../client/support/retry.js';
import { contendersOf, inLine } from '../support/sequencer.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import { listLong } from './list-long.js';
import { TakingPin } from './taking-pin.js';
import type { PinnedElement } from './taking-pin.js';

/** Rights of the nodes that are made, and how sure an offer is to be. */
export interface SimpleQueueOptions {
  /** Of the elements, and of the node that a taker puts beside them. Default: everybody may do everything. */
  readonly acl?: readonly Acl[] | undefined;
  /** Of the queue's node and of parents that have to be made. Default: everybody may do everything. */
  readonly parentAcl?: readonly Acl[] | undefined;
  /**
   * Each offer takes along an ephemeral node that proves it, so that a lost answer leaves no doubt while the session lives.
   * (Taking is always proven.) Default false: an offer may end with an OutcomeUnknownError.
   */
  readonly exactlyOnce?: boolean | undefined;
}

const PREFIX = 'qn-';
/** Names of a long queue that are tried before it is listed again. */
const REMEMBERED = 1000;

/**
 * A queue of bytes as in ZooKeeper's own recipe and Curator's SimpleDistributedQueue, on the same znodes: whoever takes an
 * element has it, and nobody else ever gets it (at most once). Takers that wait stand in line, and an offer wakes one of
 * them.
 *
 * Whoever takes an element puts an ephemeral node beside it first, and both go in one transaction: so none is lost with an
 * answer, and none is mistaken for another that got its name. Only when the session ends before the answer can it be unknown
 * who has the element: then the call rejects with an OutcomeUnknownError, and `attempted` has the bytes. While the connection
 * is gone (SUSPENDED, LOST) calls wait.
 */
export class SimpleDistributedQueue {
  readonly path: string;
  readonly #client: KeeperClient;
  readonly #options: SimpleQueueOptions;
  readonly #takers: InterProcessMutex;
  #remembered: string[] = [];

  /** `path` is a container: made when needed, and removed by the server some time after it was emptied. */
  constructor(client: KeeperClient, path: string, options: SimpleQueueOptions = {}) {
    checkPath(path, 'path of a queue');
    this.path = path;
    this.#client = client;
    this.#options = options;
    this.#takers = new InterProcessMutex(client, `${path}-takers`, { parentAcl: options.parentAcl });
  }

  /** Puts it at the end. Rejects with an OutcomeUnknownError when it may be there and may not. */
  async offer(data: Uint8Array | string, options: WaitOptions = {}): Promise<void> {
    const budget = new WaitBudget(this.#client, options, `offer to ${this.path}`);
    await conclude(budget, () => this.#offer(budget, Buffer.from(data)));
  }

  /** The first element, which stays; null when there is none. */
  async peek(options: WaitOptions = {}): Promise<Buffer | null> {
    const budget = new WaitBudget(this.#client, options, `peek at ${this.path}`);
    return budget.settle(this.#peek(budget), 0);
  }

  /** The first element, which stays. Rejects with a KeeperError of code `QUEUE_EMPTY` when there is none. */
  async element(options: WaitOptions = {}): Promise<Buffer> {
    return (await this.peek(options)) ?? this.#empty('element');
  }

  /** Takes the first element; null when there is none. */
  async poll(options: WaitOptions = {}): Promise<Buffer | null> {
    const budget = new WaitBudget(this.#client, options, `poll ${this.path}`);
    return conclude(budget, () => this.#poll(budget));
  }

  /** Takes the first element. Rejects with a KeeperError of code `QUEUE_EMPTY` when there is none. */
  async remove(options: WaitOptions = {}): Promise<Buffer> {
    return (await this.poll(options)) ?? this.#empty('remove');
  }

  /** Takes the first element, and waits until there is one. When it rejects with a time-out, nothing was taken. */
  async take(options: WaitOptions = {}): Promise<Buffer> {
    const budget = new WaitBudget(this.#client, options, `take from ${this.path}`);
    return conclude(budget, () => this.#take(budget));
  }

  async #offer(budget: WaitBudget, data: Buffer): Promise<void> {
    const { acl, parentAcl, exactlyOnce = false } = this.#options;
    const path = childOf(this.path, PREFIX);
    const spec = { mode: 'persistent-sequential', acl } as const;
    const backoff = new Backoff(this.#client);
    for (;;) {
      budget.throwIfSpent();
      try {
        if (!exactlyOnce) await this.#client.create(path, data, { ...spec, signal: budget.signal });
        else {
          const fill = { place: markersOf(this.path), fill: (step: Step) => step.create(path, data, spec) };
          await marked(this.#client, budget, fill);
        }
        return;
      } catch (error) {
        if (isMissing(error)) {
          await createContainers(this.#client, budget, { path: this.path, acl: parentAcl });
          continue;
        }
        if (isUncertain(error, budget)) {
          throw new OutcomeUnknownError({ path, op: 'offer', attempted: data, cause: error });
        }
        if (!isRetryable(error)) throw error;
      }
      await backoff.wait(budget.signal);
    }
  }

  async #peek(budget: WaitBudget): Promise<Buffer | null> {
    for (const name of await this.#names(budget)) {
      const found = await this.#read(budget, name);
      if (found !== null) return found.data;
    }
    return null;
  }

  async #poll(budget: WaitBudget): Promise<Buffer | null> {
    const early = await this.#takeOneOf(budget, this.#remembered);
    return early ?? this.#takeOneOf(budget, await this.#names(budget));
  }

  async #take(budget: WaitBudget): Promise<Buffer> {
    const early = await this.#poll(budget);
    if (early !== null) return early;
    for (;;) {
      const hold = await this.#takers.acquire({ signal: budget.signal });
      try {
        const taken = await this.#takeFirst(budget, hold.signal);
        if (taken !== null) return taken;
      } finally {
        await hold.release();
      }
    }
  }

  /** Null when the place at the head of the line is lost. */
  async #takeFirst(budget: WaitBudget, lost: AbortSignal): Promise<Buffer | null> {
    while (!lost.aborted) {
      const watches: WatchHandle[] = [];
      try {
        const taken = await this.#takeOneOf(budget, await this.#names(budget, watches));
        if (taken !== null) return taken;
        await new Promise<void>((resolve) => {
          onAbort(lost, () => resolve());
          onAbort(budget.signal, () => resolve());
          for (const watch of watches) void watch.fired.then(() => resolve());
        });
        budget.throwIfSpent();
      } finally {
        await Promise.all(watches.map((watch) => watch.close()));
      }
    }
    return null;
  }

  /** The elements' names, the first first. What Curator would not take is left alone. */
  async #names(budget: WaitBudget, watches?: WatchHandle[]): Promise<string[]> {
    const { parentAcl } = this.#options;
    for (;;) {
      try {
        const { children, watch } = await retry(this.#client, budget, (wait) =>
          listLong(this.#client, this.path, { watch: watches !== undefined, ...wait }),
        );
        if (watch !== undefined) watches?.push(watch);
        const names = inLine(
          contendersOf(
            children.filter((name) => name.startsWith(PREFIX)),
            PREFIX,
          ),
        );
        this.#remembered = names.length > REMEMBERED ? names.slice(0, REMEMBERED) : [];
        return names;
      } catch (error) {
        if (!(error instanceof NoNodeError)) throw error;
        if (watches === undefined) return [];
        // A container goes when it is empty, and where there is no node no watch stands.
        await createContainers(this.#client, budget, { path: this.path, acl: parentAcl });
      }
    }
  }

  /** Null when none of them is there any more. */
  async #takeOneOf(budget: WaitBudget, names: readonly string[]): Promise<Buffer | null> {
    const { acl, parentAcl } = this.#options;
    const left = [...names];
    while (left.length > 0) {
      const pin = await TakingPin.put(this.#client, budget, { queuePath: this.path, acl, parentAcl });
      try {
        const taken = await this.#takePinned(budget, pin, left);
        if (taken !== null) return taken;
      } finally {
        pin.remove();
      }
    }
    return null;
  }

  /** Null when none is left, or the pin is gone. What has been tried is no longer among the names. */
  async #takePinned(budget: WaitBudget, pin: TakingPin, left: string[]): Promise<Buffer | null> {
    for (let name = left[0]; name !== undefined; name = left[0]) {
      const found = await this.#read(budget, name);
      const outcome = found === null ? 'missing' : await pin.take(found);
      if (outcome === 'unpinned') return null;
      left.shift();
      this.#remembered = this.#remembered.filter((each) => each !== name);
      if (found !== null && outcome === 'taken') return found.data;
    }
    return null;
  }

  async #read(budget: WaitBudget, name: string): Promise<PinnedElement | null> {
    const path = childOf(this.path, name);
    try {
      const { data, stat } = await retry(this.#client, budget, (wait) => this.#client.getData(path, wait));
      return { path, data: data ?? Buffer.alloc(0), version: stat.version };
    } catch (error) {
      if (error instanceof NoNodeError) return null;
      throw error;
    }
  }

  #empty(op: string): never {
    throw new KeeperError({ code: 'QUEUE_EMPTY', rc: -101, text: 'the queue is empty' }, { path: this.path, op });
  }
}

type Step = ReturnType<KeeperClient['transaction']>;

function isMissing(error: unknown): boolean {
  return error instanceof NoNodeError || (error instanceof TransactionError && error.code === 'NO_NODE');
}
