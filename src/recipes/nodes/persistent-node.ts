import { BadVersionError, ClosedError, NodeExistsError, NoNodeError, TransactionError } from '../../client/errors.js';
import { dataOf } from '../../client/arguments.js';
import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { NodeData } from '../../client/operation-types.js';
import { onAbort } from '../../client/on-abort.js';
import { errorHook } from '../support/error-hook.js';
import { Latest } from '../support/latest.js';
import { NodeWatch } from '../support/node-watch.js';
import type { NodeSeen } from '../support/node-watch.js';
import { StateLoop } from '../support/state-loop.js';
import { WaitBudget } from '../../client/support/wait-budget.js';
import { NodeMaker, sameData } from './node-maker.js';
import { checkPersistentNode, isEphemeral } from './persistent-node-options.js';
import type { PersistentNodeOptions } from './persistent-node-options.js';
import { removeOwned } from './remove-owned.js';

/**
 * - `absent`: not there as far as is known; it is being made;
 * - `present`: there, and ours;
 * - `foreign`: a node of that name is somebody else's; see `takeover`;
 * - `closed`.
 */
export type PersistentNodeState = 'absent' | 'present' | 'foreign' | 'closed';

/** What the node is to have, and which of the user's wishes that was. */
interface Wish {
  readonly data: NodeData;
  readonly number: number;
}

/**
 * A node that is kept: made, and made again whenever it is gone, because somebody deleted it or the session ended that owned
 * it. A node of a session of ours that is over is replaced at once and in one step; nobody sees it missing.
 *
 * Data that others write to it stays until the next `setData`.
 */
export class PersistentNode implements AsyncDisposable {
  readonly #client: KeeperClient;
  readonly #options: PersistentNodeOptions;
  readonly #maker: NodeMaker;
  readonly #loop: StateLoop;
  readonly #state = new Latest<PersistentNodeState>('absent');
  /** Number of the last wish that the node is known to have had. */
  readonly #granted = new Latest(0);
  #wish: Wish;
  #watch: NodeWatch | null = null;
  /** It has not been there yet: make it before looking. */
  #isNew = true;
  /** It was made, or may have been. */
  #hasTried = false;
  #takenIn: bigint | null = null;
  /** Its rights forbid to write to what was made. */
  #isReadOnly = false;
  #leaveSession: () => void = () => undefined;
  #closed: Promise<void> | null = null;

