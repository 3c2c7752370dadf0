import { encodeLeaderInfo, EPOCH_KNOWN, readAckEpoch } from '../../protocol/quorum/epoch-data.js';
import { readLearnerInfo } from '../../protocol/quorum/learner-info.js';
import { PacketType, packetTypeName } from '../../protocol/quorum/packet-type.js';
import type { PacketView } from '../../protocol/quorum/packet-view.js';
import { COUNTER_MAX, counterOf, EPOCH_MAX, epochOf, formatZxid, ZXID_NONE, type Zxid } from '../../protocol/zxid.js';
import { AckSets } from './ack-sets.js';
import type { Reconfiguration } from './broadcast.js';
import { Broadcast } from './broadcast.js';
import { Discovery } from './discovery.js';
import type { DurableAcceptedEpoch, DurableCurrentEpoch, DurableZxid } from './durable.js';
import type { Entry, EntryInPlace } from './entry.js';
import { introductionFault } from './introduction.js';
import type { LeaderEffects } from './leader-effects.js';
import type { LeaderOptions } from './leader-options.js';
import { LearnerPeer } from './learner-peer.js';
import { Patience } from './patience.js';
import type { QuorumVerifier } from './quorum-verifier.js';
import { planSync, type SyncPlan } from './sync-plan.js';
import { SyncRounds, type SyncSource } from './sync-rounds.js';

/**
 * A leader, from the election to the end of its epoch (3.4, 3.6, 3.8, 3.9): an epoch that a quorum promises, its history
 * brought to a quorum, then proposals and their commits. It leads nobody before its own files say what it promises.
 */
export class Leader {
  private readonly options: LeaderOptions;
  private readonly effects: LeaderEffects;
  private readonly peers = new Set<LearnerPeer>();
  private readonly discovery: Discovery;
  private readonly broadcast: Broadcast;
  private readonly syncs: SyncRounds;
  private readonly newLeaderAcks: AckSets;
  private acceptedEpoch: DurableAcceptedEpoch | null = null;
  private currentEpoch: DurableCurrentEpoch | null = null;
  private isPromised = false;
  private isEstablished = false;
  private hasLeft = false;
  private readonly patience: Patience;
  private configVersion: Zxid;

  constructor(options: LeaderOptions, effects: LeaderEffects) {
    this.options = options;
    this.effects = effects;
    this.configVersion = options.configVersion;
    const { sid, quorums, acceptedEpoch, currentEpoch, lastLogged } = options;
    this.discovery = new Discovery({ sid, quorums, acceptedEpoch, own: { currentEpoch, lastZxid: lastLogged } });
    this.newLeaderAcks = quorums.ackSets();
    this.patience = new Patience(options);
    this.syncs = new SyncRounds(sid, quorums);
    this.broadcast = new Broadcast({ sid, quorums, log: options.log, peers: this.peers, lastLogged }, effects);
  }

  /** The epoch; 0 before it is established. */
  get epoch(): number {
    return this.isEstablished ? this.discovery.epoch : 0;
  }

  get learners(): ReadonlySet<LearnerPeer> {
    return this.peers;
  }

  get lastCommitted(): Zxid {
    return this.broadcast.lastCommitted;
  }

  get pendingSyncs(): number {
    return this.syncs.size;
  }

  get outstanding(): number {
    return this.broadcast.outstandingCount;
  }

  start(): void {
    if (this.discovery.begin()) this.chosen();
  }

  /** A connection to the quorum port. */
  connected(): LearnerPeer {
    const peer = new LearnerPeer();
    this.patience.heardOf(peer);
    this.peers.add(peer);
    return peer;
  }

  disconnected(peer: LearnerPeer): void {
    peer.phase = 'gone';
    this.peers.delete(peer);
  }

  /** FOLLOWERINFO, OBSERVERINFO, ACKEPOCH, ACK; of everything else only that it came. False: not from such a learner. */
  packet(peer: LearnerPeer, packet: PacketView): boolean {
    if (this.hasLeft || peer.phase === 'gone') return false;
    this.patience.heardOf(peer);
    switch (packet.type) {
      case PacketType.FOLLOWERINFO:
      case PacketType.OBSERVERINFO:
        this.learnerInfo(peer, packet);
        return true;
      case PacketType.ACKEPOCH:
        this.ackEpoch(peer, packet);
        return true;
      case PacketType.ACK:
        this.ack(peer, packet.zxid);
        return true;
      case PacketType.PING:
        if (peer.pingsAnswered < peer.pingsSent) peer.pingsAnswered++;
        return peer.phase === 'up-to-date';
      default:
        return peer.phase === 'up-to-date';
    }
  }

