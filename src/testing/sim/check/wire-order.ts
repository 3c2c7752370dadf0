import type { SimEvent, Violation, WireEvent } from '../history.js';

/** Answers come in the order of their requests, and no client is ever told of an older state than before. */
export class WireOrder {
  private readonly newest = new Map<number, WireEvent>();
  private readonly violate: (violation: Violation) => void;

  constructor(violate: (violation: Violation) => void) {
    this.violate = violate;
  }

  see(event: SimEvent): void {
    if (event.kind !== 'wire' || event.frame.type !== 'answer') return;
    const { frame, client, index } = event;
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
    }
  }
}
