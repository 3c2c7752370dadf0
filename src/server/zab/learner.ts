import { readDesignatedLeader } from '../../protocol/quorum/activation.js';
import { encodeAckEpoch, EPOCH_KNOWN } from '../../protocol/quorum/epoch-data.js';
import { encodeLearnerInfo, ZAB_PROTOCOL_VERSION } from '../../protocol/quorum/learner-info.js';
import { PacketType, packetTypeName } from '../../protocol/quorum/packet-type.js';
import type { PacketView } from '../../protocol/quorum/packet-view.js';
import { readRevalidateAnswer } from '../../protocol/quorum/revalidation.js';
import { epochOf, formatZxid, makeZxid, ZXID_NONE, type Zxid } from '../../protocol/zxid.js';
import { follows } from './continuity.js';
import type {
  CommittedZxid,
  DurableAcceptedEpoch,
  DurableCurrentEpoch,
  DurableHistory,
  DurableZxid,
} from './durable.js';
import type { EntryInPlace } from './entry.js';
import type { LearnerEffects } from './learner-effects.js';
import type { Writable } from './writable.js';
import { ZxidQueue } from './zxid-queue.js';

export interface LearnerOptions {
  readonly sid: number;
  /** Observers receive what is committed, and acknowledge nothing. */
  readonly isObserver: boolean;
  readonly acceptedEpoch: DurableAcceptedEpoch;
  readonly currentEpoch: DurableCurrentEpoch;
  /** The end of the log, committed or not: all of it is history (4.5). */
  readonly lastLogged: Zxid;
  /** Of the configuration that this server takes for current. */
  readonly configVersion: Zxid;
  /** The epoch whose leader wanted a cut that the files do not allow ({@link Learner.cannotCut}); 0: none did. */
  readonly uncuttableIn?: number;
}

/** What a server says that does not know its history: it gets a snapshot, and its promise counts for nothing (3.4). */
const HISTORY_UNKNOWN = -1 as Zxid;

const NOTHING = new Uint8Array(0);

/** Where a learner is with its leader; the names are of the packet that is due next, or of what is being waited for. */
type Phase =
  | 'leader-info'
  | 'accepting-epoch'
  | 'first-packet'
  | 'changing-history'
  | 'new-leader'
  | 'securing-history'
  | 'entering-epoch'
  | 'up-to-date'
  | 'broadcast'
  | 'left';

/**
 * A follower or an observer, from the connection to its leader to the end of it (3.3, 3.5, 3.7, 3.9). The order is the safe
 * one: the epoch accepted durably before it is promised; the whole history durable, then the epoch entered durably, and only
 * then the first ACK. What is proposed is logged as it arrives; nobody but this server may see it before UPTODATE.
 */
export class Learner {
  private readonly options: LearnerOptions;
  private readonly effects: LearnerEffects;
  private phase: Phase = 'leader-info';
  private epoch = 0;
  /** What the log ends with. */
  private last: Zxid;
  /** Up to here the leader may repeat itself: all of it is here. */
  private known: Zxid;
  /** Accepted and not committed. */
  private readonly pending = new ZxidQueue();
  /** Accepted and not acknowledged. */
  private readonly unacknowledged = new ZxidQueue();
  private durable: Zxid;
  private cutAt = ZXID_NONE;
  /** What is known to be committed: it has to be durable before NEWLEADER is acknowledged. */
  private committed: Zxid;
  private isUncuttable = false;
  /** The one at hand. */
  private readonly entry: Writable<EntryInPlace> = { zxid: ZXID_NONE, bytes: NOTHING, start: 0, end: 0 };

  constructor(options: LearnerOptions, effects: LearnerEffects) {
    this.options = options;
    this.effects = effects;
    this.last = options.lastLogged;
    this.known = options.lastLogged;
    this.durable = options.lastLogged;
    this.committed = options.lastLogged;
  }

