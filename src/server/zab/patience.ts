import type { Zxid } from '../../protocol/zxid.js';
import type { LearnerPeer } from './learner-peer.js';

export interface PatienceOptions {
  /** In ticks, like all here. */
  readonly initLimit: number;
  readonly syncLimit: number;
}

/** Of one tick there are two: PINGs go out at both. */
const HALVES = 2;

/** How long a leader waits: for a quorum before it is established, and for each of its learners (3.4, 3.13). */
export class Patience {
  private readonly options: PatienceOptions;
  private halfTicks = 0;
  /** When what is being waited for began. */
  private progressTick = 0;

  constructor(options: PatienceOptions) {
    this.options = options;
  }

  /** True when a tick is full. */
  halfTick(): boolean {
    this.halfTicks++;
    return this.halfTicks % HALVES === 0;
  }

  /** A quorum has come a step further: the next one has as long again. */
  progressed(): void {
    this.progressTick = this.ticks;
  }

  get isAtEnd(): boolean {
    return this.ticks - this.progressTick > this.options.initLimit;
  }

  heardOf(peer: LearnerPeer): void {
    const { syncLimit, initLimit } = this.options;
    peer.deadlineTick = this.ticks + (peer.phase === 'up-to-date' ? syncLimit : initLimit + syncLimit);
  }

  /** To be called once a tick: why this learner is waited for no longer; null: it still is. */
  complaint(peer: LearnerPeer, lastProposed: Zxid): string | null {
    if (this.ticks > peer.deadlineTick) return 'it has been silent for too long';
    return this.isBehind(peer, lastProposed) ? 'it has not acknowledged a proposal in time' : null;
  }

  private isBehind(peer: LearnerPeer, lastProposed: Zxid): boolean {
    if (peer.phase !== 'up-to-date' || peer.isObserver) return false;
    const { proposedByTick } = peer;
    proposedByTick.push(lastProposed);
    if (proposedByTick.length <= this.options.syncLimit) return false;
    const due = proposedByTick.shift()!;
    return due > peer.upToDateAt && peer.acked < due;
  }

  private get ticks(): number {
    return Math.floor(this.halfTicks / HALVES);
  }
}
