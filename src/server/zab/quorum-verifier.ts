/** Which sets of servers are enough to decide something (quorum-protocol 1.5). */
export interface QuorumVerifier {
  /** Sids that are not participants are ignored. */
  containsQuorum(sids: ReadonlySet<number>): boolean;
  /** 0: may never be voted for. */
  weightOf(sid: number): number;
  /** Votes, and counts. */
  isParticipant(sid: number): boolean;
}

/** More than half of the participants, each of weight 1. */
export function majorityOf(participants: Iterable<number>): QuorumVerifier {
  const sids = new Set(participants);
  return {
    containsQuorum: (set) => countOf(set, sids) * 2 > sids.size,
    weightOf: () => 1,
    isParticipant: (sid) => sids.has(sid),
  };
}

export interface Hierarchy {
  readonly participants: Iterable<number>;
  /** Sids by number of the group: no server is in two. */
  readonly groups: ReadonlyMap<number, readonly number[]>;
  /** By sid; 1 for a server that is not named. */
  readonly weights: ReadonlyMap<number, number>;
}

/** More than half of the groups that weigh anything, and in each of those more than half of its weight. */
export function hierarchical({ participants, groups, weights }: Hierarchy): QuorumVerifier {
  const sids = new Set(participants);
  const grouped = new Set([...groups.values()].flat());
  const weightOf = (sid: number): number => (grouped.has(sid) ? (weights.get(sid) ?? 1) : 0);
  const weighing = [...groups.values()]
    .map((members) => ({ members, total: members.reduce((sum, sid) => sum + weightOf(sid), 0) }))
    .filter(({ total }) => total > 0);
  const containsQuorum = (set: ReadonlySet<number>): boolean => {
    let satisfied = 0;
    for (const { members, total } of weighing) {
      let weight = 0;
      for (const sid of members) if (set.has(sid) && sids.has(sid)) weight += weightOf(sid);
      if (weight * 2 > total) satisfied++;
    }
    return satisfied * 2 > weighing.length;
  };
  return { containsQuorum, weightOf, isParticipant: (sid) => sids.has(sid) };
}

function countOf(set: ReadonlySet<number>, among: ReadonlySet<number>): number {
  let count = 0;
  for (const sid of set) if (among.has(sid)) count++;
  return count;
}
