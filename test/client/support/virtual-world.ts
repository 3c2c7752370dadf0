import { Client } from '../../../src/client/index.js';
import type { ClientOptions } from '../../../src/client/index.js';
import type { Runtime } from '../../../src/runtime/index.js';
import { SeededRandom } from '../../../src/testing/sim/seeded-random.js';
import { VirtualTime } from '../../recipes/model/virtual-time.js';
import { ScriptedServer } from './scripted-server.js';
import type { ScriptedServerOptions } from './scripted-server.js';
import { VirtualNetwork } from './virtual-network.js';

export const SESSION_TIMEOUT_MS = 3000;

/** Time, chance and network of one test, and the servers and clients in it. */
export class VirtualWorld {
  readonly time = new VirtualTime();
  readonly runtime: Runtime;
  readonly network: VirtualNetwork;
  /** Lifecycle events of all clients, in order. */
  readonly log: string[] = [];
  readonly clients: Client[] = [];

  constructor(seed = 1) {
    const timers = {
      after: (ms: number, fn: () => void) => this.time.after(ms, fn),
      afterUnref: (ms: number, fn: () => void) => this.time.after(ms, fn),
      // In virtual time a turn has no length: its end is a timer that is due at once.
      atTurnEnd: (fn: () => void) => void this.time.after(0, fn),
    };
    this.network = new VirtualNetwork(timers);
    this.runtime = { clock: this.time, timers, random: new SeededRandom(seed), network: this.network };
  }

  server(options: Partial<ScriptedServerOptions> = {}): Promise<ScriptedServer> {
    return ScriptedServer.start({ network: this.network, ...options });
  }

  client(connectString: string, options: ClientOptions = {}): Client {
    const client = new Client(connectString, {
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      runtime: this.runtime,
      ...options,
    });
    this.clients.push(client);
    client.on('stateChanged', ({ to }) => this.log.push(to));
    return client;
  }

  /** A server, and a client connected to it. */
  async pair(options: ClientOptions = {}): Promise<{ server: ScriptedServer; client: Client }> {
    const server = await this.server();
    const client = this.client(server.connectString, options);
    await this.until(client.connected());
    return { server, client };
  }

  pass(ms: number): Promise<void> {
    return this.time.pass(ms);
  }

  until<T>(promise: Promise<T>, limitMs?: number): Promise<T> {
    return this.time.until(promise, limitMs);
  }

  /** How the promise rejects. */
  async failure(promise: Promise<unknown>, limitMs?: number): Promise<unknown> {
    return this.until(
      promise.then(
        (value) => {
          throw new Error(`resolved to ${String(value)}`);
        },
        (error: unknown) => error,
      ),
      limitMs,
    );
  }
}
