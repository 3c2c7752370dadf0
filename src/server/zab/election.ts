import { NO_VOTE, PeerState } from '../../protocol/quorum/peer-state.js';
import type { Ballot, HeardBallot } from './heard-votes.js';
import { HeardVotes, isSameVote, sameLeader, sameReign } from './heard-votes.js';
import type { QuorumVerifier } from './quorum-verifier.js';
import { Searchers } from './searchers.js';
import type { Vote } from './vote.js';
import { beats, BLANK_VOTE } from './vote.js';

/** The members as an election sees them: of the configuration in force and, while it is newer, of the proposed one. */
export interface Electorate {
  /** Participants of either. */
  readonly voters: ReadonlySet<number>;
  /** The one in force first. */
  readonly verifiers: readonly [QuorumVerifier, ...QuorumVerifier[]];
}

/** What an election wants done. */
export interface ElectionEffects {
  /** Sends {@link Election.ballot} as it is when it leaves: of two that wait the older one is of no use to anybody. */
  tell(sid: number): void;
  /** Whether what some voter was to be told is on its way. */
  hasReachedAnybody(): boolean;
  /** Nobody could be reached: tries to connect again. */
  redial(): void;
  /** Known to be unable to speak: its connection has closed, and it has refused another one since. */
  isGone(sid: number): boolean;
  /** The election is over. The state of who is elected, or follows, has been entered. */
  elected(vote: Vote): void;
  /** Before it could be made good, those who were to take part have turned to another election: it came to nothing. */
  abandoned(): void;
  /**
   * Before it could be made good, so many voters have looked on for another leader, for long enough to have found this one,
   * that they are a quorum with this server: without it neither they nor that leader get any further. Told again and again.
   */
  outvoted(): void;
}

/** What a server goes into an election with. */
export interface OwnClaim {
  /** Of the last transaction in the log, committed or not (ZOOKEEPER-2845). */
  readonly zxid: number;
  readonly peerEpoch: number;
  /** In the configuration in force; an outsider is not in it. */
  readonly role: 'participant' | 'observer' | 'outsider';
}

export interface ElectionOptions {
  readonly sid: number;
  readonly electorate: Electorate;
  readonly effects: ElectionEffects;
  /** First and longest wait until a vote that did not help is sent again. */
  readonly intervalMs?: { readonly min: number; readonly max: number };
}

/** A quorum that agrees waits so long for a better vote. */
const FINAL_SILENCE_MS = 200;
const INTERVAL_DEFAULT_MS = { min: 200, max: 60_000 };
/** The zxid of a server that does not know its log. */
const UNKNOWN_ZXID = -1;
/** A vote that came so long before this server's own election began is one of that election. */
const EARLY_MS = 200;

/**
 * Fast leader election (quorum-protocol 2.3 to 2.6), and the answers to those who are still looking when it is over.
 * Any number of elections, one after the other; rounds are counted through.
 */
export class Election {
  electorate: Electorate;
  private readonly sid: number;
  private readonly effects: ElectionEffects;
  private readonly intervalMs: { readonly min: number; readonly max: number };

  private ownState: PeerState = PeerState.LOOKING;
  private claim: OwnClaim = { zxid: UNKNOWN_ZXID, peerEpoch: 0, role: 'outsider' };
  private logicalRound = 0;
  /** The vote of this election; its round is `logicalRound`. */
  private proposal: Vote = BLANK_VOTE;
  /** The outcome of the last one. */
  private outcome: Vote = BLANK_VOTE;
  /** It has not been made good yet: leader and quorum are about to meet. */
  private isProvisional = false;

  /** What was said in this round. */
  private readonly received = new HeardVotes();
  /** What those said who have a leader, of whatever round. */
  private readonly outOfElection = new HeardVotes();
  /** Who may not vote and has asked in this election. */
  private readonly askers = new Set<number>();
  /** Votes of those who began to look before this server did: both have lost the same leader. */
  private readonly early = new Map<number, { readonly ballot: HeardBallot; readonly atMs: number }>();