  /** Of a sequential or protected node, `path` is what its name is made from. Nothing is asked before `start()`. */
  constructor(client: KeeperClient, path: string, options: PersistentNodeOptions = {}) {
    checkPersistentNode(path, options);
    this.#client = client;
    this.#options = options;
    this.#maker = new NodeMaker(client, path, options);
    this.#wish = { data: options.data ?? Buffer.alloc(0), number: 1 };
    const hook = errorHook(options.onError, { code: 'PINFOLD_PERSISTENT_NODE', path });
    this.#loop = new StateLoop(client, {
      look: (signal) => this.#look(signal),
      onError: (error) => {
        if (error instanceof ClosedError) this.#end();
        else hook(error);
      },
    });
  }

  /** Of the node, with identity and number; null while the number is not known. */
  get path(): string | null {
    return this.#maker.path;
  }

  /** What the node is kept with. Others may have written something else. */
  get data(): NodeData {
    return this.#wish.data;
  }

  get state(): PersistentNodeState {
    return this.#state.value;
  }

  /** The present state and each change of it; changes that nobody was in time for are skipped. Ends with the node. */
  states({ signal }: { readonly signal?: AbortSignal | undefined } = {}): AsyncIterable<
    PersistentNodeState,
    undefined
  > {
    return this.#state.changes({ signal });
  }

  /** Begins; a server need not be in reach. Calling it again does nothing. */
  start(): void {
    if (this.#closed === null) this.#loop.start();
  }

  /**
   * Resolves to the node's path when it is there and ours. Starts if that has not been done. When it rejects (time-out,
   * signal, closed) the node is still being made: close it if that is not wanted.
   */
  async created(options: WaitOptions = {}): Promise<string> {
    const budget = new WaitBudget(this.#client, options, `create ${this.path ?? 'a persistent node'}`);
    this.start();
    return budget.settle(this.#whenPresent(budget.signal), 0);
  }

  /**
   * Keeps the node with other data. Resolves when the node has been seen with it, or was made with it: a later `setData` may
   * have replaced it by then. When it rejects, the data is still what the node is kept with from now on.
   */
  async setData(data: NodeData, options: WaitOptions = {}): Promise<void> {
    const budget = new WaitBudget(this.#client, options, `set the data of ${this.path ?? 'a persistent node'}`);
    const wish = { data: dataOf(data, this.path ?? 'a persistent node'), number: this.#wish.number + 1 };
    this.#wish = wish;
    this.#loop.mark();
    await budget.settle(this.#whenGranted(wish.number, budget.signal), 0);
  }

  /**
   * Ends keeping the node, and deletes it if it is ours (unless `keepOnClose`). Resolves when it is known to be gone, or
   * its session to be over. When `options` run out first it rejects, and goes on in the background. May be called again.
   */
  async close(options: WaitOptions = {}): Promise<void> {
    const budget = new WaitBudget(this.#client, options, `close ${this.path ?? 'a persistent node'}`);
    this.#closed ??= this.#close();
    await budget.settle(this.#closed, 0);
  }

  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#end();
    await this.#loop.close();
    await this.#watch?.close();
    if (this.#options.keepOnClose === true) return;
    this.#maker.forget();
    const { path, sessions } = this.#maker;
    if (path === null) return;
    const isOurs = isEphemeral(this.#mode) ? (owner: bigint) => sessions.has(owner) : (owner: bigint) => owner === 0n;
    if (this.#hasTried) await removeOwned(this.#client, path, isOurs);
  }

  get #mode() {
    return this.#options.mode ?? 'ephemeral';
  }

  async #whenPresent(signal: AbortSignal): Promise<string> {
    for await (const state of this.#state.changes({ signal })) {
      if (state === 'present' && this.path !== null) return this.path;
    }
    signal.throwIfAborted();
    throw new ClosedError({ op: 'created', path: this.path });
  }

  async #whenGranted(number: number, signal: AbortSignal): Promise<void> {
    for await (const granted of this.#granted.changes({ signal })) if (granted >= number) return;
    signal.throwIfAborted();
    throw new ClosedError({ op: 'setData', path: this.path });
  }

  async #look(signal: AbortSignal): Promise<void> {
    if (this.path === null) await this.#makeFirst(signal);
    const { path } = this;
    if (path === null) return;
    this.#watch ??= new NodeWatch(this.#client, path, () => this.#loop.mark());
    for (;;) {
      const seen = this.#isNew ? null : await this.#watch.read(signal);
      if (seen !== null) {
        await this.#judge(seen, path, signal);
        return;
      }
      this.#setState('absent');
      await this.#make(path, signal);
    }
  }

  async #makeFirst(signal: AbortSignal): Promise<void> {
    const wish = this.#wish;
    this.#hasTried = true;
    if (await this.#maker.makeFirst(wish.data, signal)) this.#grant(wish);
    this.#isNew = false;
  }

  async #make(path: string, signal: AbortSignal): Promise<void> {
    const wish = this.#wish;
    this.#hasTried = true;
    try {
      await this.#maker.make(path, wish.data, signal);
      this.#grant(wish);
    } catch (error) {
      if (!(error instanceof NodeExistsError)) throw error;
    } finally {
      this.#isNew = false;
    }
  }

  async #judge({ data, stat }: NodeSeen, path: string, signal: AbortSignal): Promise<void> {
    const { session } = this.#client;
    const owner = isEphemeral(this.#mode) ? session.id : 0n;
    if (stat.ephemeralOwner !== owner || session.signal.aborted) {
      await this.#meetForeign(stat.ephemeralOwner, { path, version: stat.version }, signal);
      return;
    }
    const wish = this.#wish;
    if (wish.number > this.#granted.value) {
      const isDone = sameData(data, wish.data) || (await this.#write(wish, { path, version: stat.version }, signal));
      if (!isDone) return;
      this.#grant(wish);
    }
    this.#setState('present');
    if (isEphemeral(this.#mode)) this.#leaveSession = onAbort(session.signal, () => this.#setState('absent'));
  }

  /** False when the node has changed since it was read. */
  async #write({ data }: Wish, { path, version }: { path: string; version: number }, signal: AbortSignal) {
    try {
      await this.#client.setData(path, data, { version, signal });
      return true;
    } catch (error) {
      if (!(error instanceof BadVersionError || error instanceof NoNodeError)) throw error;
      this.#loop.mark();
      return false;
    }
  }

  async #meetForeign(owner: bigint, at: { path: string; version: number }, signal: AbortSignal): Promise<void> {
    const { sessionId } = this.#client;
    const isOurs = this.#maker.sessions.has(owner);
    if (!isOurs && this.#maker.giveUpName()) {
      this.#setState('absent');
      await this.#watch?.close();
      this.#watch = null;
      this.#loop.mark();
      return;
    }
    const takes = this.#options.takeover === 'delete' && this.#takenIn !== sessionId;
    if (!isOurs) this.#setState('foreign');
    if (!isOurs && !takes) return;
    if (takes) this.#takenIn = sessionId;
    const wish = this.#wish;
    this.#maker.sessions.add(sessionId);
    try {
      const replacing = this.#client.transaction().delete(at.path, { version: at.version });
      replacing.create(at.path, wish.data, this.#maker.spec);
      // With another version than the one that it replaces: whoever is about to delete that one must not meet ours.
      if (at.version === 0 && !this.#isReadOnly) replacing.setData(at.path, wish.data);
      await replacing.commit({ signal });
      this.#grant(wish);
    } catch (error) {
      if (!(error instanceof TransactionError)) throw error;
      if (error.index === 2 && error.code === 'NO_AUTH') {
        this.#isReadOnly = true;
        this.#takenIn = null;
      } else if (!['NO_NODE', 'BAD_VERSION'].includes(error.code)) {
        throw error;
      }
    }
    this.#loop.mark();
  }

  #grant({ number }: Wish): void {
    if (number > this.#granted.value) this.#granted.set(number);
  }

  #setState(state: PersistentNodeState): void {
    this.#leaveSession();
    this.#leaveSession = () => undefined;
    this.#state.set(state);
  }

  /** Nothing changes any more, and all waits are over. */
  #end(): void {
    this.#setState('closed');
    this.#state.end();
    this.#granted.end();
  }
}
