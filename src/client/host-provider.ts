import type { Network } from '../runtime/network.js';
import type { Random } from '../runtime/random.js';
import type { ServerAddress } from './connect-string.js';

/** A server, with the address its name stands for at this moment. */
export interface ResolvedServer {
  readonly server: ServerAddress;
  readonly address: string;
}

interface Entry {
  readonly server: ServerAddress;
  /** Goes through the addresses of the name, one an attempt. */
  turn: number;
}

/**
 * Which server to try next: the list is shuffled once, so that clients spread over the servers, and gone through in
 * turn. Names are resolved at each attempt, because addresses move; a name with several addresses is tried at another
 * one each time.
 */
export class HostProvider {
  private entries: Entry[];
  private readonly network: Network;
  private readonly random: Random;
  private position = 0;

  constructor(servers: readonly ServerAddress[], network: Network, random: Random) {
    this.network = network;
    this.random = random;
    this.entries = this.shuffled(servers);
  }

  get size(): number {
    return this.entries.length;
  }

  /** Moves on to the next server; its address is asked for when `resolve` is called. */
  next(): { server: ServerAddress; resolve(): Promise<ResolvedServer> } {
    const entry = this.entries[this.position++ % this.entries.length] as Entry;
    return { server: entry.server, resolve: () => this.resolve(entry) };
  }

  /** Other servers from the next attempt on. */
  replace(servers: readonly ServerAddress[]): void {
    this.entries = this.shuffled(servers);
    this.position = 0;
  }

  /** Makes this server the next one. */
  prefer(server: ServerAddress): void {
    const at = this.entries.findIndex((entry) => entry.server === server);
    if (at >= 0) this.position = at;
  }

  private shuffled(servers: readonly ServerAddress[]): Entry[] {
    const { random } = this;
    const entries = servers.map((server) => ({ server, turn: Math.floor(random.float() * 0x10000) }));
    for (let i = entries.length - 1; i > 0; i--) {
      const j = Math.floor(random.float() * (i + 1));
      [entries[i], entries[j]] = [entries[j] as Entry, entries[i] as Entry];
    }
    return entries;
  }

  private async resolve(entry: Entry): Promise<ResolvedServer> {
    const addresses = await this.network.resolve(entry.server.host);
    const address = addresses[entry.turn++ % addresses.length];
    if (address === undefined) throw new Error(`the name ${entry.server.host} has no address`);
    return { server: entry.server, address };
  }
}
