import type { QuorumPeer } from '../quorum/quorum-peer.js';
import type { EnsembleInfo, LeadingInfo } from '../words/server-info.js';
import type { QuorumConfig } from '../zab/quorum-config.js';

export interface EnsembleInfoParts {
  readonly peer: QuorumPeer | null;
  readonly membership: QuorumConfig;
  readonly leadingSinceMs: number;
}

/** What the four-letter words tell of a member's ensemble. */
export function ensembleInfo({ peer, membership, leadingSinceMs }: EnsembleInfoParts): EnsembleInfo {
  return { membership, leaderSid: peer?.leaderSid ?? null, leading: leadingInfo(peer, membership, leadingSinceMs) };
}

function leadingInfo(peer: QuorumPeer | null, membership: QuorumConfig, sinceMs: number): LeadingInfo | null {
  const driver = peer?.leading ?? null;
  if (driver === null) return null;
  const { leader, proposalSizes } = driver;
  let syncedFollowers = 0;
  let syncedNonVotingFollowers = 0;
  let syncedObservers = 0;
  for (const learner of leader.learners) {
    if (!learner.isSynchronised) continue;
    if (learner.isObserver) syncedObservers++;
    else if (membership.isParticipant(learner.sid)) syncedFollowers++;
    else syncedNonVotingFollowers++;
  }
  return {
    sinceMs,
    learners: leader.learners.size,
    syncedFollowers,
    syncedNonVotingFollowers,
    syncedObservers,
    pendingSyncs: leader.pendingSyncs,
    proposalSizes,
  };
}
