import { BadArgumentsError, OutcomeUnknownError, TimeoutError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { Acl } from '../../protocol/acl.js';
import { InterProcessMutex } from '../locks/inter-process-mutex.js';
import { Backoff } from '../../client/support/backoff.js';
import { checkPath } from '../support/check-path.js';
import { conclude } from '../support/conclude.js';
import type { Hold } from '../support/hold.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import type { Codec } from './codec.js';
import { readContent, ValueWriter } from './value-write.js';
import type { Content } from './value-write.js';

/** When many write at once, let those that lose take turns. */
export interface PromotedToLock {
  /** Of an InterProcessMutex; not the counter's own path. */
  readonly path: string;
  /** How many tries may lose against others before the lock is asked for. Default 3. */
  readonly optimisticTriesMax?: number | undefined;
  /** How long to wait for the lock, ms; then it goes on without. Default: as long as the call may take. */
  readonly timeoutMs?: number | undefined;
}

/** How the atomics write their node, and with which rights they make it. */
export interface AtomicOptions {
  readonly promotedToLock?: PromotedToLock | undefined;
  /**
   * Each write takes along an ephemeral node that proves it, so that a lost answer leaves no doubt while the session
   * lives. Costs one more node made and deleted a write. Default false: such a write may end with an OutcomeUnknownError.
   */
  readonly exactlyOnce?: boolean | undefined;
  /** Of the counter's node. Default: everybody may do everything. */
  readonly acl?: readonly Acl[] | undefined;
  /** Of parents that have to be made. Default: everybody may do everything. */
  readonly parentAcl?: readonly Acl[] | undefined;
}

/** What an operation took. */
export interface AtomicStats {
  readonly optimisticTries: number;
  /** Tries made while holding the lock of `promotedToLock`. */
  readonly promotedTries: number;
}

/** A change that was made, once. */
export interface AtomicChange<T> {
  readonly succeeded: true;
  readonly preValue: T;
  readonly postValue: T;
  readonly stats: AtomicStats;
}

/** A change that was not made, and will not be; `preValue` is what stood in its way. */
export interface AtomicRefusal<T> {
  readonly succeeded: false;
  readonly preValue: T;
  readonly stats: AtomicStats;
}

/** How an operation ended; `succeeded` tells which. What cannot be known is no result but an OutcomeUnknownError. */
export type AtomicResult<T> = AtomicChange<T> | AtomicRefusal<T>;

/** How fresh a read is to be. */
export interface ReadAtomicOptions extends WaitOptions {
  /** Ask the leader first, so that no write is missed that was acknowledged before the call. Default false. */
  readonly sync?: boolean | undefined;
}

/** `next` gives what to write, or null to leave it. */
interface Change<T> {
  readonly next: (value: T, isThere: boolean) => T | null;
  /** See ValueWrite. */
  readonly equalIsDone?: boolean;
  /** Whatever is there: also what cannot be read. */
  readonly isForced?: boolean;
  /** Try again when somebody else was first. */
  readonly again: boolean;
}

type Stats = { -readonly [Key in keyof AtomicStats]: AtomicStats[Key] };

const TRIES_MAX = 3;

/** The reading, computing and conditional writing of one node, by which all the atomics work. */
export class AtomicNode<T> {
  readonly path: string;
  readonly #client: KeeperClient;
  readonly #codec: Codec<T>;
  /** What a node stands for that is not there, or empty. */
  readonly #nothing: T;
  readonly #options: AtomicOptions;
  readonly #mutex: InterProcessMutex | null;

  constructor(client: KeeperClient, path: string, spec: { codec: Codec<T>; nothing: T; options: AtomicOptions }) {
    checkPath(path, 'path of an atomic value');
    this.path = path;
    this.#client = client;
    this.#codec = spec.codec;
    this.#nothing = spec.nothing;
    this.#options = spec.options;
    this.#mutex = mutexOf(client, path, spec.options);
  }

  async get({ sync: isSynced = false, ...wait }: ReadAtomicOptions): Promise<T> {
    const budget = new WaitBudget(this.#client, wait, `get ${this.path}`);
    const content = await budget.settle(readContent(this.#client, budget, { path: this.path, isSynced }), 0);
    return this.#valueOf(content);
  }

  async change(what: string, change: Change<T>, options: WaitOptions): Promise<AtomicResult<T>> {
    const budget = new WaitBudget(this.#client, options, `${what} ${this.path}`);
    return conclude(budget, () => this.#run(budget, change));
  }

  async #run(budget: WaitBudget, change: Change<T>): Promise<AtomicResult<T>> {
    const stats: Stats = { optimisticTries: 0, promotedTries: 0 };
    const { optimisticTriesMax = TRIES_MAX } = this.#options.promotedToLock ?? {};
    const triesMax = this.#mutex === null ? Infinity : optimisticTriesMax;
    const result = await this.#try(budget, change, { stats, kind: 'optimisticTries', triesMax });
    if (result !== null || this.#mutex === null) return result as AtomicResult<T>;
    const hold = await this.#promote(this.#mutex, budget);
    try {
      const promoted = await this.#try(budget, change, { stats, kind: 'promotedTries', triesMax: Infinity });
      return promoted as AtomicResult<T>;
    } finally {
      await hold?.release();
    }
  }

  /** Null when each try has lost against somebody else. */
  async #try(
    budget: WaitBudget,
    change: Change<T>,
    { stats, kind, triesMax }: { stats: Stats; kind: keyof Stats; triesMax: number },
  ): Promise<AtomicResult<T> | null> {
    const backoff = new Backoff(this.#client);
    for (let tries = 0; tries < triesMax; tries += 1) {
      if (tries > 0) await backoff.wait(budget.signal);
      stats[kind] += 1;
      // Who has lost has perhaps read from a server that lags behind.
      const content = await readContent(this.#client, budget, { path: this.path, isSynced: tries > 0 });
      const preValue = change.isForced === true ? this.#nothing : this.#valueOf(content);
      const postValue = change.next(preValue, content !== null);
      if (postValue === null) return { succeeded: false, preValue, stats };
      if (await this.#write(budget, { content, postValue, equalIsDone: change.equalIsDone === true })) {
        return { succeeded: true, preValue, postValue, stats };
      }
      if (!change.again) return { succeeded: false, preValue, stats };
    }
    return null;
  }

  async #write(
    budget: WaitBudget,
    { content, postValue, equalIsDone }: { content: Content | null; postValue: T; equalIsDone: boolean },
  ): Promise<boolean> {
    const { acl, parentAcl, exactlyOnce = false } = this.#options;
    const writer = new ValueWriter(this.#client, budget, { path: this.path, acl, parentAcl, exactlyOnce });
    const data = this.#codec.encode(postValue);
    try {
      return (await writer.write({ seen: content?.stat ?? null, data, equalIsDone })).kind === 'done';
    } catch (error) {
      throw error instanceof OutcomeUnknownError ? this.#translated(error) : error;
    }
  }

  /** Waits for the lock no longer than it pays; without it the tries go on all the same. */
  async #promote(mutex: InterProcessMutex, budget: WaitBudget): Promise<Hold | null> {
    const { timeoutMs } = this.#options.promotedToLock ?? {};
    try {
      return await mutex.acquire({ signal: budget.signal, timeoutMs });
    } catch (error) {
      if (error instanceof TimeoutError && !budget.isSpent) return null;
      throw error;
    }
  }

  #valueOf(content: Content | null): T {
    if (content === null || content.data.length === 0) return this.#nothing;
    return this.#codec.decode(content.data, this.path);
  }

  /** In values instead of bytes. */
  #translated({ attempted, observed, path, op, cause }: OutcomeUnknownError): OutcomeUnknownError {
    const valueOf = (data: unknown): T | undefined => {
      return Buffer.isBuffer(data) && data.length > 0 ? this.#codec.decode(data, this.path) : undefined;
    };
    return new OutcomeUnknownError({ path, op, cause, attempted: valueOf(attempted), observed: valueOf(observed) });
  }
}

function mutexOf(client: KeeperClient, path: string, { promotedToLock }: AtomicOptions): InterProcessMutex | null {
  if (promotedToLock === undefined) return null;
  const { path: lockPath, optimisticTriesMax = TRIES_MAX } = promotedToLock;
  if (lockPath === path) {
    throw new BadArgumentsError({ message: 'promotedToLock.path is the path of the value itself', path });
  }
  if (!(Number.isInteger(optimisticTriesMax) && optimisticTriesMax >= 1)) {
    const message = `promotedToLock.optimisticTriesMax is ${optimisticTriesMax}; it must be a whole number, 1 or more`;
    throw new BadArgumentsError({ message, path });
  }
  return new InterProcessMutex(client, lockPath);
}
