import { describe, expect, it } from 'vitest';
import { PeerState } from '../../../src/protocol/quorum/index.js';
import type { Ballot } from '../../../src/server/zab/heard-votes.js';
import { quorumFiles } from '../../vectors/support/quorum-rows.js';
import { ElectionRig } from './support/election-rig.js';
import type { RecordedPart } from './support/recorded-election.js';
import { recordedParts } from './support/recorded-election.js';

/** Recordings from which nothing can be learned by listening to the election port alone. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'follower-diff': 'a leader that was elected before the recording says its old vote to a follower that comes back',
  'join-under-load': 'the same',
  'observer-master': 'the observer connects to a follower',
  reconfig: 'the members change, and a leader is named without an election',
};

interface Replay {
  /** Ballots of the recorded server while it was looking that ours did not cast. */
  readonly missed: string[];
  /** Whom the recorded server was seen to follow, or to be followed by, and whom ours had elected by then. */
  readonly joined: { readonly recorded: number; readonly ours: number | null }[];
}

/** Lets an election of ours hear what a recorded server heard, when it did. */
function replay({ sid, electorate, events }: RecordedPart): Replay {
  const rig = new ElectionRig({ sid, electorate });
  const cast = new Set<string>();
  const found: Replay = { missed: [], joined: [] };
  const startMs = (events[0]?.tMs ?? 0) - rig.nowMs;
  for (const event of events) {
    rig.pass(event.tMs - startMs - rig.nowMs);
    if (event.kind === 'look') while (rig.election.round < event.round) rig.look(event.claim);
    if (event.kind === 'heard') rig.hear(event.from, event.ballot);
    for (const { ballot } of rig.told) cast.add(textOf(ballot));
    if (event.kind === 'said' && event.ballot.state === PeerState.LOOKING && !cast.has(textOf(event.ballot))) {
      found.missed.push(`${event.tMs} ms: ${textOf(event.ballot)}`);
    }
    // The recorded server may have begun to wait for silence a little earlier than the relay saw its last message.
    if (event.kind === 'joined' && rig.elected !== event.leader) rig.pass(200);
    if (event.kind === 'joined') found.joined.push({ recorded: event.leader, ours: rig.elected });
  }
  return found;
}

function textOf({ leader, zxid, round, peerEpoch }: Ballot): string {
  return `server ${leader}, zxid 0x${zxid.toString(16)}, epoch ${peerEpoch}, in round ${round}`;
}

const scenarios = quorumFiles().filter((name) => !(name in LEFT_OUT) && recordedParts(name).length > 0);

describe('an election that was recorded', () => {
  it.each(scenarios)('casts the same votes and has the same outcome for every server: %s', (scenario) => {
    for (const part of recordedParts(scenario)) {
      const { missed, joined } = replay(part);
      expect({ sid: part.sid, missed }).toEqual({ sid: part.sid, missed: [] });
      for (const { recorded, ours } of joined)
        expect({ sid: part.sid, leader: ours }).toEqual({ sid: part.sid, leader: recorded });
    }
  });

  it('was seen often enough, of all roles', () => {
    const joined = scenarios.flatMap((scenario) => recordedParts(scenario).flatMap((part) => replay(part).joined));
    expect(joined.length).toBeGreaterThan(50);
    expect(scenarios).toEqual(
      expect.arrayContaining([
        'cold-start',
        'leader-kill',
        'late-joiner',
        'hierarchical',
        'observer',
        'mixed-leader-master',
      ]),
    );
  });
});
