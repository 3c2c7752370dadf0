import type { GuardedEvent, HoldEvent, SimEvent, Violation } from '../history.js';

/** Of one lock: who holds it, as far as the holders know. */
interface LockState {
  /** By token. */
  readonly holders: Map<number, HoldEvent>;
  newest: HoldEvent | null;
  newestAccepted: GuardedEvent | null;
}

/**
 * A lock is never held twice: whoever held it before has been told, and has stopped, before the next one has it; tokens
 * grow; and what the lock protects takes no write with an old token once it has taken one with a newer.
 */
export class Locks {
  private readonly locks = new Map<string, LockState>();
  /** Stalls of each client that have not ended. A dead one stalls for ever. */
  private readonly stalls = new Map<number, number>();
  private readonly violate: (violation: Violation) => void;

  constructor(violate: (violation: Violation) => void) {
    this.violate = violate;
  }

  see(event: SimEvent): void {
    if (event.kind === 'stall') {
      this.stalls.set(event.client, this.stallsOf(event.client) + (event.state === 'begins' ? 1 : -1));
    }
    if (event.kind === 'death') this.stalls.set(event.client, Infinity);
    if (event.kind === 'hold') this.onHold(event);
    if (event.kind === 'guarded') this.onGuarded(event);
  }

  private onHold(event: HoldEvent): void {
    const lock = this.at(event.lock);
    const { newest, holders } = lock;
    if (event.state === 'lost' || event.state === 'released') {
      holders.delete(event.token);
      return;
    }
    if (event.state === 'used') {
      if (newest === null || event.token >= newest.token) return;
      this.report('lock-held-twice', `token ${event.token} still counted as held after token ${newest.token}`, [
        newest,
        event,
      ]);
      return;
    }
    for (const other of holders.values()) {
      // Who does not run cannot be told; what it finds when it runs again is a matter of `used`.
      if (this.stallsOf(other.client) > 0) continue;
      this.report('lock-held-twice', `token ${event.token} was given out while ${other.token} was held`, [
        other,
        event,
      ]);
    }
    if (newest !== null && event.token <= newest.token) {
      this.report('lock-tokens', `token ${event.token} was given out after ${newest.token}`, [newest, event]);
    }
    holders.set(event.token, event);
    lock.newest = event;
  }

  private onGuarded(event: GuardedEvent): void {
    if (!event.accepted) return;
    const lock = this.at(event.lock);
    const before = lock.newestAccepted;
    if (before !== null && event.token < before.token) {
      this.report('lock-fencing', `a write with token ${event.token} was taken after one with ${before.token}`, [
        before,
        event,
      ]);
      return;
    }
    lock.newestAccepted = event;
  }

  private stallsOf(client: number): number {
    return this.stalls.get(client) ?? 0;
  }

  private at(path: string): LockState {
    let lock = this.locks.get(path);
    if (lock === undefined) {
      lock = { holders: new Map(), newest: null, newestAccepted: null };
      this.locks.set(path, lock);
    }
    return lock;
  }

  private report(rule: string, what: string, events: readonly (HoldEvent | GuardedEvent)[]): void {
    const { lock } = events[0] as HoldEvent | GuardedEvent;
    const who = events.map(({ client }) => `client ${client}`).join(', ');
    this.violate({ rule, message: `${lock}: ${what} (${who})`, events: events.map(({ index }) => index) });
  }
}
