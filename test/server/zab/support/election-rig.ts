import type { Notification } from '../../../../src/protocol/quorum/index.js';
import { NOTIFICATION_VERSION, PeerState } from '../../../../src/protocol/quorum/index.js';
import type { ElectionOptions, Electorate, OwnClaim } from '../../../../src/server/zab/election.js';
import { Election } from '../../../../src/server/zab/election.js';
import type { Ballot } from '../../../../src/server/zab/heard-votes.js';
import type { QuorumVerifier } from '../../../../src/server/zab/quorum-verifier.js';
import { majorityOf } from '../../../../src/server/zab/quorum-verifier.js';
import type { Vote } from '../../../../src/server/zab/vote.js';

/** Where every server of most tests stands: epoch 1, some transactions. */
export const ZXID = 0x1_0000_0005;
export const EPOCH = 1;

export function electorateOf(...sids: number[]): Electorate {
  return jointly(majorityOf(sids), sids);
}

export function jointly(verifier: QuorumVerifier, sids: Iterable<number>): Electorate {
  return { voters: new Set(sids), verifiers: [verifier] };
}

export function claimOf(claim: Partial<OwnClaim> = {}): OwnClaim {
  return { zxid: ZXID, peerEpoch: EPOCH, role: 'participant', ...claim };
}

export interface RigOptions {
  readonly sid: number;
  readonly electorate?: Electorate;
  readonly intervalMs?: ElectionOptions['intervalMs'];
}

/** One election whose others are the test: it says what they say, and sees what they are told. */
export class ElectionRig {
  readonly election: Election;
  readonly gone = new Set<number>();
  readonly outcomes: Vote[] = [];
  readonly told: { sid: number; ballot: Ballot }[] = [];
  redials = 0;
  abandoned = 0;
  outvoted = 0;
  isReached = true;
  nowMs = 1000;

  constructor({ sid, electorate = electorateOf(1, 2, 3), intervalMs }: RigOptions) {
    this.election = new Election({
      sid,
      electorate,
      ...(intervalMs && { intervalMs }),
      effects: {
        tell: (to) => this.told.push({ sid: to, ballot: this.election.ballot }),
        hasReachedAnybody: () => this.isReached,
        redial: () => (this.redials += 1),
        isGone: (other) => this.gone.has(other),
        elected: (vote) => this.outcomes.push(vote),
        abandoned: () => (this.abandoned += 1),
        outvoted: () => (this.outvoted += 1),
      },
    });
  }

  get elected(): number | null {
    return this.outcomes.at(-1)?.leader ?? null;
  }

  look(claim: Partial<OwnClaim> = {}): this {
    this.election.look(claimOf(claim), this.nowMs);
    return this;
  }

  /** What others say; a vote for themselves in round 1 unless told otherwise. */
  hear(from: number, ballot: Partial<Notification> = {}): this {
    this.election.step(from, ballotOf(from, ballot), this.nowMs);
    return this;
  }

  /** Lets time pass, with every tick that is wanted. */
  pass(ms: number): this {
    const untilMs = this.nowMs + ms;
    while (this.election.nextTickMs <= untilMs) {
      this.nowMs = this.election.nextTickMs;
      this.election.tick(this.nowMs);
    }
    this.nowMs = untilMs;
    return this;
  }

  /** What was said to this server since the last question. */
  saidTo(sid: number): Ballot[] {
    const said = this.told.filter((each) => each.sid === sid).map(({ ballot }) => ballot);
    this.told.splice(0, this.told.length, ...this.told.filter((each) => each.sid !== sid));
    return said;
  }

  /** The same for all, as pairs of who was told and whom to vote for. */
  said(): [number, number][] {
    return this.told.splice(0).map(({ sid, ballot }): [number, number] => [sid, ballot.leader]);
  }
}

export function ballotOf(from: number, ballot: Partial<Notification> = {}): Notification {
  return {
    state: PeerState.LOOKING,
    leader: from,
    zxid: ZXID,
    round: 1,
    peerEpoch: EPOCH,
    formatVersion: NOTIFICATION_VERSION,
    config: '',
    ...ballot,
  };
}

export function following(leader: number, ballot: Partial<Notification> = {}): Partial<Notification> {
  return { state: PeerState.FOLLOWING, leader, ...ballot };
}

export function leading(ballot: Partial<Notification> = {}): Partial<Notification> {
  return { state: PeerState.LEADING, ...ballot };
}
