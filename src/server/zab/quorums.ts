import type { Zxid } from '../../protocol/zxid.js';
import { AckSets } from './ack-sets.js';
import type { QuorumVerifier } from './quorum-verifier.js';

/** The configuration that is current, and one that has been proposed: from its transaction on, both have to agree (3.14). */
export class Quorums {
  private inForce: QuorumVerifier;
  private next: { readonly verifier: QuorumVerifier; readonly from: Zxid } | null;

  constructor(current: QuorumVerifier, lastSeen: QuorumVerifier | null) {
    this.inForce = current;
    this.next = lastSeen === null ? null : { verifier: lastSeen, from: 0 as Zxid };
  }

  get current(): QuorumVerifier {
    return this.inForce;
  }

  /** From this transaction on, this one has to agree, too. */
  propose(verifier: QuorumVerifier, from: Zxid): void {
    this.next = { verifier, from };
  }

  /** Both have agreed to the one that was proposed: it alone decides from here on. */
  activate(): void {
    if (this.next !== null) this.inForce = this.next.verifier;
    this.next = null;
  }

  /** For something that every configuration has to agree to. */
  ackSets(): AckSets {
    return new AckSets(this.next === null ? [this.inForce] : [this.inForce, this.next.verifier]);
  }

  /** The last transaction that enough servers have; `acked`: what each of them has. */
  bound(acked: ReadonlyMap<number, Zxid>): Zxid {
    const bound = boundOf(this.inForce, acked);
    if (this.next === null || bound < this.next.from) return bound;
    const both = boundOf(this.next.verifier, acked);
    return both >= bound ? bound : (Math.max(both, this.next.from - 1) as Zxid);
  }
}

/** The highest transaction such that those who have it are a quorum: acknowledgements come in the order of the log. */
function boundOf(verifier: QuorumVerifier, acked: ReadonlyMap<number, Zxid>): Zxid {
  let bound = 0 as Zxid;
  for (const value of acked.values()) {
    if (value <= bound) continue;
    who.clear();
    for (const [sid, zxid] of acked) if (zxid >= value && verifier.isParticipant(sid)) who.add(sid);
    if (verifier.containsQuorum(who)) bound = value;
  }
  return bound;
}

/** For each question anew: it is asked for every acknowledgement. */
const who = new Set<number>();
