import { ModelClient } from './model-client.js';
import { ModelServer } from './model-server.js';
import { SeededRandom } from '../../../src/testing/sim/seeded-random.js';
import { VirtualTime } from './virtual-time.js';

export const TIMEOUT_MS = 6000;

/** A server and its clients in one virtual time. */
export class World {
  readonly time = new VirtualTime();
  readonly random: SeededRandom;
  readonly server: ModelServer;
  readonly clients: ModelClient[] = [];

  constructor(seed = 1) {
    this.random = new SeededRandom(seed);
    this.server = new ModelServer(this.time);
  }

  client(timeoutMs = TIMEOUT_MS): ModelClient {
    const client = new ModelClient({ server: this.server, time: this.time, random: this.random, timeoutMs });
    client.connect();
    this.clients.push(client);
    return client;
  }

  /** Resolves when the promise does, in virtual time. */
  until<T>(promise: Promise<T>): Promise<T> {
    return this.time.until(promise);
  }
}
