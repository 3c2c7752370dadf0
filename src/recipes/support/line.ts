import { NoNodeError } from '../../client/errors.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import { orAbort } from '../../client/support/or-abort.js';
import { retry } from '../../client/support/retry.js';
import type { Contender, LockNames } from './sequencer.js';
import { contendersOf } from './sequencer.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';

/** Everybody in a line, in no order. */
export type Contenders = readonly Contender[];

/**
 * A line of contenders: the children of `path`. A client's callers share the requests that list it: in a long line each
 * answer is big, and a thousand callers who come at once would ask for it a thousand times.
 */
export class Line {
  readonly path: string;
  /** What its contenders are called. */
  readonly lockName: LockNames;
  readonly #client: KeeperClient;
  #underWay: Promise<Contenders> | null = null;
  /** Sent when the one under way is answered. */
  #next: Promise<Contenders> | null = null;

  constructor(client: KeeperClient, { path, lockName }: { readonly path: string; readonly lockName: LockNames }) {
    this.#client = client;
    this.path = path;
    this.lockName = lockName;
  }

  /** Who stands in line at some moment after this call. Takes the answer to a question that was asked before, if there is one. */
  list(budget: WaitBudget, asked: Promise<Contenders> | null = null): Promise<Contenders> {
    let early = asked;
    return retry(this.#client, budget, ({ signal }) => {
      const answer = early ?? this.ask();
      early = null;
      return orAbort(answer, signal);
    });
  }

  /** One request: it leaves after all that this client has sent up to now, so the answer shows what that has done. */
  ask(): Promise<Contenders> {
    if (this.#next !== null) return this.#next;
    if (this.#underWay === null) return this.#send();
    const send = (): Promise<Contenders> => this.#send();
    this.#next = this.#underWay.then(send, send);
    return this.#next;
  }

  #send(): Promise<Contenders> {
    this.#next = null;
    const sent = this.#read().finally(() => {
      if (this.#underWay === sent) this.#underWay = null;
    });
    this.#underWay = sent;
    return sent;
  }

  /** Nobody when the path does not exist. */
  async #read(): Promise<Contenders> {
    try {
      const { children } = await this.#client.getChildren(this.path);
      return contendersOf(children, this.lockName);
    } catch (error) {
      if (error instanceof NoNodeError) return [];
      throw error;
    }
  }
}
