import type { Client } from '../../../src/client/index.js';
import type { SeededRandom } from '../../../src/testing/sim/seeded-random.js';

/** A process of its own, with one client of production in it: it may be cut off, stand still, and (simulated only) be killed. */
export interface TrialClient {
  readonly name: string;
  readonly client: Client;
  /** Its process was killed: nothing of it ever runs again. */
  readonly isDead: boolean;
}

/** Where a trial is played: the simulator, or real servers. */
export interface TrialWorld {
  /** For the trial's own decisions. */
  readonly random: SeededRandom;
  /** Ms on the observer's clock. */
  readonly nowMs: number;
  /** Faults are over: workers finish what they do and return. */
  readonly isClosing: boolean;
  /** At most half of them are ever killed. Of each trial all paths lie below a node of its own, which its name tells. */
  client(options?: { readonly sessionTimeoutMs?: number }): TrialClient;
  /**
   * Runs in that process. A KeeperError with which it ends is counted, anything else is a violation; and so is a worker of a
   * living client that has not returned some time after closing.
   */
  worker(client: TrialClient, work: () => Promise<void>): void;
  /** Of that process's time: stands still with it. */
  sleep(ms: number, client: TrialClient): Promise<void>;
  /** Operations done, for the table; what begins with `error` is none. */
  count(what: string, times?: number): void;
  violated(message: string): void;
  /** Written down for the story of a violation. */
  note(message: string): void;
  /** It does not run at this moment, so it cannot have been told anything. */
  isStalled(client: TrialClient): boolean;
}

/** What proves a recipe: people who use it while everything breaks, and books in which they are held to what it promises. */
export interface Trial {
  /** The recipe's class. */
  readonly name: string;
  /** Makes clients and workers; returns at once. */
  play(world: TrialWorld): void | Promise<void>;
  /** After all workers have returned, and the sessions of the dead have ended: what is left on the server. */
  judge?(world: TrialWorld, fresh: Client): Promise<void>;
}