  epochAccepted(epoch: DurableAcceptedEpoch): void {
    if (this.hasLeft || epoch !== this.discovery.epoch) return;
    this.acceptedEpoch = epoch;
    for (const peer of this.peers) if (peer.phase === 'epoch') this.sendLeaderInfo(peer);
    this.patience.progressed();
    this.promised(this.options.sid);
  }

  epochEntered(epoch: DurableCurrentEpoch): void {
    if (this.hasLeft || epoch !== this.discovery.epoch) return;
    this.currentEpoch = epoch;
    this.patience.progressed();
    this.newLeaderAcks.add(this.options.sid);
    for (const peer of [...this.peers]) if (peer.phase === 'history') this.synchronise(peer);
    this.establishIfPossible();
  }

  /** What {@link LeaderEffects.readLog} asked for; null: the files do not have it. */
  logRead(peer: LearnerPeer, older: readonly Entry[] | null): void {
    if (!this.hasLeft && peer.phase === 'reading') this.synchronise(peer, older);
  }

  /** What {@link LeaderEffects.sendSnapshot} could not do before. */
  snapshotPossible(peer: LearnerPeer): void {
    if (!this.hasLeft && peer.phase === 'reading') this.synchronise(peer);
  }

  /** A learner has taken a further piece of its snapshot, however many there are: it is not silent. */
  snapshotTaken(peer: LearnerPeer): void {
    this.patience.heardOf(peer);
  }

  /** Proposed and not committed, oldest first: a part of this server's history all the same (4.5). */
  uncommitted(): readonly Entry[] {
    return this.broadcast.uncommitted();
  }

  /** Proposes a transaction: the next of this epoch. */
  propose(entry: EntryInPlace): void {
    if (this.mayPropose(entry)) this.broadcast.propose(entry);
  }

  /** The same for one that changes the members. One at a time. */
  reconfigure(entry: EntryInPlace, change: Reconfiguration): void {
    if (this.mayPropose(entry)) this.broadcast.reconfigure(entry, change);
  }

  /** Whether this server and its followers, of whatever configuration, are a quorum of this one. */
  hasSyncedQuorum(verifier: QuorumVerifier): boolean {
    return this.hasSynced(new AckSets([verifier]));
  }

  /** The members that this server takes for current are of this version now. */
  configured(version: Zxid): void {
    this.configVersion = version;
  }

  /** This server's own log has everything up to there. */
  logged(durable: DurableZxid): void {
    this.broadcast.acked(this.options.sid, durable);
    this.advance();
  }

  /** Answers, when it may, with {@link LeaderEffects.synced}. */
  sync(source: SyncSource): void {
    if (!this.hasLeft) this.syncs.add(source, this.broadcast.lastProposed);
  }

  /** Everything that has come at this moment was handed over: what it leads to. */
  turnEnded(): void {
    if (this.hasLeft) return;
    if (this.syncs.hasGathered) this.syncs.asked(this.pingAll());
    this.advance();
  }

  /** Every half tick. */
  tick(): void {
    if (this.hasLeft) return;
    this.syncs.asked(this.pingAll());
    if (this.patience.halfTick()) this.fullTick();
    if (!this.hasLeft) this.advance();
  }

  /** This server does not lead any more: nothing more is asked for. */
  left(): void {
    this.hasLeft = true;
  }

  private mayPropose({ zxid }: EntryInPlace): boolean {
    if (this.hasLeft) return false;
    if (!this.isEstablished) throw new Error('a leader that is not established proposes nothing');
    if (counterOf(zxid) <= COUNTER_MAX) return true;
    this.stepDown('the counter of this epoch is used up: the next epoch has to begin');
    return false;
  }

