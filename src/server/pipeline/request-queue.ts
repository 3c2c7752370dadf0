import type { ClientLink } from './client-link.js';

/** A request on its way: a write that waits for the disk, or a read that waits for a write of its own session. */
export interface PendingRequest {
  readonly link: ClientLink;
  readonly xid: number;
  readonly type: number;
  /** The decoded record; null once a write has become a transaction. */
  readonly body: unknown;
  /** The zxid whose commit answers it; 0 for a read. */
  readonly zxid: number;
  /** Monotonic ms. */
  readonly receivedAtMs: number;
  /** Refused before it was tried: the error to answer with when its turn comes. */
  readonly err: number;
}

/**
 * What one session has under way, in order of arrival (client-protocol 3.4). A moving head makes shifting cheap.
 */
export class RequestQueue {
  private items: (PendingRequest | undefined)[] = [];
  private head = 0;

  get length(): number {
    return this.items.length - this.head;
  }

  push(request: PendingRequest): void {
    this.items.push(request);
  }

  peek(): PendingRequest | undefined {
    return this.items[this.head];
  }

  shift(): PendingRequest | undefined {
    const item = this.items[this.head];
    if (item === undefined) return undefined;
    this.items[this.head++] = undefined;
    if (this.head === this.items.length) {
      this.items.length = 0;
      this.head = 0;
    } else if (this.head > 1024 && this.head * 2 > this.items.length) {
      this.items.splice(0, this.head);
      this.head = 0;
    }
    return item;
  }
}
