import { KeeperError, TransactionError } from '../../../src/client/index.js';
import type { Hold } from '../../../src/recipes/index.js';
import type { TrialClient, TrialWorld } from './trial.js';

interface Write {
  readonly client: string;
  readonly token: number;
  readonly zxid: number;
}

/** A node that holders write to, with the guard of their hold in the same transaction: no old holder comes after a new one. */
export class FencedNode {
  readonly #world: TrialWorld;
  readonly #path: string;
  readonly #writes: Write[] = [];

  constructor(world: TrialWorld, path: string) {
    this.#world = world;
    this.#path = path;
  }

  async write(client: TrialClient, hold: Pick<Hold, 'token' | 'transaction'>): Promise<void> {
    const { token } = hold;
    try {
      const [, set] = await hold.transaction().setData(this.#path, String(token)).commit();
      if (set?.type !== 'setData') return;
      this.#writes.push({ client: client.name, token, zxid: set.stat.mzxid });
      this.#world.count('guarded write');
    } catch (error) {
      if (!(error instanceof KeeperError)) throw error;
      this.#world.count(error.code === 'LOCK_LOST' ? 'guarded write not sent' : 'guarded write refused');
      const isMissing = error instanceof TransactionError && error.index === 1 && error.code === 'NO_NODE';
      // Somebody else may be making it, too.
      if (isMissing) await client.client.create(this.#path).catch((reason: unknown) => this.#refused(reason));
    }
  }

  /** When all is over: in the order in which the servers took them, tokens never shrink. */
  judge(): void {
    const inOrder = [...this.#writes].sort((a, b) => a.zxid - b.zxid);
    inOrder.forEach(({ client, token }, at) => {
      const before = inOrder[at - 1];
      if (before === undefined || before.token <= token) return;
      this.#world.violated(`a write of ${client} with token ${token} was taken after one with ${before.token}`);
    });
  }

  #refused(error: unknown): void {
    if (!(error instanceof KeeperError)) throw error;
    this.#world.count(`error ${error.code}`);
  }
}
