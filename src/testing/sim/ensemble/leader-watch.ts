import { PacketType } from '../../../protocol/quorum/packet-type.js';
import type { StreamTap } from '../virtual-stream.js';
import type { Leadership } from './leadership.js';
import type { SpokenPacket } from './quorum-stream.js';
import { QuorumStream } from './quorum-stream.js';
import { counterOf, epochOf, isNext, zxidText } from './zxids.js';

/** Who leads from there on stands before the transaction. */
const DESIGNATED_LEADER_BYTES = 8;

/** Watches over one connection to a learner, at the leader's end: what it says must be so, on the devices of a quorum. */
export class LeaderWatch implements StreamTap {
  private readonly leadership: Leadership;
  private readonly heard = new QuorumStream((packet) => this.onHeard(packet));
  private readonly said = new QuorumStream((packet) => this.onSaid(packet));
  private learner: number | null = null;
  private isSynced = false;
  private lastProposed: number | null = null;
  private lastCommitted = 0;

  constructor(leadership: Leadership) {
    this.leadership = leadership;
  }

  sent(bytes: Buffer): void {
    this.said.push(bytes);
  }

  received(bytes: Buffer): void {
    this.heard.push(bytes);
  }

  closed(): void {
    // What was said was said.
  }

  private onHeard({ type, zxid, data }: SpokenPacket): void {
    if (type === PacketType.FOLLOWERINFO && data !== null) this.learner = Number(data.readBigInt64BE(0));
    if (this.learner === null) return;
    // -1: who has accepted this epoch before does not count.
    if (type === PacketType.ACKEPOCH && data !== null && data.readInt32BE(0) >= 0) {
      this.leadership.epochAccepted(this.learner);
    }
    if (type === PacketType.ACK && counterOf(zxid) === 0) this.leadership.historyTaken(this.learner, epochOf(zxid));
  }

  private onSaid({ type, zxid, data }: SpokenPacket): void {
    const { leadership } = this;
    switch (type) {
      case PacketType.LEADERINFO:
        return leadership.epochOffered(epochOf(zxid));
      case PacketType.NEWLEADER:
        this.isSynced = true;
        return leadership.leads(epochOf(zxid), data);
      case PacketType.UPTODATE:
        return leadership.established();
      case PacketType.PROPOSAL:
        return this.onProposal(zxid, data);
      case PacketType.COMMIT:
      case PacketType.COMMITANDACTIVATE:
      case PacketType.INFORM:
        if (type === PacketType.INFORM) leadership.proposed(data);
        return this.onCommit(zxid);
      case PacketType.INFORMANDACTIVATE:
        leadership.proposed(data?.subarray(DESIGNATED_LEADER_BYTES) ?? null);
        return this.onCommit(zxid);
      default:
    }
  }

  private onProposal(zxid: number, data: Buffer | null): void {
    this.leadership.proposed(data);
    if (this.lastProposed !== null && !isNext(zxid, this.lastProposed)) {
      const what = `sends ${zxidText(zxid)} behind ${zxidText(this.lastProposed)}`;
      this.leadership.broken('proposals come one by one', what);
    }
    this.lastProposed = zxid;
  }

  private onCommit(zxid: number): void {
    if (zxid <= this.lastCommitted) {
      const what = `commits ${zxidText(zxid)} after ${zxidText(this.lastCommitted)}`;
      this.leadership.broken('commits are in order', what);
    }
    this.lastCommitted = zxid;
    // Before NEWLEADER it tells of its own history, for which a quorum is only being found.
    if (this.isSynced) this.leadership.committed(zxid);
  }
}
