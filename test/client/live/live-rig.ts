import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { Client } from '../../../src/client/index.js';
import type { ClientOptions } from '../../../src/client/index.js';
import type { LiveServer } from '../../recipes/live/live-server.js';
import { FaultProxy } from '../../support/proxy.js';

/** Long enough that a busy machine does not lose it by accident. */
export const SESSION_MS = 10_000;
/** What a server with a tick of 500 ms grants at least. */
export const SHORT_SESSION_MS = 1_000;

/** One server for a group of tests; for each test, clients that are closed after it and a path of its own. */
export class LiveRig {
  server!: LiveServer;
  /** A node that exists and belongs to this test alone. */
  root = '';
  #tests = 0;
  readonly #clients: Client[] = [];
  readonly #proxies: FaultProxy[] = [];

  constructor(start: () => Promise<LiveServer>) {
    beforeAll(async () => {
      this.server = await start();
    });
    afterAll(() => this.server.close());
    beforeEach(async () => {
      this.root = `/test-${(this.#tests += 1)}-${process.pid}`;
      const client = await this.connect();
      await client.create(this.root);
    });
    afterEach(() => this.#leave());
  }

  connect(options: ClientOptions = {}, connectString = this.server.connectString): Promise<Client> {
    const client = Client.connect(connectString, { sessionTimeoutMs: SESSION_MS, ...options });
    return client.then((connected) => {
      this.#clients.push(connected);
      return connected;
    });
  }

  /** A client whose connection can be harmed. */
  async connectThroughProxy(options: ClientOptions = {}): Promise<{ client: Client; proxy: FaultProxy }> {
    const proxy = await FaultProxy.start(this.server.connectString);
    this.#proxies.push(proxy);
    return { client: await this.connect(options, proxy.connectString), proxy };
  }

  async #leave(): Promise<void> {
    for (const proxy of this.#proxies) proxy.heal();
    await Promise.all(this.#clients.splice(0).map((client) => client.close()));
    await Promise.all(this.#proxies.splice(0).map((proxy) => proxy.stop()));
  }
}

/** Resolves at the next event of this name. */
export function nextEvent(client: Client, name: 'reconnected' | 'suspended' | 'lost'): Promise<void> {
  return new Promise((resolve) => client.once(name, () => resolve()));
}
