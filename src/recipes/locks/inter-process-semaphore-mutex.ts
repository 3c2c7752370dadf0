import type { WaitOptions } from '../../client/client-options.js';
import type { KeeperClient } from '../../client/keeper-client.js';
import type { Hold } from '../support/hold.js';
import type { HoldSet } from '../support/hold-set.js';
import { runHolding } from '../support/run-holding.js';
import type { LockOptions } from './contended-lock.js';
import { InterProcessSemaphoreV2 } from './inter-process-semaphore-v2.js';

/**
 * A lock made of a semaphore with one lease, as Curator has it for those whose locks are released by another thread. Every
 * lock of pinfold can be released from anywhere: use this one only on a path that Java programs use with it, because it
 * costs more than an InterProcessMutex.
 */
export class InterProcessSemaphoreMutex {
  readonly path: string;
  readonly #semaphore: InterProcessSemaphoreV2;

  /** `path` is the lock: made when needed, and removed by the server some time after its last use. */
  constructor(client: KeeperClient, path: string, options: LockOptions = {}) {
    this.path = path;
    this.#semaphore = new InterProcessSemaphoreV2(client, path, { ...options, permits: 1 });
  }

  /**
   * Waits for the lock. When it rejects, its nodes and its watch are gone: never race it against a timer of your own. A wait
   * outlives a broken connection and keeps its place; when the session is lost, it starts again, at the end of the line.
   */
  async acquire({ signal, timeoutMs }: WaitOptions = {}): Promise<Hold> {
    return only(await this.#semaphore.acquire({ signal, timeoutMs }));
  }

  /** The lock if nobody else holds it or waits for it, else null. Takes a place in the line to find out. */
  async tryAcquire({ signal, timeoutMs }: WaitOptions = {}): Promise<Hold | null> {
    const set = await this.#semaphore.tryAcquire({ signal, timeoutMs });
    return set === null ? null : only(set);
  }

  /** Runs `fn` while holding the lock. Resolves or rejects as `fn` does; the lock is released in any case. */
  async run<T>(fn: (hold: Hold) => T | Promise<T>, options: WaitOptions = {}): Promise<T> {
    return runHolding(await this.acquire(options), fn);
  }

  /** Full paths of the lease nodes: the holder's, and that of the first who waits. */
  participants(options: WaitOptions = {}): Promise<string[]> {
    return this.#semaphore.participants(options);
  }
}

function only({ holds: [hold] }: HoldSet): Hold {
  if (hold === undefined) throw new Error('a set of holds is empty');
  return hold;
}
