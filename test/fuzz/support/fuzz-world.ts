import type { Peer } from './memory-stream.js';

/** Where a fuzzed server lives: in memory and virtual time, or behind real sockets. */
export interface FuzzWorld {
  /** Longest frame the server takes. */
  readonly frameBytesMax: number;
  /** The session timeout that the witness asks for, ms. */
  readonly sessionTimeoutMs: number;
  connect(): Peer;
  /** Resolves when `reached` holds. Rejects when it takes longer than a server may. */
  until(what: string | (() => string), reached: () => boolean): Promise<void>;
  /** Lets time pass, where it can be moved. True when it did. */
  wait(ms: number): Promise<boolean>;
}

export function textOf(what: string | (() => string)): string {
  return typeof what === 'string' ? what : what();
}
