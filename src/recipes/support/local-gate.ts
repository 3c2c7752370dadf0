import { Mutex } from 'async-mutex';
import { orAbort } from '../../client/support/or-abort.js';
import type { WaitBudget } from '../../client/support/wait-budget.js';

interface Gate {
  readonly mutex: Mutex;
  users: number;
}

/**
 * Lets the calls of one owner through one at a time, so that two of them that arrive together make one node between
 * them and not two. Different owners never meet here: who of them comes first is for the server to say.
 */
export class LocalGates {
  readonly #gates = new Map<unknown, Gate>();

  /** Runs `work` when the owner's earlier calls are through. Spending the budget ends the wait. */
  async pass<T>(owner: unknown, budget: WaitBudget, work: () => Promise<T>): Promise<T> {
    const gate = this.#gates.get(owner) ?? { mutex: new Mutex(), users: 0 };
    this.#gates.set(owner, gate);
    gate.users += 1;
    try {
      const release = await enter(gate.mutex, budget);
      try {
        return await work();
      } finally {
        release();
      }
    } finally {
      gate.users -= 1;
      if (gate.users === 0) this.#gates.delete(owner);
    }
  }
}

async function enter(mutex: Mutex, budget: WaitBudget): Promise<() => void> {
  const entered = mutex.acquire();
  try {
    return await orAbort(entered, budget.signal);
  } catch (error) {
    // A place in a Mutex cannot be given up: it is passed on when its turn comes.
    void entered.then((release) => release());
    throw error;
  }
}
