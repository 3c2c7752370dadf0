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
  private readonly entries: Entry[];
  private readonly network: Network;
  private position = 0;

  constructor(servers: readonly ServerAddress[], network: Network, random: Random) {
    this.network = network;
    this.entries = servers.map((server) => ({ server, turn: Math.floor(random.float() * 0x10000) }));
    for (let i = this.entries.length - 1; i > 0; i--) {
      const j = Math.floor(random.float() * (i + 1));
      [this.entries[i], this.entries[j]] = [this.entries[j] as Entry, this.entries[i] as Entry];
    }
  }

  get size(): number {
    return this.entries.length;
  }

  /** Moves on to the next server; its address is asked for when `resolve` is called. */
  next(): { server: ServerAddress; resolve(): Promise<ResolvedServer> } {
    const entry = this.entries[this.position++ % this.entries.length] as Entry;
    return { server: entry.server, resolve: () => this.resolve(entry) };
  }

  /** Makes this server the next one. */
  prefer(server: ServerAddress): void {
    const at = this.entries.findIndex((entry) => entry.server === server);
    if (at >= 0) this.position = at;
  }

  private async resolve(entry: Entry): Promise<ResolvedServer> {
    const addresses = await this.network.resolve(entry.server.host);
    const address = addresses[entry.turn++ % addresses.length];
    if (address === undefined) throw new Error(`the name ${entry.server.host} has no address`);
    return { server: entry.server, address };
  }
}