  /** Who has looked for a leader since this server has stopped to. */
  private readonly searchers = new Searchers();

  private waitMs = 0;
  private wakeMs = Infinity;
  /** A quorum agrees: only silence is waited for. */
  private isFinal = false;

  constructor(options: ElectionOptions) {
    this.sid = options.sid;
    this.electorate = options.electorate;
    this.effects = options.effects;
    this.intervalMs = options.intervalMs ?? INTERVAL_DEFAULT_MS;
  }

  get state(): PeerState {
    return this.ownState;
  }

  get round(): number {
    return this.logicalRound;
  }

  /** What this server votes for, or has elected. */
  get currentVote(): Vote {
    return this.ownState === PeerState.LOOKING ? this.proposal : this.outcome;
  }

  /** When to call {@link tick} at the latest; Infinity: not at all. */
  get nextTickMs(): number {
    return this.ownState === PeerState.LOOKING ? this.wakeMs : Infinity;
  }

  /** What this server says. */
  get ballot(): Ballot {
    return { state: this.ownState, ...this.currentVote };
  }

  /** Begins an election. */
  look(claim: OwnClaim, nowMs: number): void {
    this.ownState = PeerState.LOOKING;
    this.claim = claim;
    this.isProvisional = false;
    this.logicalRound += 1;
    this.proposal = this.initialVote();
    this.received.clear();
    this.outOfElection.clear();
    this.askers.clear();
    this.waitMs = this.intervalMs.min;
    this.campaign();
    this.conclude(nowMs);
    this.hearEarlyVotes(nowMs);
  }

  /** Takes over a role. Others learn of it, and of {@link currentVote}, when they ask. */
  enter(state: Exclude<PeerState, typeof PeerState.LOOKING>): void {
    this.ownState = state;
  }

  /**
   * The leader's new epoch, once it stands. Without it those who come later would see members of one ensemble disagree
   * for ever (ZOOKEEPER-1732).
   */
  agreedEpoch(epoch: number): void {
    this.isProvisional = false;
    this.outcome = { ...this.outcome, peerEpoch: epoch };
  }

  /** A leader was named without an election. */
  setVote(vote: Vote): void {
    this.outcome = vote;
  }

  /** Takes what another server says. */
  step(from: number, ballot: HeardBallot, nowMs: number): void {
    if (!this.electorate.voters.has(from)) return this.answerOutsider(from, ballot);
    if (this.ownState === PeerState.LOOKING) return this.hear(from, ballot, nowMs);
    if (ballot.state === PeerState.LOOKING) {
      this.effects.tell(from);
      this.early.set(from, { ballot, atMs: nowMs });
    }
    if (this.isProvisional) this.doubt(from, ballot, nowMs);
  }

  tick(nowMs: number): void {
    if (nowMs < this.nextTickMs) return;
    if (this.isFinal) return this.endUnlessGone(nowMs);
    if (this.effects.hasReachedAnybody()) this.campaign();
    else this.effects.redial();
    this.waitMs = Math.min(this.waitMs * 2, this.intervalMs.max);
    this.conclude(nowMs);
  }

  /** Somebody has turned out to be gone: it need not be waited for. */
  someoneGone(): void {
    if (this.ownState === PeerState.LOOKING && this.isFinal && this.isDecided()) this.end(this.proposal);
  }

  private initialVote(): Vote {
    const { zxid, peerEpoch, role } = this.claim;
    if (role === 'observer') return { ...BLANK_VOTE, round: this.logicalRound };
    const leader = role === 'participant' ? this.sid : NO_VOTE;
    return { leader, zxid, peerEpoch, round: this.logicalRound };
  }

  /** Tells the own vote to all, oneself included. */
  private campaign(): void {
    const { voters } = this.electorate;
    const { ballot } = this;
    if (voters.has(this.sid) && voters.has(ballot.leader)) this.received.set(this.sid, { ...ballot, config: '' });
    this.tellVoters();
  }

