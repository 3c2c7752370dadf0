import { PacketType } from '../../../../src/protocol/quorum/packet-type.js';
import { counterOf, epochOf, makeZxid, type Zxid } from '../../../../src/protocol/zxid.js';
import type {
  CommittedZxid,
  DurableAcceptedEpoch,
  DurableCurrentEpoch,
  DurableZxid,
} from '../../../../src/server/zab/durable.js';
import { entryOf, type EntryInPlace } from '../../../../src/server/zab/entry.js';
import type { LeaderEffects } from '../../../../src/server/zab/leader-effects.js';
import { Leader } from '../../../../src/server/zab/leader.js';
import type { LearnerPeer } from '../../../../src/server/zab/learner-peer.js';
import { Quorums } from '../../../../src/server/zab/quorums.js';
import type { SyncSource } from '../../../../src/server/zab/sync-rounds.js';
import { handOver, ownCopy, packetText } from '../support/packets.js';
import type { Endpoint, Message, ModelLink } from './model-link.js';
import type { ModelRole, ModelServer } from './model-server.js';

/** A sync of one of the leader's own clients: how much was committed anywhere when it was asked for. */
class OwnSync {
  readonly wanted: number;

  constructor(wanted: number) {
    this.wanted = wanted;
  }
}

/** Closings that only a fault of one of the two can lead to. */
const FAULTS = /which was not sent to it|came while it was at|it says that it is server/;

/** Carries out what a leader wants done, and holds it to its promises. */
export class ModelLeader implements LeaderEffects, ModelRole {
  readonly server: ModelServer;
  private readonly leader: Leader;
  private readonly links = new Map<LearnerPeer, ModelLink>();
  isCutOff = false;
  private hasLeft = false;
  private proposedUpTo: Zxid | null = null;

  constructor(server: ModelServer) {
    this.server = server;
    const { sid, disk, log, world } = server;
    this.leader = new Leader(
      {
        sid,
        quorums: new Quorums(world.verifier, null),
        acceptedEpoch: disk.accepted as DurableAcceptedEpoch,
        currentEpoch: disk.current as DurableCurrentEpoch,
        lastLogged: disk.last,
        log,
        configVersion: 0 as Zxid,
        initLimit: 6,
        syncLimit: 4,
      },
      this,
    );
  }

  get isServing(): boolean {
    return this.leader.epoch > 0;
  }

  start(): void {
    this.leader.start();
  }

  connect(link: ModelLink): void {
    const peer = this.leader.connected();
    this.links.set(peer, link);
    link.toLeader.to = this.endpointOf(peer);
  }

  logged(durable: DurableZxid): void {
    this.leader.logged(durable);
  }

  left(): void {
    this.hasLeft = true;
    this.leader.left();
    for (const link of this.links.values()) link.break(this.server.world.random);
  }

  /** Its learners lose it, and it hears nothing of that for a while. */
  cutOff(): void {
    this.isCutOff = true;
    for (const link of this.links.values()) {
      link.toLeader.isStalled = true;
      link.break(this.server.world.random);
    }
  }

  tick(): void {
    this.leader.tick();
  }

  turnEnded(): void {
    if (!this.hasLeft) this.leader.turnEnded();
  }

  /** Some client of this leader writes. */
  write(): void {
    if (!this.isServing || this.hasLeft) return;
    const { world, disk } = this.server;
    const zxid = ((this.proposedUpTo ?? makeZxid(this.leader.epoch, 0)) + 1) as Zxid;
    this.proposedUpTo = zxid;
    const bytes = Buffer.from(`#${world.nextName()}`);
    world.book.proposedOnce(entryOf(zxid, Buffer.from(bytes)));
    this.leader.propose({ zxid, bytes, start: 0, end: bytes.length });
    bytes.fill(0xee);
    if (disk.last !== zxid) throw new Error('a proposal was not persisted');
  }

  sync(): void {
    if (!this.isServing) return;
    const { book, world, applied } = this.server;
    if (book.isDeposed(this.leader.epoch) && applied < book.length) world.tell('synced by a deposed leader');
    this.leader.sync(new OwnSync(book.length));
  }

  send(peer: LearnerPeer, type: number, zxid: Zxid, data: Buffer | null): void {
    const { disk, world } = this.server;
    if (type === PacketType.LEADERINFO && disk.accepted < epochOf(zxid)) throw new Error('LEADERINFO before its file');
    if (type === PacketType.NEWLEADER && disk.current < epochOf(zxid)) throw new Error('NEWLEADER before its file');
    if (type === PacketType.UPTODATE && !this.isServing) throw new Error('UPTODATE of a leader that is none yet');
    world.count(type);
    this.put(peer, { type, zxid, data });
  }

