import type { ServerInfo } from './server-info.js';

export type MonitorLine = readonly [name: string, value: number | string];

const PEER_STATES = { leader: 'leading', follower: 'following', observer: 'observing' } as const;

/** What `mntr` tells first of a member of an ensemble, in the order it is told. */
export function ensembleHead({ mode, ensemble }: ServerInfo): MonitorLine[] {
  if (mode === 'standalone' || mode === 'read-only') return [];
  // Before it broadcasts, a server answers no mntr.
  const lines: MonitorLine[] = [['peer_state', `${PEER_STATES[mode]} - broadcast`]];
  if (mode === 'observer') lines.push(['observer_master_id', ensemble?.leaderSid ?? -1]);
  return lines;
}

/** Gauges that only members of an ensemble have, most of them only the leader: alerts rely on their absence elsewhere. */
export function ensembleGauges({ mode, ensemble, clock }: ServerInfo): MonitorLine[] {
  if (ensemble === null || mode === 'read-only') return [];
  const size: MonitorLine = ['quorum_size', ensemble.membership.participants.length];
  const { leading } = ensemble;
  if (leading === null) return [size];
  return [
    size,
    ['leader_uptime', Math.round(clock.monotonicMs() - leading.sinceMs)],
    ['learners', leading.learners],
    // As it was called up to 3.5, and scripts still ask for it.
    ['followers', leading.learners],
    ['synced_followers', leading.syncedFollowers],
    ['synced_non_voting_followers', leading.syncedNonVotingFollowers],
    ['synced_observers', leading.syncedObservers],
    ['pending_syncs', leading.pendingSyncs],
    ['last_proposal_size', leading.proposalSizes.last],
    ['min_proposal_size', leading.proposalSizes.min],
    ['max_proposal_size', leading.proposalSizes.max],
  ];
}
