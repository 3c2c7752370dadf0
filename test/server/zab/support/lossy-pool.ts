import { Election } from '../../../../src/server/zab/election.js';
import type { OwnClaim } from '../../../../src/server/zab/election.js';
import type { HeardBallot } from '../../../../src/server/zab/heard-votes.js';
import type { Vote } from '../../../../src/server/zab/vote.js';
import { PeerState } from '../../../../src/protocol/quorum/index.js';
import { electorateOf } from './election-rig.js';

/** Chances from 0 up to 1, the same for the same seed. */
export type Chance = () => number;

const DELAY_MAX_MS = 30;
const PATIENCE_MS = 1000;

interface Letter {
  readonly from: number;
  readonly to: number;
  readonly ballot: HeardBallot;
  readonly atMs: number;
}

export interface PoolOptions {
  readonly chance: Chance;
  /** Above 0 messages are not only lost, they overtake each other, too, and come twice. */
  readonly lossRate: number;
}

/** A handful of elections whose messages are late; between two servers they come in order unless some are lost. */
export class LossyPool {
  readonly outcomes = new Map<number, Vote>();
  nowMs = 0;
  private readonly elections = new Map<number, Election>();
  private readonly chance: Chance;
  private readonly lossRate: number;
  private letters: Letter[] = [];
  private readonly dead = new Set<number>();
  private readonly claims = new Map<number, OwnClaim>();
  private readonly hopingSinceMs = new Map<number, number>();

  constructor(claims: ReadonlyMap<number, OwnClaim>, { chance, lossRate }: PoolOptions) {
    this.chance = chance;
    this.lossRate = lossRate;
    const electorate = electorateOf(...claims.keys());
    for (const [sid, claim] of claims) {
      const election: Election = new Election({
        sid,
        electorate,
        effects: {
          tell: (to) => this.post({ from: sid, to, ballot: { ...election.ballot, config: '' } }),
          hasReachedAnybody: () => true,
          redial: () => undefined,
          isGone: (other) => this.dead.has(other),
          elected: (vote) => {
            this.outcomes.set(sid, vote);
            this.hopingSinceMs.set(sid, this.nowMs);
          },
          abandoned: () => this.outcomes.delete(sid),
          outvoted: () => undefined,
        },
      });
      this.elections.set(sid, election);
      this.claims.set(sid, claim);
    }
  }

  /** All that are alive look, each a little later than another. */
  look(withinMs: number): void {
    this.outcomes.clear();
    for (const [sid, election] of this.alive()) {
      this.nowMs += this.chance() * withinMs;
      election.look(this.claims.get(sid)!, this.nowMs);
    }
  }

  kill(sid: number): void {
    this.dead.add(sid);
    this.letters = this.letters.filter(({ from, to }) => from !== sid && to !== sid);
    for (const [, election] of this.alive()) election.someoneGone();
  }

  /** Until everybody who is alive has found the same leader; false when that took longer than the time given. */
  run(limitMs: number): boolean {
    const untilMs = this.nowMs + limitMs;
    while (this.nowMs < untilMs) {
      const alive = this.alive();
      const leaders = new Set(alive.map(([sid]) => this.outcomes.get(sid)?.leader));
      if (leaders.size === 1 && !leaders.has(undefined)) return true;
      this.step(alive);
      for (const [sid, election] of alive) this.lookAgain(sid, election);
    }
    return false;
  }

  /** As a server does that cannot connect to its leader, or as a leader that too few connect to. */
  private lookAgain(sid: number, election: Election): void {
    if (election.state === PeerState.LOOKING) return;
    const vote = this.outcomes.get(sid);
    const hasWaited = this.nowMs - (this.hopingSinceMs.get(sid) ?? 0) >= PATIENCE_MS;
    if (vote !== undefined && !(hasWaited && this.isInVain(sid, vote.leader))) return;
    this.outcomes.delete(sid);
    election.look(this.claims.get(sid)!, this.nowMs);
  }

  private isInVain(sid: number, leader: number): boolean {
    if (leader !== sid) return this.elections.get(leader)?.state !== PeerState.LEADING;
    const followers = [...this.outcomes.values()].filter((vote) => vote.leader === sid);
    return followers.length * 2 <= this.elections.size;
  }

  private alive(): [number, Election][] {
    return [...this.elections].filter(([sid]) => !this.dead.has(sid));
  }

  private step(alive: readonly [number, Election][]): void {
    const next = this.letters.reduce<Letter | null>(
      (first, each) => (first && first.atMs <= each.atMs ? first : each),
      null,
    );
    const tickMs = Math.min(this.nowMs + PATIENCE_MS, ...alive.map(([, election]) => election.nextTickMs));
    if (next !== null && next.atMs <= tickMs) {
      this.letters.splice(this.letters.indexOf(next), 1);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      this.elections.get(next.to)?.step(next.from, next.ballot, this.nowMs);
      return;
    }
    this.nowMs = Math.max(this.nowMs, tickMs);
    for (const [, election] of alive) election.tick(this.nowMs);
  }

  private post(letter: Omit<Letter, 'atMs'>): void {
    if (this.dead.has(letter.to)) return;
    const atMs = this.nowMs + this.chance() * DELAY_MAX_MS;
    if (this.lossRate === 0) {
      const before = this.letters.filter(({ from, to }) => from === letter.from && to === letter.to);
      this.letters.push({ ...letter, atMs: Math.max(atMs, ...before.map((each) => each.atMs)) });
      return;
    }
    for (let copies = this.chance() < 0.1 ? 2 : 1; copies > 0; copies--) {
      if (this.chance() >= this.lossRate) this.letters.push({ ...letter, atMs });
    }
  }
}
