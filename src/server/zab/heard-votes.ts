import type { Notification } from '../../protocol/quorum/notification.js';
import { PeerState } from '../../protocol/quorum/peer-state.js';
import { AckSets } from './ack-sets.js';
import type { QuorumVerifier } from './quorum-verifier.js';
import type { Vote } from './vote.js';

/** What one server says to another; who sends it adds its configuration. */
export type Ballot = Omit<Notification, 'formatVersion' | 'config'>;

/** As it was heard: the configuration itself is no matter of the vote, but old servers send none. */
export type HeardBallot = Ballot & Pick<Notification, 'config'>;

/** The last that each server has said. */
export class HeardVotes {
  private readonly bySid = new Map<number, HeardBallot>();

  set(sid: number, ballot: HeardBallot): void {
    this.bySid.set(sid, ballot);
  }

  delete(sid: number): void {
    this.bySid.delete(sid);
  }

  clear(): void {
    this.bySid.clear();
  }

  /** Whether this server votes for exactly this. */
  agrees(sid: number, vote: Vote): boolean {
    const heard = this.bySid.get(sid);
    return heard !== undefined && isSameVote(heard, vote);
  }

  /** Whether the leader of this very vote has said that it leads. */
  leads(vote: Vote): boolean {
    return this.agrees(vote.leader, vote) && this.bySid.get(vote.leader)?.state === PeerState.LEADING;
  }

  /** Whether enough servers want this leader, in whatever way. */
  support(leader: number, verifiers: readonly QuorumVerifier[]): boolean {
    return this.quorumOf(verifiers, (heard) => heard.leader === leader);
  }

  /** Whether enough servers vote for exactly this. */
  elect(vote: Vote, verifiers: readonly QuorumVerifier[]): boolean {
    return this.quorumOf(verifiers, (heard) => isSameVote(heard, vote));
  }

  /** Whether enough servers follow the leader of this ballot, and the leader itself is heard to lead. */
  confirm(
    ballot: HeardBallot,
    { verifiers, among }: { verifiers: readonly QuorumVerifier[]; among: Agreement },
  ): boolean {
    if (this.bySid.get(ballot.leader)?.state !== PeerState.LEADING) return false;
    return this.follow(ballot, { verifiers, among });
  }

  /** Whether enough servers follow the leader of this ballot. */
  follow(
    ballot: HeardBallot,
    { verifiers, among }: { verifiers: readonly QuorumVerifier[]; among: Agreement },
  ): boolean {
    return this.quorumOf(verifiers, (heard) =>
      heard.state === PeerState.LOOKING ? isSameVote(heard, ballot) : among(heard, ballot),
    );
  }

  private quorumOf(verifiers: readonly QuorumVerifier[], counts: (heard: HeardBallot) => boolean): boolean {
    const sets = new AckSets(verifiers);
    for (const [sid, heard] of this.bySid) if (counts(heard)) sets.add(sid);
    return sets.hasAllQuorums;
  }
}

/** When two servers that have a leader have the same one. */
export type Agreement = (a: HeardBallot, b: HeardBallot) => boolean;

/** For servers whose last election was this very one. */
export const sameLeader: Agreement = (a, b) => a.leader === b.leader;

/**
 * For any others: their zxids and rounds say nothing, they may have found the leader at different times (ZOOKEEPER-1805,
 * 1818). Old servers do not say the new epoch (1732).
 */
export const sameReign: Agreement = (a, b) => {
  const isOneOld = (a.config === null) !== (b.config === null);
  return a.leader === b.leader && (isOneOld || a.peerEpoch === b.peerEpoch);
};

export function isSameVote(a: Vote, b: Vote): boolean {
  return a.leader === b.leader && a.zxid === b.zxid && a.round === b.round && a.peerEpoch === b.peerEpoch;
}
