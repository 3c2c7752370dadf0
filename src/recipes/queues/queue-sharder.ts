import { BadArgumentsError, NoNodeError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { ChildrenResult } from '../../client/operation-types.js';
import type { Acl } from '../../protocol/acl.js';
import { childOf } from '../../protocol/paths.js';
import { pause } from '../../client/support/pause.js';
import { LeaderLatch } from '../leader/leader-latch.js';
import type { LeaderTerm } from '../leader/leader-term.js';
import { checkPath } from '../support/check-path.js';
import { createContainers } from '../support/create-containers.js';
import { retry } from '../../client/support/retry.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import { warnOnce } from '../../client/support/warn-once.js';

/** What a sharder asks of the queues it opens. */
export interface ShardQueue {
  readonly path: string;
  /** Called once, before the queue is given out. */
  start(options?: WaitOptions): Promise<void>;
  /** Nodes of the queue, which is what thresholds count. */
  size(options?: WaitOptions): Promise<number>;
}

/** Where the shards lie, how they are opened, and when there are to be more. */
export interface QueueSharderOptions<Queue extends ShardQueue> {
  /** Opens the queue at a path, with these options among its own. */
  readonly open: (client: KeeperClient, path: string, options: { readonly sidePath: string }) => Queue;
  /** Parent of the shards; each is a queue `queue-<uuid>` below it. */
  readonly queuePath: string;
  /** Where the sharders agree on the one that adds shards: not below `queuePath`. */
  readonly leaderPath: string;
  /** From so many nodes on a shard gets no more items, until half of them are gone. Default 10000. */
  readonly newQueueThreshold?: number | undefined;
  /** How often the shards are looked at, ms. Default 30000. */
  readonly thresholdCheckMs?: number | undefined;
  /** Shards are never removed, and there are never more than this. Default 10. */
  readonly maxQueues?: number | undefined;
  /** Of nodes that the sharder makes itself. Default: everybody may do everything. */
  readonly parentAcl?: readonly Acl[] | undefined;
  /** Hears of what goes wrong in the background. Default: a Node.js warning. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const DEFAULTS = { newQueueThreshold: 10_000, thresholdCheckMs: 30_000, maxQueues: 10 };
const SHARD = 'queue-';
/** Anything else below `queuePath` is none. */
const SHARD_NAME = /^queue-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Spreads items over several queues, because one of many thousand items is slow to list. Uses the znodes of Curator's
 * QueueSharder. One of all sharders adds a shard, when there is none left that is less than full. (Curator's adds one at
 * every look as long as any shard is full.)
 *
 * Producers put into `queue()`; consumers take from each of `queues()`, and look again for new ones now and then. While the
 * connection is gone (SUSPENDED, LOST) it goes on with the shards that it knows.
 */
export class QueueSharder<Queue extends ShardQueue> implements AsyncDisposable {
  readonly queuePath: string;
  readonly #client: KeeperClient;
  readonly #options: QueueSharderOptions<Queue>;
  readonly #settings: typeof DEFAULTS;
  readonly #latch: LeaderLatch;
  readonly #closing = new AbortController();
  readonly #queues = new Map<string, Queue>();
  /** Of shards that take more items. */
  #preferred: string[] = [];
  #running: Promise<void> | null = null;

  constructor(client: KeeperClient, options: QueueSharderOptions<Queue>) {
    const { queuePath, leaderPath, newQueueThreshold, thresholdCheckMs, maxQueues, parentAcl } = options;
    checkPath(queuePath, 'queuePath of a sharder');
    checkPath(leaderPath, 'leaderPath of a sharder');
    if (`${leaderPath}/`.startsWith(`${queuePath}/`)) {
      throw new BadArgumentsError({ message: `leaderPath ${leaderPath} is below queuePath`, path: queuePath });
    }
    this.#settings = {
      newQueueThreshold: newQueueThreshold ?? DEFAULTS.newQueueThreshold,
      thresholdCheckMs: thresholdCheckMs ?? DEFAULTS.thresholdCheckMs,
      maxQueues: maxQueues ?? DEFAULTS.maxQueues,
    };
    for (const [name, value] of Object.entries(this.#settings)) {
      if (Number.isInteger(value) && value >= 1) continue;
      throw new BadArgumentsError({ message: `${name} is ${value}; it must be a whole number, 1 or more` });
    }
    this.queuePath = queuePath;
    this.#client = client;
    this.#options = options;
    const onError = (error: unknown): void => this.#tell(error);
    this.#latch = new LeaderLatch(client, leaderPath, { parentAcl, onError });
  }

  /**
   * Opens the shards there are; when there are none, waits until the leader of all sharders has made the first. Called once:
   * when it rejects, the sharder is closed.
   */
  async start(options: WaitOptions = {}): Promise<void> {
    const budget = new WaitBudget(this.#client, options, `start the sharder of ${this.queuePath}`);
    await budget.settle(this.#start(budget), 0);
  }

  /** A shard to put into: one of those that are not full, by chance; any if all are. */
  queue(): Queue {
    const paths = this.#preferred.length > 0 ? this.#preferred : this.queuePaths;
    const path = paths[Math.floor(this.#client.runtime.random.float() * paths.length)];
    const queue = this.#queues.get(path ?? '');
    if (queue === undefined)
      throw new BadArgumentsError({ message: 'the sharder is not started', path: this.queuePath });
    return queue;
  }

  /** All shards known now. */
  queues(): Queue[] {
    return [...this.#queues.values()];
  }

  get queuePaths(): string[] {
    return [...this.#queues.keys()];
  }

  get shardCount(): number {
    return this.#queues.size;
  }

  /** Looks no more, and leads no more. The shards stay. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
    await this.#latch.close();
  }

  /** `close()`, for `await using`. The shards stay. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #start(budget: WaitBudget): Promise<void> {
    try {
      this.#latch.start();
      await this.#openAll(budget);
      while (this.shardCount === 0) await this.#first(budget);
    } catch (error) {
      await this.close();
      throw error;
    }
    this.#preferred = this.queuePaths;
    this.#running ??= this.#run();
  }

  /** All may start at once: the leader makes the first shard, the others wait for it. */
  async #first(budget: WaitBudget): Promise<void> {
    const ends = new AbortController();
    const signal = AbortSignal.any([budget.signal, ends.signal]);
    const { children, watch } = await this.#list(budget, { isWatched: true });
    try {
      const someCome = children.some((name) => SHARD_NAME.test(name)) ? null : watch?.fired.then(() => null);
      const term = (await Promise.race([someCome, this.#latch.awaitLeadership({ signal })])) ?? null;
      // Whoever led before may have made one.
      await this.#openAll(budget);
      if (term !== null && this.shardCount === 0) await this.#add(budget, term);
    } finally {
      ends.abort();
      await watch?.close();
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    const budget = new WaitBudget(this.#client, { signal }, `look at the shards of ${this.queuePath}`);
    for (;;) {
      await pause(this.#client, this.#settings.thresholdCheckMs, signal);
      if (signal.aborted) return;
      try {
        await this.#look(budget);
      } catch (error) {
        if (signal.aborted) return;
        this.#tell(error);
        if (this.#client.state === 'closed') return;
      }
    }
  }

  async #look(budget: WaitBudget): Promise<void> {
    const { newQueueThreshold, maxQueues } = this.#settings;
    // First: whoever has come to lead sees in the list what earlier leaders have added.
    const term = this.#latch.hasLeadership() ? await this.#latch.awaitLeadership({ signal: budget.signal }) : null;
    await this.#openAll(budget);
    const sizes = await Promise.all(
      [...this.#queues].map(async ([path, queue]) => [path, await queue.size({ signal: budget.signal })] as const),
    );
    const wasPreferred = new Set(this.#preferred);
    // Between half full and full a shard stays what it was, so that it does not change with every item.
    this.#preferred = sizes
      .filter(([path, size]) => size <= newQueueThreshold / 2 || (size < newQueueThreshold && wasPreferred.has(path)))
      .map(([path]) => path);
    if (this.#preferred.length > 0 || this.shardCount >= maxQueues || term === null) return;
    const added = await this.#add(budget, term);
    if (added !== null) this.#preferred = [added];
  }

  async #openAll(budget: WaitBudget): Promise<void> {
    const { children } = await this.#list(budget, { isWatched: false });
    for (const name of children.filter((each) => SHARD_NAME.test(each)).sort()) await this.#openOne(budget, name);
  }

  async #list(budget: WaitBudget, { isWatched }: { readonly isWatched: boolean }): Promise<ChildrenResult> {
    const path = this.queuePath;
    for (;;) {
      try {
        return await retry(this.#client, budget, (wait) =>
          this.#client.getChildren(path, { ...wait, watch: isWatched }),
        );
      } catch (error) {
        if (!(error instanceof NoNodeError)) throw error;
        await createContainers(this.#client, budget, { path, acl: this.#options.parentAcl });
      }
    }
  }

  /**
   * As long as the term lasts nobody else adds one: it ends before a request could leave in another session. Null: it was over
   * before the shard was there, or it is there and found with the next look.
   */
  async #add(budget: WaitBudget, term: LeaderTerm): Promise<string | null> {
    const lasting = AbortSignal.any([budget.signal, term.signal]);
    const inTerm = new WaitBudget(this.#client, { signal: lasting }, `add a shard to ${this.queuePath}`);
    try {
      return await inTerm.settle(this.#openOne(inTerm, `${SHARD}${this.#client.runtime.random.uuid()}`), 0);
    } catch (error) {
      budget.throwIfSpent();
      if (!term.signal.aborted) throw error;
      return null;
    }
  }

  /** What stands beside a shard stands elsewhere: Curator takes all that is below `queuePath` for shards. */
  async #openOne(budget: WaitBudget, name: string): Promise<string> {
    const path = childOf(this.queuePath, name);
    if (this.#queues.has(path)) return path;
    const queue = this.#options.open(this.#client, path, { sidePath: childOf(`${this.queuePath}-shards`, name) });
    await queue.start({ signal: budget.signal });
    this.#queues.set(path, queue);
    return path;
  }

  #tell(error: unknown): void {
    const { onError } = this.#options;
    const why = error instanceof Error ? error.message : String(error);
    if (onError === undefined) return warnOnce('PINFOLD_QUEUE', this.queuePath, `${this.queuePath}: ${why}`);
    try {
      onError(error);
    } catch (thrown) {
      warnOnce('PINFOLD_ON_ERROR', this.queuePath, `onError of ${this.queuePath} threw: ${String(thrown)}`);
    }
  }
}