  private tellVoters(): void {
    for (const sid of this.electorate.voters) if (sid !== this.sid) this.effects.tell(sid);
  }

  /** An observer, or a server that nobody knows: its own vote is of no interest. */
  private answerOutsider(from: number, ballot: HeardBallot): void {
    if (ballot.state !== PeerState.LOOKING) return;
    if (this.ownState === PeerState.LOOKING) this.askers.add(from);
    this.effects.tell(from);
  }

  private hearEarlyVotes(nowMs: number): void {
    const early = [...this.early];
    this.early.clear();
    for (const [from, { ballot, atMs }] of early) {
      const isOfThisElection = nowMs - atMs <= EARLY_MS && ballot.round >= this.round;
      if (isOfThisElection && this.ownState === PeerState.LOOKING) this.hear(from, ballot, nowMs);
    }
  }

  private hear(from: number, ballot: HeardBallot, nowMs: number): void {
    if (ballot.state === PeerState.LOOKING && this.isBehind(ballot)) this.effects.tell(from);
    if (!this.electorate.voters.has(ballot.leader)) return;
    if (ballot.state === PeerState.LOOKING) this.voted(from, ballot, nowMs);
    else if (ballot.state !== PeerState.OBSERVING) this.hasLeader(from, ballot, nowMs);
  }

  /**
   * Whoever says this has not heard what this server votes for. In an earlier round it must be told; with a worse vote
   * it has probably missed it, and would go on for 200 ms without being told again.
   */
  private isBehind(ballot: HeardBallot): boolean {
    return ballot.round < this.round || (ballot.round === this.round && this.beats(this.proposal, ballot));
  }

  /** The outcome has not been made good, and this may be why it never will. */
  private doubt(from: number, ballot: HeardBallot, nowMs: number): void {
    if (this.isDesertedBy(from, ballot)) {
      this.isProvisional = false;
      this.effects.abandoned();
    } else if (this.outcome.leader !== this.sid && this.isSearchedInVain(from, ballot, nowMs)) {
      this.effects.outvoted();
    }
  }

  /**
   * A better vote may have come to others after it was over here, or they were started again and know nothing of it: their rounds
   * begin anew then. Who leads nobody would wait for them in vain.
   */
  private isDesertedBy(from: number, ballot: HeardBallot): boolean {
    const { leader, round } = this.outcome;
    if (leader !== this.sid) {
      return from === leader && ballot.round >= round && (ballot.leader !== leader || ballot.round > round);
    }
    this.received.set(from, ballot);
    return !this.received.support(leader, this.electorate.verifiers);
  }

  /** The leader may have fallen silent just when it was elected: who has voted for it would wait, and who asks them, too. */
  private isSearchedInVain(from: number, ballot: HeardBallot, nowMs: number): boolean {
    if (ballot.state !== PeerState.LOOKING || isSameVote(ballot, this.outcome)) {
      this.searchers.found(from);
      return false;
    }
    this.searchers.searches(from, nowMs);
    return this.searchers.areQuorumWith(this.sid, { verifiers: this.electorate.verifiers, nowMs });
  }

  private voted(from: number, ballot: HeardBallot, nowMs: number): void {
    if (this.claim.zxid === UNKNOWN_ZXID || ballot.zxid === UNKNOWN_ZXID) return;
    if (ballot.round < this.round) return;
    if (ballot.round > this.round) {
      // The others have agreed with this server, too: most of them are through in a moment.
      if (this.isFinal && !this.beats(ballot, this.proposal) && this.isFinalWithout(from)) return;
      this.logicalRound = ballot.round;
      this.received.clear();
      this.adopt(this.beats(ballot, this.initialVote()) ? ballot : this.initialVote());
    } else if (this.beats(ballot, this.proposal)) {
      this.adopt(ballot);
    }
    this.received.set(from, ballot);
    this.conclude(nowMs);
  }

