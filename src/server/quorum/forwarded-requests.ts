import { MarshallingError } from '../../protocol/errors.js';
import type { PacketView } from '../../protocol/quorum/packet-view.js';
import type { Timers } from '../../runtime/index.js';
import type { LearnerPeer } from '../zab/learner-peer.js';
import type { LeaderReplica } from './leader-replica.js';
import { isSync, RequestBacklog } from './request-backlog.js';

export interface ForwardedRequestsParts {
  readonly replica: Pick<LeaderReplica, 'forwarded'>;
  readonly timers: Pick<Timers, 'atTurnEnd'>;
  /** A learner's client has asked for a sync; then {@link ForwardedRequests.syncAnswered}. */
  sync(peer: LearnerPeer): void;
  /** What was kept back is on its way. */
  handedOn(): void;
  /** What was kept back is no request. */
  refused(peer: LearnerPeer, reason: string): void;
}

/** The REQUESTs of learners, on their way to the server behind their leader. */
export class ForwardedRequests {
  private readonly parts: ForwardedRequestsParts;
  private readonly backlogs = new Map<LearnerPeer, RequestBacklog>();

  constructor(parts: ForwardedRequestsParts) {
    this.parts = parts;
  }

  connected(peer: LearnerPeer): void {
    this.backlogs.set(peer, new RequestBacklog());
  }

  lost(peer: LearnerPeer): void {
    this.backlogs.delete(peer);
  }

  /** Throws MarshallingError when it is no request. */
  came(peer: LearnerPeer, packet: PacketView): void {
    if (this.backlogs.get(peer)?.admits(packet) === true) this.handOn(peer, packet);
  }

  /** What came behind the sync goes on when the turn ends: whoever calls is in the middle of something. */
  syncAnswered(peer: LearnerPeer): void {
    if (this.backlogs.get(peer)?.syncAnswered() === true) this.parts.timers.atTurnEnd(() => this.catchUp(peer));
  }

  private handOn(peer: LearnerPeer, packet: PacketView): void {
    const wantsSync = isSync(packet);
    this.parts.replica.forwarded(peer.sid, packet);
    if (wantsSync) this.parts.sync(peer);
  }

  private catchUp(peer: LearnerPeer): void {
    const backlog = this.backlogs.get(peer);
    if (backlog === undefined) return;
    try {
      for (let packet = backlog.next(); packet !== undefined; packet = backlog.next()) this.handOn(peer, packet);
    } catch (error) {
      if (!(error instanceof MarshallingError)) throw error;
      this.parts.refused(peer, error.message);
    }
    this.parts.handedOn();
  }
}
