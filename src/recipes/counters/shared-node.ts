import { BadArgumentsError, ClosedError, NoNodeError } from '../../client/errors.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { WatchHandle } from '../../client/watch-handle.js';
import type { Acl } from '../../protocol/acl.js';
import type { Zxid } from '../../protocol/zxid.js';
import { Backoff } from '../../client/support/backoff.js';
import { checkPath } from '../support/check-path.js';
import { conclude } from '../support/conclude.js';
import { ensureNode } from '../support/ensure-node.js';
import { filterAsync } from '../support/filter-async.js';
import { Latest } from '../support/latest.js';
import { orAbort } from '../../client/support/or-abort.js';
import { StateLoop } from '../support/state-loop.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import { warnOnce } from '../../client/support/warn-once.js';
import type { Codec } from './codec.js';
import { readContent, ValueWriter } from './value-write.js';
import type { Content, WriteMark, WriteOutcome } from './value-write.js';

/** A value, and which of its writes it is of. */
export interface VersionedValue<T> {
  readonly value: T;
  /** Counts the writes of this node; after 2147483647 comes -2147483648. */
  readonly version: number;
  /** Zxid of the write: unlike the version it goes on growing when the node is made anew. */
  readonly mzxid: Zxid;
  /** Zxid of the node's creation. */
  readonly czxid: Zxid;
}

/** What is known of a shared value at some moment. */
export interface SharedState<T> {
  /** Undefined when the node does not exist, or does not hold such a value. */
  readonly versioned: VersionedValue<T> | undefined;
  readonly value: T | undefined;
  /** The connection is gone, so there may be a newer value. */
  readonly isStale: boolean;
}

/** How a shared value or count writes its node, and with which rights it makes it. */
export interface SharedValueOptions {
  /** Of the value's node. Default: everybody may do everything. */
  readonly acl?: readonly Acl[] | undefined;
  /** Of parents that have to be made. Default: everybody may do everything. */
  readonly parentAcl?: readonly Acl[] | undefined;
  /**
   * Each write takes along an ephemeral node that proves it, so that a lost answer leaves no doubt while the session
   * lives. Costs one more node made and deleted a write. Default false: such a write may end with an OutcomeUnknownError.
   */
  readonly exactlyOnce?: boolean | undefined;
  /** Hears of what goes wrong in the background: no permission to read, bytes that are no such value. Default: a warning. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** How a compareAndSet went. */
export interface CompareAndSetResult<T> {
  /** False: it was not written, and will not be. */
  readonly ok: boolean;
  /** What is there now, as far as is known; undefined when the node is gone. */
  readonly current: VersionedValue<T> | undefined;
}

/** How fresh a read is to be. */
export interface ReadSharedOptions extends WaitOptions {
  /** Ask the leader first, so that no write is missed that was acknowledged before the call. Default false. */
  readonly sync?: boolean | undefined;
}

/** What a SharedValue and a SharedCount have in common: a node whose value everybody sees, and anybody may change. */
export abstract class SharedNode<T, In = T> implements AsyncDisposable {
  readonly path: string;
  readonly #client: KeeperClient;
  readonly #codec: Codec<T, In>;
  readonly #seed: Buffer;
  readonly #options: SharedValueOptions;
  readonly #initial: SharedState<T> = { versioned: undefined, value: undefined, isStale: true };
  readonly #latest = new Latest<SharedState<T>>(this.#initial);
  readonly #closing = new AbortController();
  readonly #loop: StateLoop;
  #budget: WaitBudget | null = null;
  #watch: WatchHandle | null = null;
  #isSeeded = false;
  /** Of bytes that somebody was told of. */
  #corruptMzxid: Zxid | undefined;

  /** @internal */
  constructor(
    client: KeeperClient,
    path: string,
    spec: { codec: Codec<T, In>; seed: In; options: SharedValueOptions },
  ) {
    checkPath(path, 'path of a shared value');
    this.path = path;
    this.#client = client;
    this.#codec = spec.codec;
    this.#seed = spec.codec.encode(spec.seed);
    this.#options = spec.options;
    this.#loop = new StateLoop(client, { look: (signal) => this.#look(signal), onError: (error) => this.#tell(error) });
  }

  /** The newest value known here; undefined before the first read, and while the node does not exist. */
  get value(): T | undefined {
    return this.#latest.value.value;
  }

  /** The same with its version: what {@link compareAndSet} takes. */
  get versioned(): VersionedValue<T> | undefined {
    return this.#latest.value.versioned;
  }

