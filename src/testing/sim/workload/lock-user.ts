import { KeeperError } from '../../../client/errors.js';
import { InterProcessMutex } from '../../../recipes/locks/inter-process-mutex.js';
import type { Hold } from '../../../recipes/support/hold.js';
import { LockLostError } from '../../../recipes/support/lock-lost-error.js';
import type { HoldEvent } from '../history.js';
import type { SeededRandom } from '../seeded-random.js';
import type { Guarded } from './guarded.js';
import type { Actor, Scene } from './scene.js';
import type { User } from './user.js';

export interface LockUserOptions<Client extends Actor> {
  readonly world: Scene;
  readonly client: Client;
  readonly random: SeededRandom;
  /** What each lock protects, by the lock's path. */
  readonly locks: ReadonlyMap<string, Guarded>;
  /** Contenders of this user at once. */
  readonly contenders: number;
  readonly holdMaxMs: number;
  readonly violated: (rule: string, message: string) => void;
}

const WAIT_MAX_MS = 15_000;

/** Takes locks, writes to what they protect for as long as it is told that it holds them, and gives them back. */
export class LockUser<Client extends Actor> implements User<Client> {
  readonly client: Client;
  heldCount = 0;
  private readonly options: LockUserOptions<Client>;
  private readonly stopping = new AbortController();
  private active = 0;

  constructor(options: LockUserOptions<Client>) {
    this.options = options;
    this.client = options.client;
  }

  get isIdle(): boolean {
    return this.active === 0 && this.client.client.pendingCleanupCount === 0;
  }

  start(): void {
    const mutexes = [...this.options.locks].map(([path, guarded]) => ({
      mutex: new InterProcessMutex(this.client.client, path),
      guarded,
    }));
    for (let left = this.options.contenders; left > 0; left--) {
      this.active += 1;
      void this.contend(mutexes);
    }
  }

  readonly isHurried = false;

  hurry(): void {
    // Whoever waits for a lock cannot.
  }

  stop(): void {
    this.stopping.abort(new Error('the user stops'));
  }

  abandon(): void {
    // Whoever looks at the protected thing does not know either.
  }

  private async contend(mutexes: readonly { mutex: InterProcessMutex; guarded: Guarded }[]): Promise<void> {
    const { random, client } = this.options;
    while (!this.stopping.signal.aborted) {
      await client.sleep(random.skewed(1, 1000));
      const chosen = random.oneOf(mutexes);
      if (chosen === undefined) break;
      const hold = await this.acquire(chosen.mutex);
      if (hold === null) continue;
      this.follow(chosen.mutex.path, hold);
      await this.work(chosen, hold);
      await this.release(hold);
    }
    this.active -= 1;
  }

  private async acquire(mutex: InterProcessMutex): Promise<Hold | null> {
    const { random, world } = this.options;
    const timeoutMs = random.chance(0.3) ? random.between(10, WAIT_MAX_MS) : Infinity;
    try {
      if (random.chance(0.15)) return await mutex.tryAcquire({ signal: this.stopping.signal });
      return await mutex.acquire({ signal: this.stopping.signal, timeoutMs });
    } catch (error) {
      if (error === this.stopping.signal.reason) return null;
      if (!(error instanceof KeeperError)) this.options.violated('locks fail with a KeeperError', describe(error));
      else world.tally.count(`lock not acquired: ${error.code}`);
      return null;
    }
  }

  private follow(lock: string, hold: Hold): void {
    const { world } = this.options;
    world.tally.count('lock acquired');
    this.tell(lock, hold, 'acquired');
    this.heldCount += 1;
    const ended = (): void => {
      this.heldCount -= 1;
      const { reason } = hold.signal as { readonly reason: unknown };
      const state = reason instanceof LockLostError && reason.reason === 'released' ? 'released' : 'lost';
      if (reason instanceof LockLostError && state === 'lost') world.tally.count(`lock lost: ${reason.reason}`);
      this.tell(lock, hold, state);
    };
    if (hold.signal.aborted) ended();
    else hold.signal.addEventListener('abort', ended, { once: true });
  }

  /** Until it has had enough, or is told that it is not the holder any more. */
  private async work({ mutex, guarded }: { mutex: InterProcessMutex; guarded: Guarded }, hold: Hold): Promise<void> {
    const { random, client, holdMaxMs } = this.options;
    // Some hold it for longer than a session lasts: they must be told when theirs is over.
    const longMs = 2 * client.client.negotiatedTimeoutMs;
    const endMs = client.client.monotonicMs() + (random.chance(0.3) ? longMs : random.skewed(0, holdMaxMs));
    do {
      if (!hold.isHeld()) return;
      this.tell(mutex.path, hold, 'used');
      guarded.write(client.number, hold.token);
      await client.sleep(random.skewed(1, holdMaxMs / 2));
    } while (client.client.monotonicMs() < endMs && !this.stopping.signal.aborted);
  }

  private async release(hold: Hold): Promise<void> {
    try {
      await hold.release();
    } catch (error) {
      if (!(error instanceof KeeperError)) this.options.violated('locks fail with a KeeperError', describe(error));
    }
  }

  private tell(lock: string, hold: Hold, state: HoldEvent['state']): void {
    this.options.world.recorder.record({
      kind: 'hold',
      client: this.client.number,
      session: hold.sessionId,
      lock,
      node: hold.path,
      token: hold.token,
      state,
    });
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
