import type { Actor } from './scene.js';

/** Somebody who uses a client in its process. */
export interface User<Client extends Actor> {
  readonly client: Client;
  /** Locks that it holds now. */
  readonly heldCount: number;
  /** Nothing that it began is still going on. */
  readonly isIdle: boolean;
  start(): void;
  /** To begin nothing more, and to finish what is begun. */
  stop(): void;
  /** Its process is dead. */
  abandon(): void;
}