  private learnerInfo(peer: LearnerPeer, packet: PacketView): void {
    if (peer.phase !== 'unknown') return this.unexpected(peer, packet);
    const acceptedEpoch = epochOf(packet.zxid);
    const info = { ...readLearnerInfo(packet.reader()), acceptedEpoch };
    const fault = introductionFault(info, { sid: this.options.sid, configVersion: this.configVersion });
    if (fault !== null) return this.close(peer, fault);
    peer.sid = info.sid;
    peer.isObserver = packet.type === PacketType.OBSERVERINFO;
    peer.phase = 'epoch';
    this.dropForerunner(peer);
    if (this.discovery.isBehind(peer, acceptedEpoch)) return this.giveWay(peer, acceptedEpoch);
    if (this.discovery.heardOf(peer, acceptedEpoch)) this.chosen();
    if (this.acceptedEpoch !== null) this.sendLeaderInfo(peer);
  }

  /** A learner that comes again has given up its old connection, whatever this end of it looks like. */
  private dropForerunner(peer: LearnerPeer): void {
    for (const other of this.peers) {
      if (other !== peer && other.sid === peer.sid) this.close(other, 'it has connected anew');
    }
  }

  /** No leader of this epoch can ever have that voter: with its promise made here, too, the next epoch falls above. */
  private giveWay({ sid }: LearnerPeer, promised: number): void {
    this.effects.acceptEpoch(promised);
    this.stepDown(`server ${sid} has promised epoch ${promised}, and cannot follow in epoch ${this.discovery.epoch}`);
  }

  private chosen(): void {
    const { epoch } = this.discovery;
    if (epoch > EPOCH_MAX) this.stepDown(`no epoch can follow ${EPOCH_MAX}`);
    else this.effects.acceptEpoch(epoch);
  }

  private sendLeaderInfo(peer: LearnerPeer): void {
    peer.phase = 'promise';
    this.effects.send(peer, PacketType.LEADERINFO, this.discovery.epochStart, encodeLeaderInfo());
  }

  private ackEpoch(peer: LearnerPeer, packet: PacketView): void {
    if (peer.phase !== 'promise') return this.unexpected(peer, packet);
    const currentEpoch = readAckEpoch(packet.reader());
    const { discovery } = this;
    peer.lastZxid = packet.zxid;
    peer.phase = 'history';
    // One that had accepted this epoch before says nothing of the epoch it is in: it is led, and not counted.
    if (!this.isPromised && currentEpoch !== EPOCH_KNOWN) {
      if (discovery.isMoreRecent({ currentEpoch, lastZxid: packet.zxid })) {
        const position = `epoch ${currentEpoch}, 0x${formatZxid(packet.zxid)}`;
        return this.close(peer, `its history is more recent than ours: ${position}`);
      }
      if (!peer.isObserver && packet.zxid >= 0) this.promised(peer.sid);
    }
    if (this.currentEpoch !== null) this.synchronise(peer);
  }

  /** With a quorum's promises nobody else can be established in an earlier epoch any more. */
  private promised(sid: number): void {
    if (this.isPromised || !this.discovery.promise(sid)) return;
    this.isPromised = true;
    this.effects.enterEpoch(this.discovery.epoch);
  }

  private synchronise(peer: LearnerPeer, older?: readonly Entry[] | null): void {
    const { log } = this.options;
    const { lastCommitted, lastTxn } = this.broadcast;
    const plan = planSync({ peer: peer.lastZxid, last: lastCommitted, lastTxn, log, older });
    if (plan.type === 'read-log') {
      peer.phase = 'reading';
      this.effects.readLog(peer, plan.after, plan.upTo);
      return;
    }
    this.sendHistory(peer, plan);
  }

  private sendHistory(peer: LearnerPeer, { type, zxid, entries, position }: SyncPlan): void {
    const { effects } = this;
    if (type !== PacketType.SNAP) {
      effects.send(peer, type, zxid, null);
    } else if (!effects.sendSnapshot(peer, zxid)) {
      peer.phase = 'reading';
      return;
    }
    peer.phase = 'synchronising';
    this.broadcast.catchUp(peer, entries, position);
    effects.send(peer, PacketType.NEWLEADER, this.discovery.epochStart, effects.configToPropose());
  }

