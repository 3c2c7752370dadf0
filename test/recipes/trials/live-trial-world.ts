import { Client, KeeperError } from '../../../src/client/index.js';
import type { SeededRandom } from '../../../src/testing/sim/seeded-random.js';
import { Tally } from '../../../src/testing/sim/tally.js';
import type { TrialStory } from './trial-story.js';
import type { TrialClient, TrialWorld } from './trial.js';

export interface LiveTrialWorldOptions {
  readonly random: SeededRandom;
  readonly nowMs: () => number;
  readonly connectString: string;
  readonly sessionTimeoutMs: number;
  readonly story: TrialStory;
}

/** A trial's world on real servers. All its clients live in this process, and each has a session of its own. */
export class LiveTrialWorld implements TrialWorld {
  readonly random: SeededRandom;
  readonly counted = new Tally();
  isClosing = false;
  readonly #options: LiveTrialWorldOptions;
  readonly #clients: TrialClient[] = [];
  /** That have not returned, by whom they belong to. */
  readonly #workers = new Map<TrialClient, number>();

  constructor(options: LiveTrialWorldOptions) {
    this.#options = options;
    this.random = options.random;
  }

  get nowMs(): number {
    return this.#options.nowMs();
  }

  /** That its clients have now. */
  get sessions(): bigint[] {
    return this.#clients.map(({ client }) => client.sessionId);
  }

  client({ sessionTimeoutMs = this.#options.sessionTimeoutMs } = {}): TrialClient {
    const { connectString } = this.#options;
    const client = new Client(connectString, { sessionTimeoutMs, backoff: { baseMs: 20, maxMs: 500 } });
    const made: TrialClient = { name: `client-${this.#clients.length + 1}`, client, isDead: false };
    client.on('stateChanged', ({ to }) => this.note(`${made.name} is ${to}`));
    this.#clients.push(made);
    return made;
  }

  worker(client: TrialClient, work: () => Promise<void>): void {
    this.#workers.set(client, (this.#workers.get(client) ?? 0) + 1);
    const ended = (): void => void this.#workers.set(client, (this.#workers.get(client) ?? 0) - 1);
    work()
      .catch((error: unknown) => this.#failed(client, error))
      .finally(ended);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  count(what: string, times = 1): void {
    this.counted.count(what, times);
  }

  violated(message: string): void {
    this.#options.story.violated('the recipe keeps its word', message);
  }

  note(message: string): void {
    this.#options.story.note(message);
  }

  /** Nobody of this process runs when this is asked but who asks. */
  isStalled(): boolean {
    return false;
  }

  /** Who has not come to an end. */
  busy(): string[] {
    const isBusy = (client: TrialClient): boolean =>
      (this.#workers.get(client) ?? 0) > 0 || client.client.pendingCleanupCount > 0;
    return this.#clients.filter(isBusy).map(({ name }) => name);
  }

  async close(): Promise<void> {
    this.isClosing = true;
    await Promise.all(this.#clients.map(({ client }) => client.close()));
  }

  #failed(client: TrialClient, error: unknown): void {
    if (error instanceof KeeperError) return this.count(`error ${error.code}`);
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#options.story.violated('workers fail with a KeeperError', `${client.name}: ${text}`);
  }
}