  /** The epoch of a leader that wants a cut which the files do not allow; 0: none does. */
  get uncuttableIn(): number {
    return this.isUncuttable ? this.epoch : (this.options.uncuttableIn ?? 0);
  }

  get isServing(): boolean {
    return this.phase === 'broadcast';
  }

  /** While this is so, packets that come are to be kept: something has to end first. */
  get isBusy(): boolean {
    const { phase } = this;
    return phase === 'accepting-epoch' || phase === 'changing-history' || isSecuring(phase);
  }

  /** There is a connection: tell the leader who comes. */
  connected(): void {
    const { sid, isObserver, acceptedEpoch, configVersion } = this.options;
    const type = isObserver ? PacketType.OBSERVERINFO : PacketType.FOLLOWERINFO;
    const info = encodeLearnerInfo({ sid, protocolVersion: ZAB_PROTOCOL_VERSION, configVersion });
    this.effects.send(type, makeZxid(acceptedEpoch, 0), info);
  }

  packet(packet: PacketView): void {
    if (this.phase === 'left') return;
    if (this.isBusy) throw new Error(`a packet was handed over while the learner is ${this.phase}`);
    if (this.phase === 'leader-info') this.leaderInfo(packet);
    else if (this.phase === 'first-packet') this.firstPacket(packet);
    else this.fromThenOn(packet);
  }

  /** 3.5: only now may the leader be told. */
  epochAccepted(epoch: DurableAcceptedEpoch): void {
    if (this.phase !== 'accepting-epoch' || epoch !== this.epoch) return;
    this.ackEpoch(this.options.currentEpoch);
  }

  /** What the log ends with now. Anything but what the leader has said would be another history (4.6). */
  truncated(last: Zxid): void {
    if (this.phase !== 'changing-history') return;
    if (last !== this.cutAt) {
      throw new Error(`the history was to be cut at 0x${formatZxid(this.cutAt)}, and ends at 0x${formatZxid(last)}`);
    }
    this.historyBegins(last);
  }

  /**
   * The files do not lead to where the leader wants them cut: a snapshot behind that place is all there is. What they hold of
   * earlier epochs may be known to a quorum by them alone, so they stay until a snapshot of this leader's can take
   * their place at once; it is asked for by coming again with {@link LearnerOptions.uncuttableIn}.
   */
  cannotCut(): void {
    if (this.phase !== 'changing-history') return;
    this.isUncuttable = true;
    this.abandon(`it wants a cut at 0x${formatZxid(this.cutAt)}, to which no files lead`);
  }

  /** The snapshot is in memory, and nothing that comes from here on may be logged before it is on the device (4.8). */
  snapshotReceived(last: Zxid): void {
    if (this.phase !== 'changing-history') return;
    this.historyBegins(last);
  }

  /** 3.7, 3a: everything that the leader has sent so far is on the device. */
  historyDurable(history: DurableHistory): void {
    if (this.phase !== 'securing-history') return;
    if (history < this.committed) {
      throw new Error(`0x${formatZxid(this.committed)} is committed, and only 0x${formatZxid(history)} is durable`);
    }
    this.phase = 'entering-epoch';
    this.effects.enterEpoch(this.epoch);
  }

  /** 3.7, 3b and 3c. */
  epochEntered(epoch: DurableCurrentEpoch): void {
    if (this.phase !== 'entering-epoch' || epoch !== this.epoch) return;
    this.phase = 'up-to-date';
    this.effects.send(PacketType.ACK, makeZxid(epoch, 0), null);
    this.acknowledge();
  }

  /** The log has everything up to there. */
  logged(durable: DurableZxid): void {
    this.durable = durable;
    if (this.phase === 'up-to-date' || this.phase === 'broadcast') this.acknowledge();
  }

  /** The connection is over, or this server leaves: nothing more is asked for. */
  left(): void {
    this.phase = 'left';
  }

