import type { Client } from '../../../client/client.js';
import type { Recorder } from '../recorder.js';
import type { SeededRandom } from '../seeded-random.js';
import type { Tally } from '../tally.js';

/** Where users live: a simulated world, or the real one with servers that are processes. */
export interface Scene {
  readonly recorder: Recorder;
  readonly tally: Tally;
  readonly random: SeededRandom;
  /** Stands for everything outside: it never stalls and never dies. */
  readonly outside: { input(ms: number, fn: () => void): void };
}

/** A user's process, in which one production client runs. */
export interface Actor {
  readonly number: number;
  readonly name: string;
  readonly client: Client;
  /** Resolves after so long on this process's own clock. */
  sleep(ms: number): Promise<void>;
}
