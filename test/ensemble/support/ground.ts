import type { SpawnOptions } from '../../support/tracked-process.js';

/** A server by its number, or everybody who is none. */
export type Place = number;
export const CLIENTS: Place = 0;

export interface ServerPorts {
  readonly client: number;
  readonly quorum: number;
  readonly election: number;
}

export interface Address extends ServerPorts {
  readonly host: string;
}

/** Where the servers of an ensemble run and how they reach each other: what can be cut without their help. */
export interface Ground {
  readonly kind: 'loopback' | 'proxies' | 'namespaces';
  /** Where `from` finds a server. A server finds itself where it listens. */
  address(server: Place, from: Place): Address;
  /** The same command, run where this server lives. */
  placed(server: Place, command: SpawnOptions): SpawnOptions;
  /** From now on nothing of what `from` sends reaches `to`, and nobody is told. */
  silence(from: Place, to: Place): Promise<void>;
  /** Ends every silence. */
  heal(): Promise<void>;
  /** Breaks all connections between two places, both sides being told; null where that cannot be done from outside. */
  readonly reset: ((a: Place, b: Place) => void) | null;
  close(): Promise<void>;
}