  private leaderInfo(packet: PacketView): void {
    if (packet.type !== PacketType.LEADERINFO) return this.unexpected(packet);
    this.epoch = epochOf(packet.zxid);
    const { acceptedEpoch } = this.options;
    if (this.epoch < acceptedEpoch) {
      return this.abandon(`it proposes epoch ${this.epoch}, and epoch ${acceptedEpoch} was promised to another leader`);
    }
    if (this.epoch === acceptedEpoch) return this.ackEpoch(EPOCH_KNOWN);
    this.phase = 'accepting-epoch';
    this.effects.acceptEpoch(this.epoch);
  }

  private ackEpoch(currentEpoch: number): void {
    this.phase = 'first-packet';
    // Unless its files cannot be brought in line with this leader's: then it tells no position, and gets a snapshot.
    const isReplaced = this.options.uncuttableIn === this.epoch;
    const last = isReplaced ? HISTORY_UNKNOWN : this.options.lastLogged;
    this.effects.send(PacketType.ACKEPOCH, last, encodeAckEpoch(currentEpoch));
  }

  private firstPacket(packet: PacketView): void {
    switch (packet.type) {
      case PacketType.DIFF:
        if (this.options.uncuttableIn === this.epoch) return this.unexpected(packet);
        // Those transactions are still to come: the history ends where it ended (ZOOKEEPER-2355).
        return this.historyBegins(this.last);
      case PacketType.TRUNC:
        this.phase = 'changing-history';
        this.cutAt = packet.zxid;
        return this.effects.truncate(packet.zxid);
      case PacketType.SNAP:
        this.phase = 'changing-history';
        return this.effects.receiveSnapshot(packet.zxid);
      default:
        return this.unexpected(packet);
    }
  }

  private historyBegins(last: Zxid): void {
    this.phase = 'new-leader';
    this.last = last;
    this.known = last;
    this.durable = last;
    this.committed = last;
  }

  private fromThenOn(packet: PacketView): void {
    const { type, zxid } = packet;
    switch (type) {
      case PacketType.PROPOSAL:
        if (this.options.isObserver && this.phase === 'broadcast') return;
        return void this.proposal(this.entryOf(packet));
      case PacketType.COMMIT:
        if (this.options.isObserver && this.phase === 'broadcast') return;
        return this.commit(zxid);
      case PacketType.INFORM:
        return this.inform(this.entryOf(packet));
      case PacketType.COMMITANDACTIVATE:
        return this.commitAndActivate(packet);
      case PacketType.INFORMANDACTIVATE:
        return this.informAndActivate(packet);
      case PacketType.NEWLEADER:
        return this.newLeader(packet);
      case PacketType.UPTODATE:
        return this.upToDate(packet);
      case PacketType.PING:
        // Answered only by a server whose sessions could have been touched; the leader counts the answers (3.13).
        return this.phase === 'broadcast' ? this.effects.touchesWanted(zxid) : undefined;
      case PacketType.SYNC:
        return this.phase === 'broadcast' ? this.effects.syncAnswered() : this.unexpected(packet);
      case PacketType.REVALIDATE:
        return this.revalidation(packet);
      case PacketType.LEADERINFO:
      case PacketType.DIFF:
      case PacketType.TRUNC:
      case PacketType.SNAP:
        return this.unexpected(packet);
      default:
      // Packets of kinds that later versions may have are none of ours (3.1).
    }
  }

  /** False when there was nothing to be done, or this is the end. */
  private proposal(entry: EntryInPlace): boolean {
    const { zxid } = entry;
    if (zxid <= this.known) return false;
    if (!follows(zxid, this.last)) {
      this.abandon(`it proposes 0x${formatZxid(zxid)} behind 0x${formatZxid(this.last)}: something is missing between`);
      return false;
    }
    if (epochOf(zxid) > this.epoch) {
      this.abandon(`it proposes 0x${formatZxid(zxid)}, which is of no epoch up to its own, ${this.epoch}`);
      return false;
    }
    this.last = zxid;
    this.pending.push(zxid);
    if (!this.options.isObserver) this.unacknowledged.push(zxid);
    this.effects.accept(entry);
    return true;
  }

