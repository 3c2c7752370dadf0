/** Who is in an ensemble and what counts as a quorum: worked out anew here, since the servers' own arithmetic is judged. */
export interface Electorate {
  /** Servers that vote, by their ids. */
  readonly participants: readonly number[];
  /** Hierarchical quorums: groups of servers, and weights that are not 1. */
  readonly groups: readonly (readonly number[])[];
  readonly weights: ReadonlyMap<number, number>;
}

/** More than half of the participants; with groups, of more than half of the groups more than half of the weight. */
export function isQuorum({ participants, groups, weights }: Electorate, has: (sid: number) => boolean): boolean {
  if (groups.length === 0) return 2 * participants.filter(has).length > participants.length;
  const weightOf = (sids: readonly number[]): number => sids.reduce((sum, sid) => sum + (weights.get(sid) ?? 1), 0);
  const counting = groups.filter((group) => weightOf(group) > 0);
  const won = counting.filter((group) => 2 * weightOf(group.filter(has)) > weightOf(group));
  return 2 * won.length > counting.length;
}

/** Of members as text, as transactions and `/zookeeper/config` have them: every voter's line says so. */
export function votersIn(text: string): number[] {
  const lines = text.matchAll(/^server\.(\d+)=[^;\n]*:participant\b/gm);
  return [...lines].map(([, sid]) => Number(sid)).sort((a, b) => a - b);
}

/** Who votes, from which transaction on. */
export interface Membership {
  readonly version: number;
  readonly electorate: Electorate;
}

export function membershipIn(text: string): Membership {
  const [, version = '0'] = /^version=(.*)$/m.exec(text) ?? [];
  return {
    version: Number.parseInt(version, 16),
    electorate: { participants: votersIn(text), groups: [], weights: new Map() },
  };
}
