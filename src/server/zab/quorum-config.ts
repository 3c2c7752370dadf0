import { formatZxid } from '../../protocol/zxid.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { ConfigLines, QuorumMember } from './quorum-config-text.js';
import { formatMember, readConfigLines } from './quorum-config-text.js';
import type { QuorumVerifier } from './quorum-verifier.js';
import { hierarchical, majorityOf } from './quorum-verifier.js';

export type { QuorumMember } from './quorum-config-text.js';

/** The members of an ensemble, and which of them are enough to decide: immutable, versioned by the zxid that set it. */
export class QuorumConfig {
  readonly version: Zxid;
  readonly members: ReadonlyMap<number, QuorumMember>;
  /** Sids by number of the group; empty where a plain majority decides. */
  readonly groups: ReadonlyMap<number, readonly number[]>;
  /** By sid, as far as they were given: 1 for the others. */
  readonly weights: ReadonlyMap<number, number>;
  readonly verifier: QuorumVerifier;

  private constructor({ version, members, groups, weights }: ConfigLines) {
    const participants = [...members.values()].filter(({ role }) => role === 'participant').map(({ sid }) => sid);
    this.version = version;
    this.members = members;
    this.groups = groups;
    this.weights = weights;
    const isFlat = groups.size === 0 && weights.size === 0;
    this.verifier = isFlat ? majorityOf(participants) : hierarchical({ participants, groups, weights });
  }

  /**
   * Reads the text that goes with notifications, NEWLEADER and reconfigurations, and stands in dynamic files
   * (quorum-protocol 1.6). Without a `version` line it is 0. Throws an Error that names the line and what is wrong.
   */
  static parse(text: string): QuorumConfig {
    return QuorumConfig.checked(readConfigLines(text));
  }

  /** Of plain majority. Throws like {@link parse}. */
  static of(members: Iterable<QuorumMember>, version: Zxid): QuorumConfig {
    const byId = new Map([...members].map((member) => [member.sid, member]));
    return QuorumConfig.checked({ version, members: byId, groups: new Map(), weights: new Map() });
  }

  /** The inverse of {@link parse}: no line break at the end. */
  format(): string {
    return [...this.lines(), `version=${formatZxid(this.version)}`].join('\n');
  }

  /** Of a dynamic file, whose name says the version: sorted by key. */
  formatFile(): string {
    return this.lines().sort().join('\n');
  }

  /** A copy that differs in the version alone. */
  withVersion(version: Zxid): QuorumConfig {
    return new QuorumConfig({
      version,
      members: new Map(this.members),
      groups: new Map(this.groups),
      weights: new Map(this.weights),
    });
  }

  /** Whether it says the same but for its version. */
  sameSubstance(other: QuorumConfig): boolean {
    return this === other || this.formatFile() === other.formatFile();
  }

  /** Whether reconfigurations cannot be incremental. */
  get isHierarchical(): boolean {
    return this.groups.size > 0;
  }

  get participants(): QuorumMember[] {
    return [...this.members.values()].filter(({ role }) => role === 'participant');
  }

  /** Votes, and counts. False for a server that is no member. */
  isParticipant(sid: number): boolean {
    return this.members.get(sid)?.role === 'participant';
  }

  /** Follows the leader without a vote. False for a server that is no member. */
  isObserver(sid: number): boolean {
    return this.members.get(sid)?.role === 'observer';
  }

  private static checked(lines: ConfigLines): QuorumConfig {
    const fault = faultOf(lines);
    if (fault !== null) throw new Error(fault);
    const config = new QuorumConfig(lines);
    const all = new Set(config.participants.map(({ sid }) => sid));
    if (config.verifier.containsQuorum(all)) return config;
    throw new Error('even all participants together are no quorum: too many have weight 0');
  }

  private lines(): string[] {
    const lines = sorted(this.members).map(([sid, member]) => `server.${sid}=${formatMember(member)}`);
    if (this.groups.size === 0) return lines;
    for (const [group, sids] of sorted(this.groups)) lines.push(`group.${group}=${sids.join(':')}`);
    const grouped = [...this.groups.values()].flat().sort((a, b) => a - b);
    for (const sid of grouped) lines.push(`weight.${sid}=${this.weights.get(sid) ?? 1}`);
    return lines;
  }
}

function sorted<T>(byNumber: ReadonlyMap<number, T>): [number, T][] {
  return [...byNumber].sort(([a], [b]) => a - b);
}

/** What makes a configuration unusable; null when nothing does. */
function faultOf({ members, groups, weights }: ConfigLines): string | null {
  const participants = [...members.values()].filter(({ role }) => role === 'participant');
  if (participants.length === 0) return 'there is no server.N line of a participant: nobody could decide anything';
  if (groups.size === 0 && weights.size === 0) return null;
  const grouped = new Map<number, number>();
  for (const [group, sids] of groups) {
    for (const sid of sids) {
      if (!members.has(sid)) return `group.${group}: there is no server.${sid}`;
      if (grouped.has(sid)) return `group.${group}: server ${sid} is in group.${grouped.get(sid)}, too`;
      grouped.set(sid, group);
    }
  }
  for (const sid of weights.keys()) if (!members.has(sid)) return `weight.${sid}: there is no server.${sid}`;
  for (const { sid } of participants) if (!grouped.has(sid)) return `server.${sid}: it is in no group`;
  return null;
}
