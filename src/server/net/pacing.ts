import type { ClientSocket } from './client-socket.js';

/** Reads of one connection that may wait behind a write: each can ask for a megabyte, and all are answered at once. */
const PARKED_READS_MAX = 100;

/**
 * Keeps a server's queue short: while it has more requests under way than it should, it stops reading from the
 * connections they come from (`globalOutstandingLimit`, client-protocol 1.1).
 */
export class Pacing {
  private readonly outstandingMax: number;
  private readonly outstanding: () => number;
  private readonly slowed = new Set<ClientSocket>();

  constructor(outstandingMax: number, outstanding: () => number) {
    this.outstandingMax = outstandingMax;
    this.outstanding = outstanding;
  }

  /** After each request of a connection. */
  slowDown(socket: ClientSocket): void {
    const { stats, parkedReads } = socket.link;
    const isBusy = this.outstanding() > this.outstandingMax && stats.outstanding > 0;
    if (!isBusy && parkedReads < PARKED_READS_MAX) return;
    this.slowed.add(socket);
    socket.setThrottled(true);
  }

  /** After requests were answered. */
  speedUp(): void {
    if (this.slowed.size === 0 || this.outstanding() > this.outstandingMax) return;
    const released = [...this.slowed];
    this.slowed.clear();
    // What a socket still holds of a pipeline may slow it down again at once.
    for (const socket of released) socket.setThrottled(false);
  }

  forget(socket: ClientSocket): void {
    this.slowed.delete(socket);
  }
}
