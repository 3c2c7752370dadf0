import { Client } from '../../../src/client/index.js';
import { FaultProxy } from '../../support/proxy.js';
import type { LiveServer } from './live-server.js';

/** Long enough that no stall of a busy machine ends a session by accident. */
const LONG_SESSION_MS = 8000;
/** Short, for tests that wait for the end of a session. */
export const SHORT_SESSION_MS = 1500;

/** The clients and proxies of one test, all gone after it. */
export class Company {
  readonly #server: LiveServer;
  readonly #clients: Client[] = [];
  readonly #proxies: FaultProxy[] = [];

  constructor(server: LiveServer) {
    this.#server = server;
  }

  /** A connected client of its own, as another process would have. */
  async client(options: { through?: FaultProxy; sessionTimeoutMs?: number } = {}): Promise<Client> {
    const { through, sessionTimeoutMs = LONG_SESSION_MS } = options;
    const client = new Client((through ?? this.#server).connectString, { sessionTimeoutMs });
    this.#clients.push(client);
    await client.connected({ timeoutMs: 30_000 });
    return client;
  }

  clients(count: number): Promise<Client[]> {
    return Promise.all(Array.from({ length: count }, () => this.client()));
  }

  async proxy(): Promise<FaultProxy> {
    const proxy = await FaultProxy.start(this.#server.connectString);
    this.#proxies.push(proxy);
    return proxy;
  }

  async leave(): Promise<void> {
    for (const proxy of this.#proxies) proxy.heal();
    await Promise.all(this.#clients.splice(0).map((client) => client.close()));
    await Promise.all(this.#proxies.splice(0).map((proxy) => proxy.stop()));
  }
}
