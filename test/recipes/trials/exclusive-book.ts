import type { Hold } from '../../../src/recipes/index.js';
import { LockLostError } from '../../../src/recipes/index.js';
import type { TrialClient, TrialWorld } from './trial.js';

const held = new WeakMap<TrialClient, number>();

/** How many things a client holds now, by all books: trouble likes to meet holders. */
export function heldBy(client: TrialClient): number {
  return held.get(client) ?? 0;
}

/** For books: the client holds so many more things, or fewer. */
export function noteHeld(client: TrialClient, more: number): void {
  held.set(client, heldBy(client) + more);
}

/** What a book needs of a hold; terms of leadership have it as well. */
export type HeldThing = Pick<Hold, 'token' | 'signal'>;

/**
 * Who holds something that only one may hold at a time: whoever held it before has been told, and has stopped, before the
 * next one has it; and tokens grow.
 */
export class ExclusiveBook {
  readonly #world: TrialWorld;
  readonly #name: string;
  /** By token. */
  readonly #holders = new Map<number, TrialClient>();
  #newestToken = -Infinity;

  /** `name` says in reports what is held. */
  constructor(world: TrialWorld, name: string) {
    this.#world = world;
    this.#name = name;
  }

  /** Books a hold from its granting to its end. */
  follow(client: TrialClient, hold: HeldThing): void {
    this.granted(client, hold.token);
    const ended = (): void => {
      const { reason } = hold.signal as { readonly reason: unknown };
      if (reason instanceof LockLostError && reason.reason === 'released') this.released(client, hold.token);
      else this.lost(client, hold.token);
    };
    if (hold.signal.aborted) ended();
    else hold.signal.addEventListener('abort', ended, { once: true });
  }

  granted(client: TrialClient, token: number): void {
    const world = this.#world;
    for (const [other, holder] of this.#holders) {
      // Who does not run cannot be told; what it finds when it runs again is a matter of `used`.
      if (world.isStalled(holder)) continue;
      this.#report(`token ${token} was given to ${client.name} while ${holder.name} held it with ${other}`);
    }
    if (token <= this.#newestToken) this.#report(`token ${token} was given out after ${this.#newestToken}`);
    this.#holders.set(token, client);
    this.#newestToken = Math.max(this.#newestToken, token);
    noteHeld(client, 1);
    world.count('granted');
    this.#note(client, token, 'granted');
  }

  /** It has just been told, without any wait in between, that it holds it. */
  used(client: TrialClient, token: number): void {
    this.#note(client, token, 'used');
    if (token >= this.#newestToken) return;
    this.#report(`${client.name} counted itself as the holder with token ${token} after ${this.#newestToken}`);
  }

  lost(client: TrialClient, token: number): void {
    if (this.#end(client, token)) this.#world.count('lost');
    this.#note(client, token, 'lost');
  }

  released(client: TrialClient, token: number): void {
    this.#end(client, token);
    this.#note(client, token, 'released');
  }

  #end(client: TrialClient, token: number): boolean {
    if (!this.#holders.delete(token)) return false;
    noteHeld(client, -1);
    return true;
  }

  #note(client: TrialClient, token: number, what: string): void {
    this.#world.note(`${this.#name}: ${client.name} ${what}, token ${token}`);
  }

  #report(message: string): void {
    this.#world.violated(`${this.#name}: ${message}`);
  }
}
