import type { SimEvent, Violation, WireEvent } from '../history.js';

/**
 * Answers come in the order of their requests, and no client is ever told of an older state than before. What a ping is answered
 * with counts on its own connection only: clients do not take it for what they have seen (client-protocol 3.3).
 */
export class WireOrder {
  private readonly newest = new Map<number, WireEvent>();
  /** But for pings. */
  private readonly newestSeen = new Map<number, WireEvent>();
  private readonly violate: (violation: Violation) => void;

  constructor(violate: (violation: Violation) => void) {
    this.violate = violate;
  }

  see(event: SimEvent): void {
    if (event.kind !== 'wire') return;
    const { frame, client, index } = event;
    if (frame.type === 'connected') this.connected(client);
    if (frame.type !== 'answer') return;
    const title = `client ${client}'s ${frame.op} ${frame.path ?? ''} (xid ${frame.xid})`;
    if (!frame.inOrder) {
      this.violate({ rule: 'wire-order', message: `${title} was answered out of turn`, events: [index] });
    }
    // Credentials, and requests that no server knows, are answered without a zxid.
    if (frame.zxid <= 0) return;
    const before = this.newest.get(client);
    if (before?.frame.type === 'answer' && before.frame.zxid > frame.zxid) {
      const message = `${title} was answered with zxid ${frame.zxid}, after ${before.frame.zxid}`;
      this.violate({ rule: 'wire-order', message, events: [before.index, index] });
    } else {
      this.newest.set(client, event);
      if (frame.op !== 'ping') this.newestSeen.set(client, event);
    }
  }

  private connected(client: number): void {
    const seen = this.newestSeen.get(client);
    if (seen === undefined) this.newest.delete(client);
    else this.newest.set(client, seen);
  }
}
