import type { Clock } from '../../runtime/index.js';
import { Fifo } from '../../runtime/fifo.js';
import type { LearnerPeer } from '../zab/learner-peer.js';

/** When a leader has sent the PINGs that are not answered yet, to each learner: it answers them in order. */
export class PingTimes {
  private readonly clock: Clock;
  private readonly sentAtMs = new Map<LearnerPeer, Fifo<number>>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  sent(peer: LearnerPeer): void {
    const nowMs = this.clock.monotonicMs();
    const sent = this.sentAtMs.get(peer);
    if (sent !== undefined) return sent.push(nowMs);
    const first = new Fifo<number>();
    first.push(nowMs);
    this.sentAtMs.set(peer, first);
  }

  /** When the PING was sent that is answered now, monotonic ms; undefined when none was. */
  answered(peer: LearnerPeer): number | undefined {
    return this.sentAtMs.get(peer)?.shift();
  }

  /** False when it was never sent one. */
  lost(peer: LearnerPeer): boolean {
    return this.sentAtMs.delete(peer);
  }
}