  /** There may be a newer value: the connection is gone, or nothing was read yet. */
  get isStale(): boolean {
    return this.#latest.value.isStale || this.#client.state !== 'connected';
  }

  /**
   * Makes the node with the seed if there is none, reads it, and follows it from then on. Resolves when the value is known.
   * When the wait is cut short, or no server answers, it goes on in the background until {@link close}.
   */
  async start(options: WaitOptions = {}): Promise<void> {
    const budget = new WaitBudget(this.#client, options, `start ${this.path}`);
    this.#loop.start();
    await budget.settle(this.#firstLook(budget.signal), 0);
  }

  /**
   * What is known now, then each change one is in time for; the last one is never missed. The signal ends it without an
   * error, and so does {@link close}.
   */
  changes({ signal }: { readonly signal?: AbortSignal | undefined } = {}): AsyncIterable<SharedState<T>, undefined> {
    const isKnown = (state: SharedState<T>): state is SharedState<T> => state !== this.#initial;
    return filterAsync(this.#latest.changes({ signal }), isKnown);
  }

  /** Asks a server, instead of trusting what is known here. Undefined when there is no node. */
  async read(options: ReadSharedOptions = {}): Promise<VersionedValue<T> | undefined> {
    const budget = new WaitBudget(this.#client, options, `read ${this.path}`);
    const reading = readContent(this.#client, budget, { path: this.path, isSynced: options.sync === true });
    return this.#adopt(await budget.settle(reading, 0));
  }

  /**
   * Sets it, whatever is there: of two who do so at once, the later one wins without notice. Rejects with a NoNodeError
   * when the node was deleted, and with an OutcomeUnknownError when the answer got lost and others have written since.
   */
  async set(value: In, options: WaitOptions = {}): Promise<void> {
    const data = this.#codec.encode(value);
    await this.#write(options, 'set', (budget) => this.#setLast(budget, data));
  }

  /**
   * Sets it if it is still what `previous` (see {@link versioned}) says. `ok` is false when somebody has written since. When
   * it cannot be known whether it was written, it rejects with an OutcomeUnknownError.
   */
  async compareAndSet(
    previous: VersionedValue<T>,
    next: In,
    options: WaitOptions = {},
  ): Promise<CompareAndSetResult<T>> {
    checkVersioned(previous, this.path);
    const data = this.#codec.encode(next);
    return this.#write(options, 'compareAndSet', async (budget) => {
      const known = this.versioned;
      if (known !== undefined && known.mzxid > previous.mzxid) return { ok: false, current: known };
      const outcome = await this.#writer(budget).write({ seen: previous, data, equalIsDone: false });
      const current = this.#adopt(await this.#outcome(budget, outcome, data));
      return { ok: outcome.kind === 'done', current };
    });
  }

  /** {@link compareAndSet}, for those who need to know no more than whether it was written. */
  async trySet(previous: VersionedValue<T>, next: In, options: WaitOptions = {}): Promise<boolean> {
    return (await this.compareAndSet(previous, next, options)).ok;
  }

  /** Follows it no longer; its watch is gone. The node stays. Iterations end; a start that waits rejects. */
  async close(): Promise<void> {
    this.#closing.abort(new ClosedError({ message: `${this.path}: the shared value is closed`, path: this.path }));
    await this.#loop.close();
    this.#latest.end();
    const watch = this.#watch;
    this.#watch = null;
    await watch?.close();
  }

  /** `close()`, for `await using`. The node stays. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #firstLook(signal: AbortSignal): Promise<void> {
    const looked = (async () => {
      for await (const _ of this.changes({ signal })) return;
    })();
    await orAbort(orAbort(looked, signal), this.#closing.signal);
  }

  async #look(signal: AbortSignal): Promise<void> {
    const isKnown = this.#latest.value !== this.#initial;
    if (isKnown && this.#client.state !== 'connected') this.#set(this.versioned, true);
    this.#budget ??= new WaitBudget(this.#client, { signal }, `follow ${this.path}`);
    if (!this.#isSeeded) {
      const { acl, parentAcl } = this.#options;
      await ensureNode(this.#client, this.#budget, { path: this.path, data: this.#seed, acl, parentAcl });
      this.#isSeeded = true;
    }
    const content = await this.#readAndWatch(signal);
    const isStale = this.#client.state !== 'connected';
    try {
      this.#adopt(content, isStale);
    } catch (error) {
      // Repeating does not mend it; the next write may, and is watched for.
      if (this.#corruptMzxid !== content?.stat.mzxid) this.#tell(error);
      this.#corruptMzxid = content?.stat.mzxid;
      this.#set(undefined, isStale);
    }
  }

  /** Leaves a watch in any case: on the node, or for its creation. */
  async #readAndWatch(signal: AbortSignal): Promise<Content | null> {
    for (;;) {
      try {
        const { data, stat, watch } = await this.#client.getData(this.path, { watch: true, signal });
        this.#keep(watch);
        return { data: data ?? Buffer.alloc(0), stat };
      } catch (error) {
        if (!(error instanceof NoNodeError)) throw error;
      }
      const { stat, watch } = await this.#client.exists(this.path, { watch: true, signal });
      this.#keep(watch);
      if (stat === null) return null;
    }
  }

  #keep(watch: WatchHandle): void {
    const before = this.#watch;
    this.#watch = watch;
    // The new one stands: closing the old one first would take the watch off the server and put it there again.
    void before?.close();
    void watch.fired.then(() => {
      if (this.#watch === watch) this.#loop.mark();
    });
  }

  async #write<R>(options: WaitOptions, what: string, work: (budget: WaitBudget) => Promise<R>): Promise<R> {
    this.#closing.signal.throwIfAborted();
    const budget = new WaitBudget(this.#client, options, `${what} ${this.path}`);
    return conclude(budget, () => work(budget));
  }

  async #setLast(budget: WaitBudget, data: Buffer): Promise<void> {
    const backoff = new Backoff(this.#client);
    let seen: WriteMark | undefined = this.isStale ? undefined : this.versioned;
    for (;;) {
      seen ??= (await readContent(this.#client, budget, { path: this.path, isSynced: true }))?.stat;
      if (seen === undefined) throw new NoNodeError({ path: this.path, op: 'set' });
      const outcome = await this.#writer(budget).write({ seen, data, equalIsDone: true });
      if (outcome.kind === 'done') {
        this.#adopt(await this.#outcome(budget, outcome, data));
        return;
      }
      seen = undefined;
      await backoff.wait(budget.signal);
    }
  }

  #outcome(budget: WaitBudget, outcome: WriteOutcome, data: Buffer): Promise<Content | null> | Content {
    if (outcome.kind === 'done' && outcome.stat !== null) return { data, stat: outcome.stat };
    return readContent(this.#client, budget, { path: this.path, isSynced: true });
  }

  #writer(budget: WaitBudget): ValueWriter {
    const { acl, parentAcl, exactlyOnce = false } = this.#options;
    return new ValueWriter(this.#client, budget, { path: this.path, acl, parentAcl, exactlyOnce });
  }

  /** Takes it over unless something newer is known. Returns what it says. */
  #adopt(content: Content | null, isStale = this.#latest.value.isStale): VersionedValue<T> | undefined {
    if (content === null) {
      this.#set(undefined, isStale);
      return undefined;
    }
    const known = this.versioned;
    const { version, mzxid, czxid } = content.stat;
    const read =
      known?.mzxid === mzxid ? known : { value: this.#codec.decode(content.data, this.path), version, mzxid, czxid };
    this.#set(known !== undefined && mzxid < known.mzxid ? known : read, isStale);
    return read;
  }

  #set(versioned: VersionedValue<T> | undefined, isStale: boolean): void {
    const before = this.#latest.value;
    if (before !== this.#initial && before.versioned === versioned && before.isStale === isStale) return;
    this.#latest.set({ versioned, value: versioned?.value, isStale });
  }

  #tell(error: unknown): void {
    if (error instanceof ClosedError) {
      this.#closing.abort(error);
      return this.#latest.end();
    }
    const { onError } = this.#options;
    const why = error instanceof Error ? error.message : String(error);
    if (onError === undefined)
      return warnOnce('PINFOLD_SHARED_VALUE', this.path, `${this.path} is not followed: ${why}`);
    try {
      onError(error);
    } catch (thrown) {
      warnOnce('PINFOLD_ON_ERROR', this.path, `onError of ${this.path} threw: ${String(thrown)}`);
    }
  }
}

function checkVersioned(previous: VersionedValue<unknown>, path: string): void {
  if (Number.isInteger(previous?.version) && Number.isInteger(previous.mzxid)) return;
  throw new BadArgumentsError({ message: 'previous is no versioned value: take it from versioned or read()', path });
}