  sendEntry(peer: LearnerPeer, type: number, entry: EntryInPlace): void {
    this.put(peer, { type, zxid: entry.zxid, data: ownCopy(entry).bytes });
  }

  sendActivation(): void {
    throw new Error('nobody has changed the members');
  }

  activate(): void {
    throw new Error('nobody has changed the members');
  }

  sendSnapshot(peer: LearnerPeer, zxid: Zxid): boolean {
    const { disk, applied, world } = this.server;
    if (world.random.chance(0.2)) {
      this.server.job('log', () => this.leader.snapshotPossible(peer));
      return false;
    }
    const tree = disk.history.slice(0, applied);
    const last = tree.at(-1)?.zxid ?? (0 as Zxid);
    if (counterOf(zxid) !== 0 && last !== zxid) throw new Error('a snapshot is not what its zxid says');
    world.count(PacketType.SNAP);
    this.put(peer, { type: PacketType.SNAP, zxid, data: null, tree });
    return true;
  }

  readLog(peer: LearnerPeer, after: Zxid, upTo: Zxid): void {
    const { disk, world } = this.server;
    this.server.job('log', () => {
      const entries = world.random.chance(0.2) ? null : disk.read(after, upTo);
      if (entries !== null) world.tell('log read');
      this.leader.logRead(peer, entries);
    });
  }

  close(peer: LearnerPeer, reason: string): void {
    if (FAULTS.test(reason)) throw new Error(`server ${this.server.sid} closes ${peer.sid}: ${reason}`);
    this.links.get(peer)?.break(this.server.world.random);
    this.links.delete(peer);
  }

  acceptEpoch(epoch: number): void {
    const { disk } = this.server;
    this.server.job('epoch', () => {
      if (epoch <= disk.accepted) throw new Error('a leader takes an epoch that it had accepted before');
      disk.accepted = epoch;
      if (!this.hasLeft) this.leader.epochAccepted(epoch as DurableAcceptedEpoch);
    });
  }

  enterEpoch(epoch: number): void {
    const { disk } = this.server;
    this.server.job('epoch', () => {
      disk.enter(epoch, disk.history.length);
      if (!this.hasLeft) this.leader.epochEntered(epoch as DurableCurrentEpoch);
    });
  }

  configToPropose(): Buffer | null {
    return Buffer.from('version=0');
  }

  established(epoch: number): void {
    const { world, disk, sid } = this.server;
    world.note(sid, `is established in ${epoch}`);
    world.book.established(epoch, sid, disk.history);
    world.tell('established');
  }

  persist(entry: EntryInPlace): void {
    this.server.append(ownCopy(entry));
  }

  commit(upTo: CommittedZxid): void {
    const from = this.server.applied;
    this.server.commit(upTo);
    for (let index = from; index < this.server.applied; index++) {
      this.server.book.commit(this.server.disk.history, index);
      this.server.world.tell('committed');
    }
  }

  synced(source: SyncSource): void {
    if (!(source instanceof OwnSync)) return this.send(source as LearnerPeer, PacketType.SYNC, 0 as Zxid, null);
    if (this.server.applied < source.wanted) throw new Error('a sync of the leader was answered too early');
    this.server.world.tell('synced at the leader');
  }

  stepDown(): void {
    this.server.endRole();
  }

  private endpointOf(peer: LearnerPeer): Endpoint {
    return {
      isBusy: false,
      received: (message) => this.received(peer, message),
      broken: () => {
        this.links.delete(peer);
        this.leader.disconnected(peer);
      },
    };
  }

  private received(peer: LearnerPeer, { type, zxid, data }: Message): void {
    if (this.hasLeft) return;
    this.server.world.note(this.server.sid, `has from ${peer.sid} ${packetText(type, zxid)}`);
    handOver({ type, zxid, data }, (packet) => {
      const isTaken = this.leader.packet(peer, packet);
      if (isTaken && type === PacketType.REQUEST) this.leader.sync(peer);
    });
    if (this.server.world.random.chance(0.7)) this.turnEnded();
  }

  private put(peer: LearnerPeer, message: Message): void {
    const link = this.links.get(peer);
    this.server.world.note(this.server.sid, `to ${peer.sid} ${packetText(message.type, message.zxid)}`);
    link?.send(link.toLearner, message);
  }
}
