import { PacketType } from '../../protocol/quorum/packet-type.js';
import type { PacketView } from '../../protocol/quorum/packet-view.js';
import { writeCommitAndActivate, writeInformAndActivate } from '../../protocol/quorum/activation.js';
import { writeEntryPacket, writePacket, writePacketWithData } from '../../protocol/quorum/packet-writer.js';
import type { RevalidateAnswer } from '../../protocol/quorum/revalidation.js';
import { readRevalidateRequest, writeRevalidateAnswer } from '../../protocol/quorum/revalidation.js';
import { readTouches } from '../../protocol/quorum/touches.js';
import { formatZxid, makeZxid, ZXID_NONE, type Zxid } from '../../protocol/zxid.js';
import type { ByteStream, Listener, ListenOptions, Logger, Runtime, Timer } from '../../runtime/index.js';
import type { FlushQueue } from '../net/flush-queue.js';
import type { CommittedZxid, DurableZxid } from '../zab/durable.js';
import type { Entry, EntryInPlace } from '../zab/entry.js';
import type { Reconfiguration } from '../zab/broadcast.js';
import { Leader } from '../zab/leader.js';
import type { LeaderEffects } from '../zab/leader-effects.js';
import type { LeaderOptions } from '../zab/leader-options.js';
import { LearnerPeer } from '../zab/learner-peer.js';
import type { QuorumVerifier } from '../zab/quorum-verifier.js';
import type { SyncSource } from '../zab/sync-rounds.js';
import { ForwardedRequests } from './forwarded-requests.js';
import type { LeaderReplica, Proposer } from './leader-replica.js';
import type { NamedLeader } from './named-leader.js';
import { PingTimes } from './ping-times.js';
import { ProposalTimes } from './proposal-times.js';
import type { QuorumStats } from './quorum-stats.js';
import { SizeRange } from './size-range.js';
import { PeerLink } from './peer-link.js';
import { Revalidation } from './revalidation.js';
import { Revalidations } from './revalidations.js';

export interface LeaderDriverOptions {
  readonly zab: LeaderOptions;
  /** The quorum port, on each address that this server has. */
  readonly listen: readonly ListenOptions[];
  readonly tickTimeMs: number;
  readonly fieldBytesMax: number;
}

export interface LeaderDriverDeps {
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly flushQueue: FlushQueue;
  readonly replica: LeaderReplica;
  readonly stats: QuorumStats;
  /** It serves, in this epoch. */
  readonly began: (epoch: number) => void;
  /** Exactly once, unless {@link LeaderDriver.stop} is called before: this server is not to lead any further. */
  readonly ended: (reason: string) => void;
  /** A reconfiguration is committed, and in force. */
  readonly reconfigured: (named: NamedLeader) => void;
}

/** Leads: carries out what {@link Leader} decides. */
export class LeaderDriver implements LeaderEffects, Proposer {
  readonly leader: Leader;
  /** Bytes of what it has proposed. */
  readonly proposalSizes = new SizeRange();
  private readonly options: LeaderDriverOptions;
  private readonly deps: LeaderDriverDeps;
  private readonly links = new Map<LearnerPeer, PeerLink>();
  private readonly pings: PingTimes;
  private readonly revalidations: Revalidations;
  private readonly requests: ForwardedRequests;
  private readonly times: ProposalTimes;
  /** Of what this leader has proposed. */
  private committedUpTo = ZXID_NONE;
  private listeners: Listener[] = [];
  private ticking: Timer | null = null;
  private hasEnded = false;
  private isTurnWatched = false;
  private named: NamedLeader | null = null;

  constructor(options: LeaderDriverOptions, deps: LeaderDriverDeps) {
    this.options = options;
    this.deps = deps;
    this.leader = new Leader(options.zab, this);
    this.times = new ProposalTimes(deps.runtime.clock, deps.stats);
    this.pings = new PingTimes(deps.runtime.clock);
    this.requests = new ForwardedRequests({
      replica: deps.replica,
      timers: deps.runtime.timers,
      sync: (peer) => this.leader.sync(peer),
      handedOn: () => this.leader.turnEnded(),
      refused: (peer, reason) => this.links.get(peer)?.close(`it forwards what is no request: ${reason}`),
    });
    this.revalidations = new Revalidations({
      replica: deps.replica,
      sync: (question) => this.sync(question),
      answer: (peer, answer) => this.answer(peer, answer),
    });
  }

  /** The quorum port. */
  get listen(): readonly ListenOptions[] {
    return this.options.listen;
  }

  start(): void {
    this.openPort().then(
      () => {
        if (!this.hasEnded) this.leader.start();
      },
      (error: unknown) => this.stepDown(`the quorum port cannot be opened: ${String(error)}`),
    );
    this.tickSoon();
  }

