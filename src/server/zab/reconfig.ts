import { ErrorCode } from '../../protocol/error-codes.js';
import type { ReconfigRequest } from '../../protocol/reconfig.js';
import { formatZxid } from '../../protocol/zxid.js';
import type { Zxid } from '../../protocol/zxid.js';
import { readConfigLines } from './quorum-config-text.js';
import type { QuorumMember } from './quorum-config.js';
import { QuorumConfig } from './quorum-config.js';
import type { QuorumVerifier } from './quorum-verifier.js';

/** What a change of the members is judged by. */
export interface ReconfigGround {
  readonly current: QuorumConfig;
  /** Newer than `current` while another change is under way. */
  readonly lastSeen: QuorumConfig;
  readonly rules: MemberRules;
  /** Whether enough of its participants follow this leader and have its history. */
  hasSyncedQuorum(verifier: QuorumVerifier): boolean;
}

/** What every server of the ensemble must find acceptable, when it starts with these members. */
export interface MemberRules {
  /** 1 where a single voter may be an ensemble. */
  readonly participantsMin: number;
  readonly sidMax: number;
  /** One server may have several. */
  readonly multiAddressEnabled: boolean;
}

/** Why the members stay as they are. */
export interface ReconfigRefusal {
  readonly err: number;
  readonly why: string;
}

/** Beyond these a name would not come back from a file as it was written. */
const HOST = /^[\w.:%-]+$/;
const WILDCARDS = new Set(['0.0.0.0', '::', '0:0:0:0:0:0:0:0']);
const ANY_VERSION = -1n;

/**
 * The members that a request asks for, versioned by the transaction that it becomes. The checks are those of quorum-protocol
 * 3.14, in its order; that it is enabled, and allowed to who asks, is for others to check.
 */
export function changedMembers(
  request: ReconfigRequest,
  version: Zxid,
  ground: ReconfigGround,
): QuorumConfig | ReconfigRefusal {
  const { current, lastSeen } = ground;
  if (lastSeen.version > current.version) {
    return refusal(ErrorCode.RECONFIGINPROGRESS, `version ${formatZxid(lastSeen.version)} is not in force yet`);
  }
  if (request.curConfigId !== ANY_VERSION && request.curConfigId !== BigInt(lastSeen.version)) {
    return refusal(ErrorCode.BADVERSION, `version ${formatZxid(lastSeen.version)} is in force`);
  }
  const asked = membersAsked(request, current);
  if (!(asked instanceof QuorumConfig)) return asked;
  const fault = faultOf(asked, ground.rules);
  if (fault !== null) return refusal(ErrorCode.BADARGUMENTS, fault);
  if (!ground.hasSyncedQuorum(withoutObservers(asked.verifier, current))) {
    return refusal(ErrorCode.NEWCONFIGNOQUORUM, 'too few of the new voters follow this leader and are in sync');
  }
  return asked.withVersion(version);
}

/**
 * An observer does not count among the new voters, whatever it was when it came to this leader: it will come back as an observer, and
 * be none of those whom the next leader can count. A change that needs it would leave nobody to lead.
 */
function withoutObservers(verifier: QuorumVerifier, current: QuorumConfig): QuorumVerifier {
  return { ...verifier, isParticipant: (sid) => verifier.isParticipant(sid) && !current.isObserver(sid) };
}

/** Whether a leader can go on: it votes, and is found where it was. */
export function keepsLeader(sid: number, before: QuorumConfig, after: QuorumConfig): boolean {
  return after.isParticipant(sid) && quorumAddresses(before, sid) === quorumAddresses(after, sid);
}

function quorumAddresses(config: QuorumConfig, sid: number): string {
  const addresses = config.members.get(sid)?.addresses ?? [];
  return addresses
    .map(({ host, quorumPort }) => `${host} ${quorumPort}`)
    .sort()
    .join();
}

function refusal(err: number, why: string): ReconfigRefusal {
  return { err, why };
}

function membersAsked(request: ReconfigRequest, current: QuorumConfig): QuorumConfig | ReconfigRefusal {
  const { newMembers, joiningServers, leavingServers } = request;
  try {
    if (newMembers !== null) return QuorumConfig.parse(asLines(newMembers));
    if (current.isHierarchical) throw new Error('with groups only the whole list can be replaced');
    const members = new Map(current.members);
    for (const id of listOf(leavingServers)) {
      if (!/^\d{1,9}$/.test(id)) return refusal(ErrorCode.MARSHALLINGERROR, `${id} is no server id`);
      members.delete(Number(id));
    }
    for (const member of joining(joiningServers)) members.set(member.sid, member);
    return QuorumConfig.of(members.values(), current.version);
  } catch (error) {
    return refusal(ErrorCode.BADARGUMENTS, error instanceof Error ? error.message : String(error));
  }
}

function joining(text: string | null): QuorumMember[] {
  const { members, groups, weights } = readConfigLines(asLines(text ?? ''));
  if (groups.size > 0 || weights.size > 0) throw new Error('groups and weights need the whole list to be replaced');
  for (const { sid, client, secureClient } of members.values()) {
    if (client === null && secureClient === null) throw new Error(`server.${sid}: it has no client port`);
  }
  return [...members.values()];
}

/** Some clients leave `server.` out. */
function asLines(text: string): string {
  return text.replaceAll(',', '\n').replaceAll(/^\s*(?=\d+\s*=)/gm, 'server.');
}

function listOf(text: string | null): string[] {
  return (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function faultOf(config: QuorumConfig, { participantsMin, sidMax, multiAddressEnabled }: MemberRules): string | null {
  const { length } = config.participants;
  if (length < participantsMin) return `${length} voters are left, and ${participantsMin} are the least`;
  const taken = new Map<string, number>();
  for (const { sid, addresses } of config.members.values()) {
    if (sid < 1 || sid > sidMax) return `server.${sid}: ids are from 1 to ${sidMax}`;
    if (addresses.length > 1 && !multiAddressEnabled) return `server.${sid}: only one address is possible`;
    for (const { host, quorumPort, electionPort } of addresses) {
      if (!HOST.test(host)) return `server.${sid}: ${host} is no name of a host`;
      if (WILDCARDS.has(host)) continue;
      for (const place of [`${host}:${quorumPort}`, `${host}:${electionPort}`]) {
        const other = taken.get(place);
        if (other !== undefined) return `server.${sid}: ${place} is server ${other}'s`;
        taken.set(place, sid);
      }
    }
  }
  return null;
}