  private commit(zxid: Zxid): void {
    if (this.takeCommit(zxid)) this.effects.commit(zxid as CommittedZxid);
  }

  private takeCommit(zxid: Zxid): boolean {
    if (zxid <= this.known) return false;
    const head = this.pending.peek();
    if (head !== zxid) {
      const have = head === undefined ? 'nothing is waiting' : `0x${formatZxid(head)} is next`;
      this.abandon(`it commits 0x${formatZxid(zxid)}, but ${have}`);
      return false;
    }
    this.pending.shift();
    this.committed = zxid;
    return true;
  }

  private inform(entry: EntryInPlace): void {
    if (this.proposal(entry)) this.commit(entry.zxid);
  }

  private commitAndActivate(packet: PacketView): void {
    const leader = readDesignatedLeader(packet.reader());
    if (this.takeCommit(packet.zxid)) this.commitReconfig(packet.zxid, leader);
  }

  private informAndActivate(packet: PacketView): void {
    const reader = packet.reader();
    const leader = readDesignatedLeader(reader);
    const entry = this.entryOf(packet);
    entry.start = reader.pos;
    if (this.proposal(entry) && this.takeCommit(packet.zxid)) this.commitReconfig(packet.zxid, leader);
  }

  /** Activated first, then committed (3.14). */
  private commitReconfig(zxid: Zxid, leader: number): void {
    this.effects.activate(zxid, leader);
    this.effects.commit(zxid as CommittedZxid);
  }

  private newLeader(packet: PacketView): void {
    if (this.phase !== 'new-leader') return this.unexpected(packet);
    if (packet.zxid !== makeZxid(this.epoch, 0)) {
      return this.abandon(`it led us into epoch ${this.epoch}, and now leads 0x${formatZxid(packet.zxid)}`);
    }
    const data = packet.data();
    if (data !== null && data.length > 1) this.effects.configProposed(data.toString('utf8'));
    this.phase = 'securing-history';
    this.effects.secureHistory();
  }

  private upToDate(packet: PacketView): void {
    if (this.phase !== 'up-to-date') return this.unexpected(packet);
    this.phase = 'broadcast';
    this.effects.send(PacketType.ACK, makeZxid(this.epoch, 0), null);
    this.effects.serve(this.epoch);
  }

  private revalidation(packet: PacketView): void {
    if (this.phase !== 'broadcast') return this.unexpected(packet);
    const { sessionId, isValid } = readRevalidateAnswer(packet.reader());
    this.effects.revalidated(sessionId, isValid);
  }

  private entryOf({ zxid, buf, dataStart, dataEnd }: PacketView): Writable<EntryInPlace> {
    const { entry } = this;
    entry.zxid = zxid;
    entry.bytes = buf;
    entry.start = dataStart;
    entry.end = dataEnd;
    return entry;
  }

  /** In the order of the log, and none before the epoch's own (3.7, ZOOKEEPER-4685). */
  private acknowledge(): void {
    for (let next = this.unacknowledged.peek(); next !== undefined; next = this.unacknowledged.peek()) {
      if (next > this.durable) return;
      this.unacknowledged.shift();
      this.effects.send(PacketType.ACK, next, null);
    }
  }

  private unexpected({ type, zxid }: PacketView): void {
    this.abandon(`${packetTypeName(type)} 0x${formatZxid(zxid)} came where ${this.phase} was due`);
  }

  private abandon(reason: string): void {
    this.phase = 'left';
    this.effects.abandon(reason);
  }
}

function isSecuring(phase: Phase): boolean {
  return phase === 'securing-history' || phase === 'entering-epoch';
}
