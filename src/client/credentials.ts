import type { KeeperError } from './errors.js';
import { AuthFailedError } from './errors.js';
import { Fifo } from '../runtime/fifo.js';

/** How a call of addAuth ends: null when the server took the credential. */
export type AuthWaiter = (error: KeeperError | null) => void;

interface Entry {
  readonly scheme: string;
  readonly auth: Buffer;
  /** Given by the options, or taken by a server before: losing it means to run with less than what was asked for. */
  isEssential: boolean;
  readonly waiters: Set<AuthWaiter>;
}

export interface AuthPacketSpec {
  readonly scheme: string;
  readonly auth: Buffer;
}

/**
 * The identities of this client, sent again at every connection in the order they were added. Their replies may overtake
 * those of other requests, but come in order among themselves (client-protocol 3.4).
 */
export class Credentials {
  private entries: Entry[] = [];
  private readonly unanswered = new Fifo<Entry>();

  /** One that every connection must have. */
  require(spec: AuthPacketSpec): void {
    this.entries.push({ ...spec, isEssential: true, waiters: new Set() });
  }

  /** Adds one; the same one twice is one. */
  add(spec: AuthPacketSpec, waiter: AuthWaiter): void {
    let entry = this.find(spec);
    if (entry === undefined) {
      entry = { ...spec, isEssential: false, waiters: new Set() };
      this.entries.push(entry);
    }
    entry.waiters.add(waiter);
  }

  /** The caller has given up. A credential that was never taken is not sent again. */
  giveUp(spec: AuthPacketSpec, waiter: AuthWaiter): void {
    const entry = this.find(spec);
    if (entry?.waiters.delete(waiter) !== true) return;
    if (!entry.isEssential && entry.waiters.size === 0) this.remove(entry);
  }

  /** What a fresh connection sends first. */
  all(): readonly AuthPacketSpec[] {
    return this.entries;
  }

  sent(spec: AuthPacketSpec): void {
    const entry = this.find(spec);
    if (entry !== undefined) this.unanswered.push(entry);
  }

  /** A reply came. Returns the error when the client cannot go on. */
  answered(rc: number): AuthFailedError | null {
    const entry = this.unanswered.shift();
    if (entry === undefined) return null;
    if (rc === 0) {
      entry.isEssential = true;
      this.notify(entry, null);
      return null;
    }
    const message = `the server refused a credential of scheme ${entry.scheme} with error ${rc}`;
    const error = new AuthFailedError({ message, rc });
    if (entry.isEssential) return error;
    this.remove(entry);
    this.notify(entry, error);
    return null;
  }

  /** The connection is gone; what was not answered is sent again on the next. */
  detached(): void {
    this.unanswered.drain();
  }

  /** No connection will come any more. */
  end(error: KeeperError): void {
    for (const entry of this.entries) this.notify(entry, error);
  }

  private notify(entry: Entry, error: KeeperError | null): void {
    const waiters = [...entry.waiters];
    entry.waiters.clear();
    for (const waiter of waiters) waiter(error);
  }

  private find({ scheme, auth }: AuthPacketSpec): Entry | undefined {
    return this.entries.find((entry) => entry.scheme === scheme && entry.auth.equals(auth));
  }

  private remove(entry: Entry): void {
    this.entries = this.entries.filter((each) => each !== entry);
  }
}
