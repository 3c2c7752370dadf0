import { NO_VOTE } from '../../protocol/quorum/peer-state.js';
import type { QuorumVerifier } from './quorum-verifier.js';

/** Whom a server wants to lead, and what speaks for it. */
export interface Vote {
  /** Sid; NO_VOTE of a server that may not vote. */
  readonly leader: number;
  /** The last transaction in its log. */
  readonly zxid: number;
  /** The epoch it is in. */
  readonly peerEpoch: number;
  /** The round of elections in which this was voted: `electionEpoch`. */
  readonly round: number;
}

/** Of a server that may not vote, or has not yet. */
export const BLANK_VOTE: Vote = Object.freeze({ leader: NO_VOTE, zxid: NO_VOTE, peerEpoch: NO_VOTE, round: 0 });

type Claim = Omit<Vote, 'round'>;

/** Whether `a` is the better vote: by epoch, then by zxid, then by sid. A server without weight is never one. */
export function beats(a: Claim, b: Claim, verifier: Pick<QuorumVerifier, 'weightOf'>): boolean {
  if (verifier.weightOf(a.leader) === 0) return false;
  if (a.peerEpoch !== b.peerEpoch) return a.peerEpoch > b.peerEpoch;
  if (a.zxid !== b.zxid) return a.zxid > b.zxid;
  return a.leader > b.leader;
}