  /** Leads no further; nobody is told. Resolves when the quorum port is free. */
  async stop(reason: string): Promise<void> {
    if (!this.hasEnded) {
      this.hasEnded = true;
      this.leader.left();
      this.ticking?.cancel();
      for (const link of [...this.links.values()]) link.end(reason);
    }
    await Promise.all(this.listeners.splice(0).map((listener) => listener.close()));
  }

  /** The log has everything up to there. */
  logged(durable: DurableZxid): void {
    if (!this.hasEnded) this.leader.logged(durable);
  }

  /** Proposed and not committed. */
  uncommitted(): readonly Entry[] {
    return this.leader.uncommitted();
  }

  // Where the server's requests become proposals.

  propose(entry: EntryInPlace): void {
    if (this.hasEnded) return;
    this.proposalSizes.add(entry.end - entry.start);
    this.deps.stats.proposalMade();
    this.times.proposed(entry.zxid, this.links.keys());
    this.leader.propose(entry);
  }

  reconfigure(entry: EntryInPlace, change: Reconfiguration): void {
    if (this.hasEnded) return;
    this.proposalSizes.add(entry.end - entry.start);
    this.leader.reconfigure(entry, change);
  }

  hasSyncedQuorum(verifier: QuorumVerifier): boolean {
    return this.leader.hasSyncedQuorum(verifier);
  }

  epochEnded(): void {
    this.stepDown('the counter of this epoch is used up: another has to begin');
  }

  sync(source: SyncSource): void {
    this.leader.sync(source);
    if (this.isTurnWatched) return;
    this.isTurnWatched = true;
    this.deps.runtime.timers.atTurnEnd(() => {
      this.isTurnWatched = false;
      if (!this.hasEnded) this.leader.turnEnded();
    });
  }

  // What the leader wants done.

  send(peer: LearnerPeer, type: number, zxid: Zxid, data: Buffer | null): void {
    const link = this.links.get(peer);
    if (link === undefined) return;
    if (data === null) writePacket(link.out, type, zxid);
    else writePacketWithData(link.out, type, zxid, data);
    link.flushSoon();
    if (type === PacketType.PING) this.pings.sent(peer);
    else if (type === PacketType.DIFF) this.deps.stats.diffSent();
  }

  sendEntry(peer: LearnerPeer, type: number, entry: EntryInPlace): void {
    const link = this.links.get(peer);
    if (link === undefined) return;
    writeEntryPacket(link.out, type, entry.zxid, entry);
    link.flushSoon();
  }

  sendActivation(peer: LearnerPeer, entry: EntryInPlace, designatedLeader: number): void {
    const link = this.links.get(peer);
    if (link === undefined) return;
    if (peer.isObserver) writeInformAndActivate(link.out, entry.zxid, { designatedLeader, entry });
    else writeCommitAndActivate(link.out, entry.zxid, designatedLeader);
    link.flushSoon();
  }

  sendSnapshot(peer: LearnerPeer, zxid: Zxid): boolean {
    const { replica, logger } = this.deps;
    const link = this.links.get(peer);
    if (link === undefined) return true;
    const stream = replica.snapshotStream();
    if (stream === null) {
      this.when(replica.snapshotPossible(), () => this.leader.snapshotPossible(peer));
      return false;
    }
    logger.info(`Sending a snapshot at 0x${formatZxid(zxid)} to server ${peer.sid}`);
    this.deps.stats.snapshotSent();
    writePacket(link.out, PacketType.SNAP, zxid);
    link.sendStream(this.watched(peer, stream)).catch((error: unknown) => {
      link.close(`the snapshot could not be sent: ${error instanceof Error ? error.message : String(error)}`);
    });
    return true;
  }

