import type { Actor } from './scene.js';

/** To write what others look at; or to look, never at what is old. */
export type HurriedTask = 'write' | 'look';

/** Somebody who uses a client in its process. */
export interface User<Client extends Actor> {
  readonly client: Client;
  /** Locks that it holds now. */
  readonly heldCount: number;
  /** Nothing that it began is still going on. */
  readonly isIdle: boolean;
  start(): void;
  /** It still does what {@link hurry} asked for. */
  readonly isHurried: boolean;
  /** To do only this for a while, and much of it: what is wrong for a moment only shows then, if ever. */
  hurry(task: HurriedTask): void;
  /** To begin nothing more, and to finish what is begun. */
  stop(): void;
  /** Its process is dead. */
  abandon(): void;
}
