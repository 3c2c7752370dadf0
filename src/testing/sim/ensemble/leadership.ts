import type { DeviceHistory } from './device-history.js';
import type { QuorumGround } from './quorum-ground.js';
import type { TxnBook } from './txn-book.js';
import type { Membership } from './voters.js';
import { membershipIn } from './voters.js';
import { zxidText } from './zxids.js';

export interface LeadershipOptions {
  readonly sid: number;
  readonly name: string;
  readonly device: DeviceHistory;
  readonly ground: QuorumGround;
  readonly book: TxnBook;
  /** Who sent NEWLEADER of each epoch, in the whole world. */
  readonly leaders: Map<number, number>;
  readonly count: (what: string) => void;
  /** It has been found to lead. */
  readonly established: (epoch: number) => void;
  readonly violated: (rule: string, message: string) => void;
}

/** What one life of one server does as a leader, over all its learners. */
export class Leadership {
  private readonly options: LeadershipOptions;
  private epoch = -1;
  private isLeading = false;
  private isEstablished = false;
  /** The members that NEWLEADER tells of. */
  private offered: Membership | null = null;
  private readonly accepted = new Set<number>();
  private readonly taken = new Set<number>();

  constructor(options: LeadershipOptions) {
    this.options = options;
  }

  /** LEADERINFO. */
  epochOffered(epoch: number): void {
    if (epoch !== this.epoch) {
      this.epoch = epoch;
      this.isLeading = false;
      this.isEstablished = false;
      this.accepted.clear();
      this.taken.clear();
      this.options.count('epoch proposed');
    }
    const { acceptedEpoch } = this.options.device;
    if (acceptedEpoch === epoch) return;
    this.broken('an epoch is accepted on the device', `offers epoch ${epoch}, and its device says ${acceptedEpoch}`);
  }

  epochAccepted(learner: number): void {
    this.accepted.add(learner);
  }

  historyTaken(learner: number, epoch: number): void {
    if (epoch === this.epoch) this.taken.add(learner);
  }

  /** NEWLEADER. */
  leads(epoch: number, members: Buffer | null = null): void {
    const { leaders, sid, ground } = this.options;
    if (epoch !== this.epoch) this.broken('one epoch', `leads epoch ${epoch}, and has offered ${this.epoch}`);
    if (this.isLeading) return;
    this.isLeading = true;
    this.offered = members === null ? null : membershipIn(members.toString('utf8'));
    const other = leaders.get(epoch);
    if (other !== undefined) this.broken('one leader an epoch', `leads epoch ${epoch}, as server ${other} did`);
    leaders.set(epoch, sid);
    if (!ground.isQuorum((_, member) => member === sid || this.accepted.has(member))) {
      this.broken(
        'a quorum accepts an epoch',
        `leads epoch ${epoch}, which only ${this.listed(this.accepted)} accepted`,
      );
    }
  }

  /** UPTODATE. */
  established(): void {
    const { sid, device, ground, count } = this.options;
    if (this.isEstablished) return;
    this.isEstablished = true;
    count('leader established');
    this.options.established(this.epoch);
    ground.established(this.epoch, this.offered, (member) => member === sid || this.taken.has(member));
    if (!ground.isQuorum((_, member) => member === sid || this.taken.has(member))) {
      this.broken(
        'a quorum takes a history',
        `serves epoch ${this.epoch}, and only ${this.listed(this.taken)} took it`,
      );
    }
    if (!ground.isQuorum(({ currentEpoch }) => currentEpoch >= this.epoch)) {
      this.broken('a quorum takes a history', `serves epoch ${this.epoch}, which no quorum has on its devices`);
    }
    if (device.currentEpoch !== this.epoch) {
      const what = `serves epoch ${this.epoch}, and its device says ${device.currentEpoch}`;
      this.broken('an epoch is entered on the device', what);
    }
    if (device.holds(ground.toldZxid)) return;
    this.broken('a leader knows everything', `leads without ${zxidText(ground.toldZxid)}, which clients were told of`);
  }

  proposed(entry: Buffer | null): void {
    if (entry !== null) this.options.book.note(entry, `as ${this.options.name} says it`);
  }

  committed(zxid: number): void {
    if (this.options.ground.holds(zxid)) return;
    this.broken('a quorum has what is committed', `commits ${zxidText(zxid)}, which no quorum has on its devices`);
  }

  broken(rule: string, what: string): void {
    this.options.violated(rule, `${this.options.name} ${what}`);
  }

  private listed(members: ReadonlySet<number>): string {
    return members.size === 0 ? 'nobody else' : `it and ${[...members].join(', ')}`;
  }
}
