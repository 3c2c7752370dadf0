import { ErrorCode } from '../../protocol/error-codes.js';
import { pathFault } from '../../protocol/paths.js';
import type { Acl } from '../../protocol/acl.js';
import type { WaitOptions } from '../client-options.js';
import { BadArgumentsError, KeeperError } from '../errors.js';
import type { KeeperClient } from '../keeper-client.js';
import { makePath } from '../support/make-path.js';
import { orAbort } from '../support/or-abort.js';
import { retry } from '../support/retry.js';
import { WaitBudget } from '../support/wait-budget.js';

/**
 * The node that a namespace's paths lie below. Its containers are made when the namespace is first used, and again when
 * the server has collected them.
 */
export class Namespace {
  /** Without slashes at its ends: `apps/billing`. */
  readonly name: string;
  readonly path: string;
  readonly #client: KeeperClient;
  readonly #aclOf: (path: string) => readonly Acl[] | undefined;
  #isMade = false;
  #making: Promise<void> | null = null;

  /** `client`: the one without the namespace. */
  constructor(client: KeeperClient, name: string, aclOf: (path: string) => readonly Acl[] | undefined) {
    const path = `/${name}`;
    const fault = name === '' ? 'it is empty' : pathFault(path);
    if (fault !== null) throw new BadArgumentsError({ message: `namespace ${JSON.stringify(name)}: ${fault}` });
    this.name = name;
    this.path = path;
    this.#client = client;
    this.#aclOf = aclOf;
  }

  /** Makes a call that needs the namespace. One that is refused because the namespace is gone is made again. */
  use<T>(wait: WaitOptions, call: () => Promise<T>): Promise<T> {
    // Without a detour once it is there: calls leave in the order in which they are made.
    return this.#isMade ? this.#call(wait, call) : this.#made(wait).then(() => this.#call(wait, call));
  }

  async #call<T>(wait: WaitOptions, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      // A transaction that was refused tells it by its code.
      if (!(error instanceof KeeperError) || error.rc !== ErrorCode.NONODE) throw error;
      const { stat } = await this.#client.exists(this.path, { signal: wait.signal });
      if (stat !== null) throw error;
      this.#isMade = false;
      await this.#made(wait);
      return call();
    }
  }

  async #made(wait: WaitOptions): Promise<void> {
    this.#making ??= this.#make().finally(() => (this.#making = null));
    const budget = new WaitBudget(this.#client, wait, `make the namespace ${this.name}`);
    await budget.settle(orAbort(this.#making, budget.signal), 0);
  }

  /** Shared by all who wait for it, so the end of one wait does not end it. */
  async #make(): Promise<void> {
    const budget = new WaitBudget(this.#client, {}, `make the namespace ${this.name}`);
    const made = makePath(this.#client, (call) => retry(this.#client, budget, call), {
      path: this.path,
      mode: 'container',
      aclOf: this.#aclOf,
    });
    await budget.settle(made);
    this.#isMade = true;
  }
}