  private ack(peer: LearnerPeer, zxid: Zxid): void {
    if (peer.phase === 'synchronising' && zxid === this.discovery.epochStart) {
      this.newLeaderAcked(peer);
    } else if (!peer.isForwardedTo || zxid > this.broadcast.lastProposed) {
      this.close(peer, `it acknowledges 0x${formatZxid(zxid)}, which was not sent to it`);
    } else if (counterOf(zxid) !== 0 && zxid > peer.acked) {
      // Early ones, before NEWLEADER's, are kept and count only with it (ZOOKEEPER-4685).
      peer.acked = zxid;
      if (peer.isSynchronised && !peer.isObserver) this.broadcast.acked(peer.sid, zxid);
    }
  }

  private newLeaderAcked(peer: LearnerPeer): void {
    peer.phase = 'synchronised';
    if (!peer.isObserver) {
      this.newLeaderAcks.add(peer.sid);
      this.broadcast.acked(peer.sid, peer.acked);
    }
    if (this.isEstablished) this.sendUpToDateIfPossible(peer);
    else this.establishIfPossible();
  }

  private establishIfPossible(): void {
    if (this.isEstablished || this.currentEpoch === null || !this.newLeaderAcks.hasAllQuorums) return;
    this.isEstablished = true;
    this.options.quorums.activate();
    this.broadcast.begin(this.discovery.epochStart);
    this.effects.established(this.discovery.epoch);
    for (const peer of this.peers) this.sendUpToDateIfPossible(peer);
    // It has brought about a reconfiguration that another leader left behind.
    if (!this.options.quorums.current.isParticipant(this.options.sid)) this.stepDown('the members have changed');
  }

  /** UPTODATE puts in force what NEWLEADER has said of the members: they must have been agreed upon. */
  private sendUpToDateIfPossible(peer: LearnerPeer): void {
    const isPending = peer.upToDateAfter !== ZXID_NONE && peer.upToDateAfter === this.broadcast.pendingChange;
    if (peer.phase !== 'synchronised' || isPending) return;
    peer.phase = 'up-to-date';
    peer.upToDateAt = this.broadcast.lastCommitted;
    this.patience.heardOf(peer);
    this.effects.send(peer, PacketType.UPTODATE, NO_ZXID, null);
  }

  private advance(): void {
    if (this.hasLeft) return;
    const { pendingChange } = this.broadcast;
    this.broadcast.advance();
    if (pendingChange !== this.broadcast.pendingChange) this.reconfigured(pendingChange);
    if (this.hasLeft) return;
    for (const source of this.syncs.takeDone(this.broadcast.lastCommitted)) this.effects.synced(source);
  }

  private reconfigured(version: Zxid): void {
    this.configVersion = version;
    this.hasLeft = this.broadcast.designatedLeader !== this.options.sid;
    if (this.hasLeft) return;
    for (const peer of this.peers) this.sendUpToDateIfPossible(peer);
  }

  /** Those that are up to date: others may leave PINGs unanswered, which made it uncertain which one an answer is for. */
  private pingAll(): LearnerPeer[] {
    const pinged = [...this.peers].filter(({ phase }) => phase === 'up-to-date');
    for (const peer of pinged) {
      peer.pingsSent++;
      this.effects.send(peer, PacketType.PING, this.broadcast.lastProposed, null);
    }
    return pinged;
  }

  private fullTick(): void {
    for (const peer of [...this.peers]) {
      const complaint = this.patience.complaint(peer, this.broadcast.lastProposed);
      if (complaint !== null) this.close(peer, complaint);
    }
    if (!this.isEstablished) {
      if (this.patience.isAtEnd) this.stepDown('no quorum has come within initLimit');
    } else if (!this.hasSynced(this.options.quorums.ackSets())) {
      this.stepDown('fewer followers than a quorum needs are left');
    }
  }

  private hasSynced(sets: AckSets): boolean {
    sets.add(this.options.sid);
    for (const peer of this.peers) if (peer.isSynchronised && !peer.isObserver) sets.add(peer.sid);
    return sets.hasAllQuorums;
  }

  private unexpected(peer: LearnerPeer, { type }: PacketView): void {
    this.close(peer, `${packetTypeName(type)} came while it was at ${peer.phase}`);
  }

  private close(peer: LearnerPeer, reason: string): void {
    this.disconnected(peer);
    this.effects.close(peer, reason);
  }

  private stepDown(reason: string): void {
    this.hasLeft = true;
    this.effects.stepDown(reason);
  }
}

const NO_ZXID = -1 as Zxid;
