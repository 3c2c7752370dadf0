import type { SimEvent, Violation } from '../history.js';

/** A server that starts knows of everything that any client was ever told of. */
export class Recoveries {
  private newest: SimEvent | null = null;
  private newestZxid = 0;
  private readonly violate: (violation: Violation) => void;

  constructor(violate: (violation: Violation) => void) {
    this.violate = violate;
  }

  see(event: SimEvent): void {
    const zxid = zxidTold(event);
    if (zxid > this.newestZxid) {
      this.newestZxid = zxid;
      this.newest = event;
    }
    if (event.kind !== 'server' || event.lastZxid === null || event.lastZxid >= this.newestZxid) return;
    const message = `the server has recovered up to zxid ${event.lastZxid}; a client was told of ${this.newestZxid}`;
    this.violate({ rule: 'recovery', message, events: [this.newest?.index ?? event.index, event.index] });
  }
}

function zxidTold(event: SimEvent): number {
  if (event.kind === 'wire') return event.frame.type === 'answer' ? event.frame.zxid : 0;
  return event.kind === 'return' ? event.seenZxid : 0;
}
