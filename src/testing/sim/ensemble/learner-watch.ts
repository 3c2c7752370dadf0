import { PacketType } from '../../../protocol/quorum/packet-type.js';
import type { StreamTap } from '../virtual-stream.js';
import type { DeviceHistory } from './device-history.js';
import type { SpokenPacket } from './quorum-stream.js';
import { QuorumStream } from './quorum-stream.js';
import type { TxnBook } from './txn-book.js';
import { counterOf, epochOf, isNext, zxidText } from './zxids.js';

export interface LearnerWatchOptions {
  readonly name: string;
  readonly device: DeviceHistory;
  readonly book: TxnBook;
  readonly count: (what: string) => void;
  readonly violated: (rule: string, message: string) => void;
}

const SYNCS = new Map<number, string>([
  [PacketType.DIFF, 'DIFF'],
  [PacketType.TRUNC, 'TRUNC'],
  [PacketType.SNAP, 'SNAP'],
]);

/** Watches over one connection to a leader, at the learner's end: what it promises must be on its device when it says so. */
export class LearnerWatch implements StreamTap {
  private readonly options: LearnerWatchOptions;
  private readonly heard = new QuorumStream((packet) => this.onHeard(packet));
  private readonly said = new QuorumStream((packet) => this.onSaid(packet));
  /** Of LEADERINFO. */
  private epoch: number | null = null;
  /** Where the history of this connection begins: nothing behind it but what was proposed here. */
  private baseZxid = 0;
  private readonly proposed: number[] = [];
  private committedCount = 0;
  /** What of it was committed when NEWLEADER came; null before. */
  private historyZxid: number | null = null;
  private lastAckZxid: number | null = null;

  constructor(options: LearnerWatchOptions) {
    this.options = options;
  }

  sent(bytes: Buffer): void {
    this.said.push(bytes);
  }

  received(bytes: Buffer): void {
    this.heard.push(bytes);
  }

  closed(): void {
    // Whatever was promised stays promised.
  }

  private onHeard({ type, zxid, data }: SpokenPacket): void {
    const kind = SYNCS.get(type);
    if (kind !== undefined) {
      this.options.count(`sync by ${kind}`);
      if (type !== PacketType.DIFF) this.baseZxid = zxid;
    }
    if (type === PacketType.LEADERINFO) this.epoch = epochOf(zxid);
    if (type === PacketType.PROPOSAL) this.onProposal(zxid, data);
    if (type === PacketType.COMMIT || type === PacketType.COMMITANDACTIVATE) this.onCommit(zxid);
    if (type === PacketType.INFORM && data !== null) this.options.book.note(data, `as ${this.options.name} hears it`);
    if (type === PacketType.NEWLEADER) this.historyZxid = this.proposed[this.committedCount - 1] ?? this.baseZxid;
  }

  private onProposal(zxid: number, data: Buffer | null): void {
    if (data !== null) this.options.book.note(data, `as ${this.options.name} hears it`);
    const before = this.proposed.at(-1);
    if (before !== undefined && !isNext(zxid, before)) {
      this.broken('proposals come one by one', `is sent ${zxidText(zxid)} behind ${zxidText(before)}`);
    }
    this.proposed.push(zxid);
  }

  private onCommit(zxid: number): void {
    const expected = this.proposed[this.committedCount];
    this.committedCount += 1;
    if (expected === zxid) return;
    const head = expected === undefined ? 'nothing' : zxidText(expected);
    this.broken('commits are in order', `is told to commit ${zxidText(zxid)}, and ${head} is next`);
  }

  private onSaid({ type, zxid }: SpokenPacket): void {
    if (type === PacketType.ACKEPOCH) this.onAckEpoch(zxid);
    if (type === PacketType.ACK && counterOf(zxid) === 0) this.onHistoryAck(zxid);
    else if (type === PacketType.ACK) this.onAck(zxid);
  }

  private onAckEpoch(zxid: number): void {
    const { device } = this.options;
    this.baseZxid = zxid;
    if (this.epoch !== null && device.acceptedEpoch !== this.epoch) {
      this.broken(
        'an epoch is accepted on the device',
        `accepts epoch ${this.epoch}, and its device says ${device.acceptedEpoch}`,
      );
    }
    if (!device.holds(zxid)) {
      this.broken('durable before promised', `says it has ${zxidText(zxid)}, and its device does not`);
    }
  }

  /** Of NEWLEADER, and again of UPTODATE. */
  private onHistoryAck(zxid: number): void {
    const { device } = this.options;
    const epoch = epochOf(zxid);
    if (this.historyZxid === null) return this.broken('acknowledged unasked', `acknowledges ${zxidText(zxid)}`);
    if (!device.holds(this.historyZxid)) {
      const what = `acknowledges epoch ${epoch} without ${zxidText(this.historyZxid)} on its device`;
      this.broken('durable before promised', what);
    }
    if (device.currentEpoch !== epoch || device.acceptedEpoch !== epoch) {
      const what = `enters epoch ${epoch}, and its device says ${device.currentEpoch} of ${device.acceptedEpoch}`;
      this.broken('an epoch is entered on the device', what);
    }
    const { lastZxid } = device;
    if (lastZxid !== this.baseZxid && epochOf(lastZxid) < epoch && !this.proposed.includes(lastZxid)) {
      const what = `acknowledges epoch ${epoch}, and its device has ${zxidText(lastZxid)}, which its leader has not`;
      this.broken('one history', what);
    }
  }

  private onAck(zxid: number): void {
    const { lastAckZxid } = this;
    if (lastAckZxid !== null && !isNext(zxid, lastAckZxid)) {
      this.broken('acknowledgements come one by one', `acknowledges ${zxidText(zxid)} after ${zxidText(lastAckZxid)}`);
    }
    this.lastAckZxid = zxid;
    if (this.options.device.holds(zxid)) return;
    this.broken('durable before promised', `acknowledges ${zxidText(zxid)}, and its device has not got it`);
  }

  private broken(rule: string, what: string): void {
    this.options.violated(rule, `${this.options.name} ${what}`);
  }
}
