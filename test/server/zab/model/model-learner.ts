import { PacketType } from '../../../../src/protocol/quorum/packet-type.js';
import { counterOf, epochOf, type Zxid } from '../../../../src/protocol/zxid.js';
import type {
  DurableAcceptedEpoch,
  DurableCurrentEpoch,
  DurableHistory,
  DurableZxid,
} from '../../../../src/server/zab/durable.js';
import type { EntryInPlace } from '../../../../src/server/zab/entry.js';
import type { LearnerEffects } from '../../../../src/server/zab/learner-effects.js';
import { Learner } from '../../../../src/server/zab/learner.js';
import { handOver, ownCopy, packetText, zxidText } from '../support/packets.js';
import type { Endpoint, Message, ModelLink } from './model-link.js';
import type { ModelRole, ModelServer } from './model-server.js';

/** The leader was left because its epoch is old; everything else would be a fault of one of the two. */
const HARMLESS = /was promised to another leader|to which no files lead/;

/** Carries out what a learner wants done, and holds it to its promises. */
export class ModelLearner implements LearnerEffects, ModelRole, Endpoint {
  readonly server: ModelServer;
  private readonly learner: Learner;
  private readonly link: ModelLink;
  private tree: Message['tree'];
  private hasLeft = false;
  private firstAckAt = 0;
  /** How much was committed anywhere when each sync was asked for. */
  private readonly syncs: number[] = [];

  constructor(server: ModelServer, link: ModelLink) {
    this.server = server;
    this.link = link;
    const { sid, disk, isObserver } = server;
    this.learner = new Learner(
      {
        sid,
        isObserver,
        acceptedEpoch: disk.accepted as DurableAcceptedEpoch,
        currentEpoch: disk.current as DurableCurrentEpoch,
        lastLogged: disk.last,
        configVersion: 0 as Zxid,
        uncuttableIn: server.uncuttableIn,
      },
      this,
    );
    link.toLearner.to = this;
  }

  get isServing(): boolean {
    return this.learner.isServing;
  }

  get isBusy(): boolean {
    return !this.hasLeft && this.learner.isBusy;
  }

  start(): void {
    this.learner.connected();
  }

  received({ type, zxid, data, tree }: Message): void {
    if (this.hasLeft) return;
    this.tree = tree;
    this.server.world.note(this.server.sid, `takes ${packetText(type, zxid)}`);
    handOver({ type, zxid, data }, (packet) => this.learner.packet(packet));
  }

  broken(): void {
    if (!this.hasLeft) this.server.endRole();
  }

  logged(durable: DurableZxid): void {
    this.learner.logged(durable);
  }

  left(): void {
    this.hasLeft = true;
    this.learner.left();
    this.link.break(this.server.world.random);
  }

  sync(): void {
    this.syncs.push(this.server.book.length);
    this.link.send(this.link.toLeader, { type: PacketType.REQUEST, zxid: -1 as Zxid, data: Buffer.from('sync') });
  }

  send(type: number, zxid: Zxid, data: Buffer | null): void {
    const { disk } = this.server;
    if (type === PacketType.ACKEPOCH && zxid >= 0 && zxid !== disk.last)
      throw new Error('ACKEPOCH does not tell the whole log');
    if (type === PacketType.ACK) {
      if (zxid > disk.lastDurable && counterOf(zxid) !== 0) throw new Error('an ACK before its log');
      if (this.firstAckAt === 0 && counterOf(zxid) !== 0) throw new Error('the ACK of NEWLEADER is not the first');
      if (disk.current < epochOf(zxid)) throw new Error('an ACK before its epoch');
      this.firstAckAt ||= zxid;
    }
    this.server.world.note(this.server.sid, `says ${packetText(type, zxid)} ${data?.toString('hex') ?? ''}`);
    this.link.send(this.link.toLeader, { type, zxid, data });
  }

  acceptEpoch(epoch: number): void {
    const { disk } = this.server;
    this.server.job('epoch', () => {
      if (epoch <= disk.accepted) throw new Error('a learner takes an epoch that it had accepted before');
      disk.accepted = epoch;
      if (!this.hasLeft) this.learner.epochAccepted(epoch as DurableAcceptedEpoch);
    });
  }

  truncate(zxid: Zxid): void {
    this.server.job('log', () => {
      const isCut = this.server.disk.truncate(zxid);
      if (isCut) this.server.reload();
      if (this.hasLeft) return;
      if (isCut) this.learner.truncated(this.server.disk.last);
      else this.learner.cannotCut();
    });
  }

  receiveSnapshot(zxid: Zxid): void {
    const { tree } = this;
    this.server.job('log', () => {
      if (this.hasLeft) return;
      this.server.receive(tree!, zxid);
      this.learner.snapshotReceived(zxid);
    });
  }

  accept(entry: EntryInPlace): void {
    this.server.append(ownCopy(entry));
  }

  commit(upTo: Zxid): void {
    for (const entry of this.server.commit(upTo)) this.server.log.add(entry);
  }

  configProposed(): void {
    this.server.world.tell('configured');
  }

  activate(): void {
    throw new Error('nobody has reconfigured anything');
  }

  secureHistory(): void {
    const { disk } = this.server;
    this.server.job('log', () => {
      if (this.hasLeft && this.server.world.random.chance(0.5)) return;
      this.server.secure();
      if (!this.hasLeft) this.learner.historyDurable(disk.lastDurable as DurableHistory);
    });
  }

  enterEpoch(epoch: number): void {
    const { disk, applied } = this.server;
    this.server.job('epoch', () => {
      disk.enter(epoch, applied);
      if (!this.hasLeft) this.learner.epochEntered(epoch as DurableCurrentEpoch);
    });
  }

  serve(): void {
    const { history, applied, book } = this.server;
    if (!book.begins(history, applied)) throw new Error(`server ${this.server.sid} serves what is not committed`);
    this.server.world.tell('serving');
  }

  syncAnswered(): void {
    const wanted = this.syncs.shift();
    if (wanted === undefined) throw new Error('a sync was answered that nobody had asked for');
    if (this.server.applied < wanted) throw new Error(`a sync of server ${this.server.sid} was answered too early`);
    this.server.world.tell('synced at a learner');
  }

  revalidated(): void {
    throw new Error('nobody has asked for a session');
  }

  touchesWanted(zxid: Zxid): void {
    this.send(PacketType.PING, zxid, Buffer.alloc(0));
  }

  abandon(reason: string): void {
    if (!HARMLESS.test(reason)) {
      throw new Error(`server ${this.server.sid} at ${zxidText(this.server.disk.last)} leaves its leader: ${reason}`);
    }
    this.server.uncuttableIn = this.learner.uncuttableIn;
    this.server.endRole();
  }
}
