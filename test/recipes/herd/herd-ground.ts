import { Client, NoNodeError } from '../../../src/client/index.js';
import { Ensemble } from '../../ensemble/support/ensemble.js';
import { until } from '../../interop/support/until.js';
import { CountingProxy } from './counting-proxy.js';
import type { HerdStage } from './herd-case.js';

/** What servers and clients have done since the beginning. */
export interface HerdFigures {
  /** Watch events that servers sent. */
  readonly events: number;
  /** Requests that clients sent. */
  readonly requests: number;
}

/** So long that nobody pings or keeps a lease alive while something is counted. */
export const SESSION_TIMEOUT_MS = 600_000;
const WATCH_COUNTERS = /^zk_sum_node_(?:created|deleted|children|changed)_watch_count\s+(\d+)$/gm;
/** Nothing is counted for so long: it is quiet. */
const QUIET_MS = 60;
const GATHERING_MAX_MS = 120_000;

/** Three servers of processes whose events are counted, and the requests that reach them. */
export class HerdGround {
  readonly connectString: string;
  readonly #ensemble: Ensemble;
  readonly #proxies: readonly CountingProxy[];
  readonly #onlooker: Client;

  /** Past the proxies: what is asked there does not count. */
  get onlookersConnectString(): string {
    return this.#ensemble.connectString;
  }

  private constructor(parts: { ensemble: Ensemble; proxies: readonly CountingProxy[]; onlooker: Client }) {
    this.#ensemble = parts.ensemble;
    this.#proxies = parts.proxies;
    this.#onlooker = parts.onlooker;
    this.connectString = parts.proxies.map(({ connectString }) => connectString).join();
  }

  static async lay(): Promise<HerdGround> {
    const config = { maxSessionTimeout: SESSION_TIMEOUT_MS, snapCount: 100_000, extendedTypesEnabled: true };
    const ensemble = await Ensemble.start({ voters: ['pinfold', 'pinfold', 'pinfold'], config });
    const proxies: CountingProxy[] = [];
    for (const { address } of ensemble.members) {
      proxies.push(await CountingProxy.start({ host: address.host, port: address.client }));
    }
    // Not through the proxies: what it asks does not count.
    const onlooker = await Client.connect(ensemble.connectString, { sessionTimeoutMs: SESSION_TIMEOUT_MS });
    return new HerdGround({ ensemble, proxies, onlooker });
  }

  /** A place for one case, and the clients who came to it. */
  stage(path: string): HerdStage & { readonly leave: () => Promise<void> } {
    const own: Client[] = [];
    return {
      path,
      clients: async (count) => {
        const came = Array.from({ length: count }, () => this.#newClient());
        own.push(...came);
        await Promise.all(came.map((client) => client.connected({ timeoutMs: GATHERING_MAX_MS })));
        return came;
      },
      children: (node, count) => this.children(node, count),
      leave: async () => {
        await Promise.all(own.map((client) => client.close()));
      },
    };
  }

  async children(path: string, count: number): Promise<void> {
    const what = `${path} has ${count} children`;
    await until(async () => (await this.#childrenOf(path)) === count || undefined, {
      what,
      timeoutMs: GATHERING_MAX_MS,
    });
  }

  /** Figures when they have not grown for a while, which is longer after something that many have to do. */
  async quiet(longerMs = 0): Promise<HerdFigures> {
    let before = await this.#figures();
    let sinceMs = performance.now();
    return until(
      async () => {
        const now = await this.#figures();
        if (now.events !== before.events || now.requests !== before.requests) sinceMs = performance.now();
        before = now;
        return performance.now() - sinceMs > QUIET_MS + longerMs ? now : undefined;
      },
      { what: 'it is quiet', timeoutMs: GATHERING_MAX_MS },
    );
  }

  async close(): Promise<void> {
    await this.#onlooker.close();
    await Promise.all(this.#proxies.map((proxy) => proxy.stop()));
    await this.#ensemble.discard();
  }

  async #figures(): Promise<HerdFigures> {
    const told = await Promise.all(this.#ensemble.members.map((member) => member.ask('mntr')));
    const counts = told.flatMap((text) => [...text.matchAll(WATCH_COUNTERS)].map(([, count]) => Number(count)));
    const events = counts.reduce((sum, count) => sum + count, 0);
    return { events, requests: this.#proxies.reduce((sum, { requests }) => sum + requests, 0) };
  }

  #newClient(): Client {
    return new Client(this.connectString, { sessionTimeoutMs: SESSION_TIMEOUT_MS, connectTimeoutMs: GATHERING_MAX_MS });
  }

  async #childrenOf(path: string): Promise<number> {
    try {
      return (await this.#onlooker.exists(path)).stat?.numChildren ?? 0;
    } catch (error) {
      if (error instanceof NoNodeError) return 0;
      throw error;
    }
  }
}