  /** A piece is wanted when the learner's side has taken those before. */
  private async *watched(peer: LearnerPeer, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.leader.snapshotTaken(peer);
      yield chunk;
    }
  }

  readLog(peer: LearnerPeer, after: Zxid, upTo: Zxid): void {
    this.deps.replica.readEntries(after, upTo).then(
      (entries) => this.leader.logRead(peer, entries),
      (error: unknown) => {
        this.deps.logger.warn('The log could not be read for a learner: it gets a snapshot', { error });
        this.leader.logRead(peer, null);
      },
    );
  }

  close(peer: LearnerPeer, reason: string): void {
    this.links.get(peer)?.close(reason);
  }

  acceptEpoch(epoch: number): void {
    this.when(this.deps.replica.acceptEpoch(epoch), (durable) => this.leader.epochAccepted(durable));
  }

  enterEpoch(epoch: number): void {
    this.when(this.deps.replica.enterEpoch(epoch), (durable) => {
      this.deps.replica.members.first(epoch);
      this.leader.epochEntered(durable);
    });
  }

  configToPropose(): Buffer | null {
    return this.deps.replica.members.toPropose();
  }

  established(epoch: number): void {
    this.committedUpTo = makeZxid(epoch, 0);
    this.leader.configured(this.deps.replica.members.activateLastSeen());
    this.deps.replica.lead(epoch, this);
    this.deps.began(epoch);
  }

  persist(entry: EntryInPlace): void {
    this.deps.replica.persist(entry);
  }

  activate(zxid: Zxid, designatedLeader: number): void {
    if (this.deps.replica.members.activate(zxid)) this.named = { zxid, leader: designatedLeader };
  }

  commit(upTo: CommittedZxid): void {
    this.deps.replica.commit(upTo);
    this.times.committed(upTo);
    this.deps.stats.proposalsCommitted(upTo - this.committedUpTo);
    this.committedUpTo = upTo;
    this.revalidations.committed();
    const { named } = this;
    this.named = null;
    if (named !== null) this.deps.reconfigured(named);
  }

  synced(source: SyncSource): void {
    if (source instanceof Revalidation) return this.revalidations.confirmed(source);
    if (!(source instanceof LearnerPeer)) return this.deps.replica.synced(source);
    this.send(source, PacketType.SYNC, ZXID_NONE, null);
    this.requests.syncAnswered(source);
  }

  stepDown(reason: string): void {
    if (this.hasEnded) return;
    void this.stop(reason);
    this.deps.ended(reason);
  }

  private async openPort(): Promise<void> {
    for (const options of this.options.listen) {
      const listener = await this.deps.runtime.network.listen(options, (stream) => this.accept(stream));
      if (this.hasEnded) await listener.close();
      else this.listeners.push(listener);
    }
  }

  private accept(stream: ByteStream): void {
    if (this.hasEnded) {
      stream.listen({ data: () => undefined, close: () => undefined });
      return stream.destroy();
    }
    const peer = this.leader.connected();
    const { fieldBytesMax } = this.options;
    const link = new PeerLink(
      stream,
      { fieldBytesMax, flushQueue: this.deps.flushQueue },
      {
        packet: (packet) => this.packet(peer, packet),
        handled: () => {
          if (!this.hasEnded) this.leader.turnEnded();
        },
        closed: (reason) => this.closed(peer, reason),
      },
    );
    this.links.set(peer, link);
    this.requests.connected(peer);
  }

  private closed(peer: LearnerPeer, reason: string): void {
    this.links.delete(peer);
    if (this.pings.lost(peer) && !this.hasEnded) this.deps.replica.lost(peer.sid);
    this.requests.lost(peer);
    this.revalidations.lost(peer);
    this.times.lost(peer);
    this.leader.disconnected(peer);
    if (!this.hasEnded && peer.sid !== 0) this.deps.logger.info(`Server ${peer.sid} follows no more: ${reason}`);
  }

  private packet(peer: LearnerPeer, packet: PacketView): boolean {
    if (this.hasEnded || peer.phase === 'gone') return false;
    if (!this.leader.packet(peer, packet)) return true;
    switch (packet.type) {
      case PacketType.ACK:
        this.times.acked(peer, packet.zxid);
        break;
      case PacketType.REQUEST:
        this.requests.came(peer, packet);
        break;
      case PacketType.REVALIDATE:
        this.revalidations.asked(peer, readRevalidateRequest(packet.reader()));
        break;
      case PacketType.PING:
        this.pinged(peer, packet);
        break;
      default:
    }
    return true;
  }

  private answer(peer: LearnerPeer, answer: RevalidateAnswer): void {
    const link = this.links.get(peer);
    if (link === undefined) return;
    writeRevalidateAnswer(link.out, answer);
    link.flushSoon();
  }

  /** A learner has heard our PING, and said whom it has heard of by then. */
  private pinged(peer: LearnerPeer, packet: PacketView): void {
    const { replica } = this.deps;
    readTouches(packet.reader(), (id, timeoutMs) => replica.touch(id, timeoutMs));
    const sentAtMs = this.pings.answered(peer);
    if (sentAtMs !== undefined) replica.told(peer.sid, sentAtMs);
  }

  private when<T>(promise: Promise<T>, then: (value: T) => void): void {
    promise.then(
      (value) => {
        if (!this.hasEnded) then(value);
      },
      (error: unknown) => this.stepDown(error instanceof Error ? error.message : String(error)),
    );
  }

  /** What has come while this process stood still is read first: nobody was silent then. */
  private tickSoon(): void {
    const { timers } = this.deps.runtime;
    this.ticking = timers.after(this.options.tickTimeMs / 2, () => {
      if (this.hasEnded) return;
      this.tickSoon();
      timers.atTurnEnd(() => {
        if (!this.hasEnded) this.leader.tick();
        this.times.tick();
      });
    });
  }
}
