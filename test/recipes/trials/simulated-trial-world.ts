import { KeeperError } from '../../../src/client/index.js';
import type { Plan } from '../../../src/testing/sim/plan.js';
import type { SeededRandom } from '../../../src/testing/sim/seeded-random.js';
import { SimClient } from '../../../src/testing/sim/sim-client.js';
import { Tally } from '../../../src/testing/sim/tally.js';
import type { User } from '../../../src/testing/sim/workload/user.js';
import type { World } from '../../../src/testing/sim/world.js';
import { heldBy } from './exclusive-book.js';
import type { TrialClient, TrialWorld } from './trial.js';

export interface SimulatedTrialWorldOptions {
  readonly world: World;
  readonly random: SeededRandom;
  readonly plan: Pick<Plan, 'clockDrift' | 'sessionTimeoutMs'>;
  readonly connectString: string;
  readonly joined: (user: User<SimClient>) => void;
  readonly violated: (rule: string, message: string) => void;
  readonly note: (message: string) => void;
}

/** A trial's world, in the simulator. */
export class SimulatedTrialWorld implements TrialWorld {
  readonly random: SeededRandom;
  readonly counted = new Tally();
  isClosing = false;
  /** Of the session that lasts longest, ms. */
  sessionTimeoutMaxMs = 0;
  readonly #options: SimulatedTrialWorldOptions;
  readonly #users = new Map<TrialClient, TrialUser>();

  constructor(options: SimulatedTrialWorldOptions) {
    this.#options = options;
    this.random = options.random;
  }

  get nowMs(): number {
    return this.#options.world.clock.nowMs;
  }

  get clientCount(): number {
    return this.#users.size;
  }

  /** Who has not come to an end. */
  busy(): string[] {
    return [...this.#users.values()].filter(({ isIdle }) => !isIdle).map(({ client }) => client.name);
  }

  client({ sessionTimeoutMs = this.#options.plan.sessionTimeoutMs } = {}): TrialClient {
    const { joined } = this.#options;
    this.sessionTimeoutMaxMs = Math.max(this.sessionTimeoutMaxMs, sessionTimeoutMs);
    const user = new TrialUser(this.newSimClient(sessionTimeoutMs));
    this.#users.set(user.trialClient, user);
    joined(user);
    return user.trialClient;
  }

  /** One whom no trouble meets. */
  newSimClient(sessionTimeoutMs = this.#options.plan.sessionTimeoutMs): SimClient {
    const { world, plan, connectString } = this.#options;
    const number = world.recorder.nextNumber();
    const clockRate = plan.clockDrift.client(number);
    const backoff = { baseMs: 20, maxMs: 500 };
    return new SimClient(world, number, { connectString, clockRate, sessionTimeoutMs, backoff });
  }

  worker(client: TrialClient, work: () => Promise<void>): void {
    const user = this.#userOf(client);
    user.workers += 1;
    const ended = (): void => void (user.workers -= 1);
    user.client.host.process.after(0, () => {
      work()
        .catch((error: unknown) => this.#failed(user, error))
        .finally(ended);
    });
  }

  sleep(ms: number, client: TrialClient): Promise<void> {
    return this.#userOf(client).client.sleep(ms);
  }

  count(what: string, times = 1): void {
    this.counted.count(what, times);
  }

  violated(message: string): void {
    this.#options.violated('the recipe keeps its word', message);
  }

  note(message: string): void {
    this.#options.note(message);
  }

  isStalled(client: TrialClient): boolean {
    const { process } = this.#userOf(client).client.host;
    // At the moment when it wakes it has not done anything yet.
    return !process.isAlive || process.stalledUntilMs >= this.nowMs;
  }

  #failed(user: TrialUser, error: unknown): void {
    if (error instanceof KeeperError) return this.count(`error ${error.code}`);
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#options.violated('workers fail with a KeeperError', `${user.client.name}: ${text}`);
  }

  #userOf(client: TrialClient): TrialUser {
    const user = this.#users.get(client);
    if (user === undefined) throw new RangeError(`${client.name} is not of this world`);
    return user;
  }
}

/** What trouble sees of a trial's client. */
class TrialUser implements User<SimClient> {
  readonly client: SimClient;
  readonly trialClient: TrialClient;
  readonly isHurried = false;
  /** That have not returned. */
  workers = 0;

  constructor(client: SimClient) {
    this.client = client;
    this.trialClient = {
      name: client.name,
      client: client.client,
      get isDead() {
        return !client.isAlive;
      },
    };
  }

  get heldCount(): number {
    return heldBy(this.trialClient);
  }

  get isIdle(): boolean {
    return !this.client.isAlive || (this.workers === 0 && this.client.client.pendingCleanupCount === 0);
  }

  start(): void {
    // Its trial does that.
  }

  hurry(): void {
    // Whoever waits for others cannot.
  }

  stop(): void {
    // Its trial sees that the world is closing.
  }

  abandon(): void {
    // Whoever looks at what it left does not know either.
  }
}
