import type { Ensemble } from './ensemble.js';
import { CLIENTS } from './ground.js';
import type { Member } from './member.js';
import { stateIn } from './words.js';

export interface ReignOptions {
  readonly ensemble: Ensemble;
  /** Of how many servers, from server 1 on, a majority decides. */
  readonly voters: number;
  readonly nowMs: () => number;
}

/** A time in which nobody led, although so many voters as decide could have talked to each other all the time. */
export interface Interregnum {
  readonly fromMs: number;
  readonly ms: number;
}

const LOOK_MS = 50;
/** This process carries what proxied servers say to each other: while it stands still, they are all cut off. */
const STALL_MS = 150;

/** Watches from outside whether somebody leads, and who could. It knows nothing of servers that clients cannot reach. */
export class Reign {
  private readonly options: ReignOptions;
  private readonly voters: readonly Member[];
  private readonly quorums: readonly Quorum[];
  private readonly loops: Promise<void>[] = [];
  /** Who has answered since it could last be reached, and whether it said that it leads. */
  private readonly heard = new Map<Member, { readonly leads: boolean }>();
  private longest: Interregnum = { fromMs: 0, ms: 0 };
  private lookedMs = 0;
  private isStopped = false;

  constructor(options: ReignOptions) {
    this.options = options;
    this.voters = options.ensemble.members.slice(0, options.voters);
    const majority = Math.floor(options.voters / 2) + 1;
    this.quorums = choices(this.voters, majority).map((members) => ({ members, sinceMs: 0 }));
  }

  get longestInterregnum(): Interregnum {
    return this.longest;
  }

  start(): void {
    this.lookedMs = this.options.nowMs();
    for (const quorum of this.quorums) quorum.sinceMs = this.lookedMs;
    this.loops.push(...this.voters.map((member) => this.ask(member)), this.look());
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.all(this.loops);
  }

  private async ask(member: Member): Promise<void> {
    while (!this.isStopped) {
      const { life } = member;
      const answer = this.isWithinReach(member) ? await member.ask('srvr').catch(() => null) : null;
      const isStillThere = member.life === life && this.isWithinReach(member);
      if (answer !== null && isStillThere) this.heard.set(member, { leads: stateIn(answer)?.mode === 'leader' });
      await pause();
    }
  }

  private async look(): Promise<void> {
    while (!this.isStopped) {
      await pause();
      for (const member of this.voters) if (!this.isWithinReach(member)) this.heard.delete(member);
      const nowMs = this.options.nowMs();
      const isStalled = nowMs - this.lookedMs > LOOK_MS + STALL_MS;
      this.lookedMs = nowMs;
      const connected = this.quorums.filter(({ members }) => this.isConnected(members));
      const isLed = connected.some(({ members }) => members.some((member) => this.heard.get(member)?.leads));
      for (const quorum of this.quorums) {
        if (isLed || isStalled || !connected.includes(quorum)) quorum.sinceMs = nowMs;
        const ms = nowMs - quorum.sinceMs;
        if (ms > this.longest.ms) this.longest = { fromMs: quorum.sinceMs, ms };
      }
    }
  }

  private isConnected(members: readonly Member[]): boolean {
    const { ground } = this.options.ensemble;
    return members.every((a) => this.heard.has(a) && members.every((b) => ground.joins(a.sid, b.sid)));
  }

  private isWithinReach(member: Member): boolean {
    return member.isRunning && !member.isFrozen && this.options.ensemble.ground.joins(CLIENTS, member.sid);
  }
}

interface Quorum {
  readonly members: readonly Member[];
  /** Connected since then, with nobody leading. */
  sinceMs: number;
}

function choices<T>(list: readonly T[], count: number): T[][] {
  if (count === 0) return [[]];
  return list.flatMap((first, index) => choices(list.slice(index + 1), count - 1).map((rest) => [first, ...rest]));
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
