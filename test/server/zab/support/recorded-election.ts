import type { Notification } from '../../../../src/protocol/quorum/index.js';
import { NO_VOTE, PeerState } from '../../../../src/protocol/quorum/index.js';
import type { Electorate, OwnClaim } from '../../../../src/server/zab/election.js';
import { QuorumConfig } from '../../../../src/server/zab/quorum-config.js';
import { notificationOf } from '../../../vectors/support/quorum-json.js';
import type { QuorumRow } from '../../../vectors/support/quorum-rows.js';
import { readQuorumRows } from '../../../vectors/support/quorum-rows.js';

const WAITED_MS = 300;

/** Something that happened to one server while it was recorded. */
export type ElectionEvent =
  | { readonly kind: 'look'; readonly tMs: number; readonly round: number; readonly claim: OwnClaim }
  | { readonly kind: 'heard'; readonly tMs: number; readonly from: number; readonly ballot: Notification }
  | { readonly kind: 'said'; readonly tMs: number; readonly to: number; readonly ballot: Notification }
  /** It is seen to follow, or to be followed. */
  | { readonly kind: 'joined'; readonly tMs: number; readonly leader: number };

/** One server's part in a recording, from its first election there to its end or to that of the process. */
export interface RecordedPart {
  readonly sid: number;
  readonly electorate: Electorate;
  readonly events: readonly ElectionEvent[];
}

export function recordedParts(scenario: string): RecordedPart[] {
  const rows = readQuorumRows(scenario);
  const config = configOf(rows);
  if (config === null) return [];
  const electorate: Electorate = {
    voters: new Set(config.participants.map(({ sid }) => sid)),
    verifiers: [config.verifier],
  };
  return [...config.members.keys()].flatMap((sid) =>
    lives(eventsOf(sid, rows)).map((events) => ({ sid, electorate, events })),
  );
}

function configOf(rows: readonly QuorumRow[]): QuorumConfig | null {
  for (const { decoded } of rows) {
    const text = decoded['config'];
    if (typeof text === 'string') return QuorumConfig.parse(text);
  }
  return null;
}

function eventsOf(sid: number, rows: readonly QuorumRow[]): ElectionEvent[] {
  const events: ElectionEvent[] = [];
  for (const row of rows) {
    if (row.from !== sid && row.to !== sid) continue;
    if (row.decoded.kind === 'Notification') events.push(...spoken(sid, row));
    const name = row.decoded['name'];
    const isJoining = name === 'FOLLOWERINFO' || name === 'OBSERVERINFO';
    if (isJoining) events.push({ kind: 'joined', tMs: row.t, leader: row.to });
  }
  return events;
}

/** A server that says a new round with a vote for itself, or for nobody, has just begun to look. */
function spoken(sid: number, row: QuorumRow): ElectionEvent[] {
  const ballot = notificationOf(row.decoded);
  if (row.to === sid) return [{ kind: 'heard', tMs: row.t, from: row.from, ballot }];
  const said: ElectionEvent = { kind: 'said', tMs: row.t, to: row.to, ballot };
  const isOwn = ballot.state === PeerState.LOOKING && (ballot.leader === sid || ballot.leader === NO_VOTE);
  if (!isOwn) return [said];
  const { zxid, peerEpoch, round } = ballot;
  const role = ballot.leader === sid ? 'participant' : 'observer';
  return [{ kind: 'look', tMs: row.t, round, claim: { zxid, peerEpoch, role } }, said];
}

/**
 * A round that does not follow on the one before is that of a process started again. What such a one was told just before
 * its first word is known to have waited for it.
 */
function lives(events: readonly ElectionEvent[]): ElectionEvent[][] {
  const parts: ElectionEvent[][] = [];
  let last: Extract<ElectionEvent, { kind: 'look' }> | null = null;
  for (const [i, event] of events.entries()) {
    if (event.kind === 'look' && (last === null || event.round < last.round || isAnother(event.claim, last))) {
      const waiting = events.slice(0, i).filter(({ kind, tMs }) => kind === 'heard' && event.tMs - tMs < WAITED_MS);
      parts.push([event, ...waiting.map((heard) => ({ ...heard, tMs: event.tMs }))]);
    } else {
      parts.at(-1)?.push(event);
    }
    if (event.kind === 'look') last = event;
  }
  return parts;
}

function isAnother(claim: OwnClaim, last: { readonly round: number; readonly claim: OwnClaim }): boolean {
  return claim.zxid !== last.claim.zxid && claim.zxid !== NO_VOTE && last.round === 1;
}