  /** Whoever is in another round now does not vote in this one any more. */
  private isFinalWithout(sid: number): boolean {
    this.received.delete(sid);
    return this.received.elect(this.proposal, this.electorate.verifiers);
  }

  private adopt({ leader, zxid, peerEpoch }: Vote): void {
    this.proposal = { leader, zxid, peerEpoch, round: this.logicalRound };
    this.campaign();
  }

  private hasLeader(from: number, ballot: HeardBallot, nowMs: number): void {
    // Whoever leads has seen to it that every configuration which matters agrees; one that was only proposed to this server
    // may matter to nobody else, and could never be asked.
    const verifiers = this.electorate.verifiers.slice(0, 1);
    this.outOfElection.set(from, ballot);
    if (ballot.round === this.round) {
      this.received.set(from, ballot);
      const isOver =
        ballot.leader === this.sid
          ? this.isElectedBefore(ballot)
          : this.received.confirm(ballot, { verifiers, among: sameLeader });
      if (isOver) return this.end(ballot);
    }
    if (this.outOfElection.confirm(ballot, { verifiers, among: sameReign })) {
      this.logicalRound = ballot.round;
      return this.end(ballot);
    }
    this.conclude(nowMs);
  }

  /**
   * Others have elected this server and wait for it. It must be this very vote: those who still follow what it was
   * before it was started again would have it lead nobody.
   */
  private isElectedBefore(ballot: HeardBallot): boolean {
    const { verifiers } = this.electorate;
    return isSameVote(ballot, this.proposal) && this.received.elect(this.proposal, verifiers);
  }

  /** After anything that may have changed the count: what is waited for now. */
  private conclude(nowMs: number): void {
    this.isFinal = this.received.elect(this.proposal, this.electorate.verifiers);
    if (this.isFinal && this.isDecided()) return this.end(this.proposal);
    this.wakeMs = nowMs + (this.isFinal ? FINAL_SILENCE_MS : this.waitMs);
  }

  /** Whoever is known to be gone would be followed in vain: the others vote again. */
  private endUnlessGone(nowMs: number): void {
    const { leader } = this.proposal;
    if (leader !== this.sid && this.effects.isGone(leader)) this.look(this.claim, nowMs);
    else this.end(this.proposal);
  }

  /**
   * Whether the silence can be cut short. Who is to lead decides that; the others would only wait for it elsewhere, and
   * in vain if it has heard of a better vote in the meantime.
   */
  private isDecided(): boolean {
    return this.proposal.leader === this.sid ? this.nobodyElseCanSpeak() : this.received.leads(this.proposal);
  }

  /** Every voter has agreed or is gone: no better vote can come. */
  private nobodyElseCanSpeak(): boolean {
    for (const sid of this.electorate.voters) {
      if (sid !== this.sid && !this.received.agrees(sid, this.proposal) && !this.effects.isGone(sid)) return false;
    }
    return true;
  }

  private end({ leader, zxid, peerEpoch, round }: Vote): void {
    const isObserver = this.claim.role === 'observer';
    this.ownState = leader === this.sid ? PeerState.LEADING : isObserver ? PeerState.OBSERVING : PeerState.FOLLOWING;
    this.outcome = { leader, zxid, peerEpoch, round };
    this.isFinal = false;
    this.isProvisional = true;
    this.searchers.clear();
    this.announce();
    this.effects.elected(this.outcome);
  }

  /** A leader tells all, who then need not wait for silence; anybody tells those who cannot find out by themselves. */
  private announce(): void {
    if (this.ownState === PeerState.LEADING) this.tellVoters();
    for (const sid of this.askers) this.effects.tell(sid);
    this.askers.clear();
  }

  private beats(a: Vote, b: Vote): boolean {
    return beats(a, b, this.electorate.verifiers[0]);
  }
}
