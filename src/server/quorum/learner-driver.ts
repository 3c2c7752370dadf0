import { PacketType } from '../../protocol/quorum/packet-type.js';
import { writePacket, writePacketWithData, writeRequestPacket } from '../../protocol/quorum/packet-writer.js';
import type { PacketView } from '../../protocol/quorum/packet-view.js';
import { writeRevalidateRequest } from '../../protocol/quorum/revalidation.js';
import { writePingAnswer } from '../../protocol/quorum/touches.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { ByteStream, Logger, Runtime, Timer } from '../../runtime/index.js';
import type { FlushQueue } from '../net/flush-queue.js';
import type { Upstream, UpstreamRequest } from '../pipeline/upstream.js';
import type { CommittedZxid, DurableZxid } from '../zab/durable.js';
import type { Entry, EntryInPlace } from '../zab/entry.js';
import { Learner, type LearnerOptions } from '../zab/learner.js';
import type { LearnerEffects } from '../zab/learner-effects.js';
import { LeaderDial, type LeaderDialOptions } from './leader-dial.js';
import type { LearnerReplica } from './learner-replica.js';
import type { NamedLeader } from './named-leader.js';
import { PeerLink } from './peer-link.js';
import type { QuorumStats } from './quorum-stats.js';

export interface LearnerDriverOptions {
  readonly zab: LearnerOptions;
  readonly dial: LeaderDialOptions;
  readonly tickTimeMs: number;
  /** In ticks. */
  readonly initLimit: number;
  readonly syncLimit: number;
  readonly fieldBytesMax: number;
}

export interface LearnerDriverDeps {
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly flushQueue: FlushQueue;
  readonly replica: LearnerReplica;
  readonly stats: QuorumStats;
  /** It serves, in this epoch. */
  readonly began: (epoch: number) => void;
  /** Exactly once, unless {@link LearnerDriver.stop} is called before: the leader is gone, or is not to be followed. */
  readonly ended: (reason: string) => void;
  /** The members are others. `named`: who leads them; null: still the same leader. */
  readonly reconfigured: (named: NamedLeader | null) => void;
}

/** Follows one leader: carries out what {@link Learner} decides. */
export class LearnerDriver implements LearnerEffects, Upstream {
  private readonly options: LearnerDriverOptions;
  private readonly deps: LearnerDriverDeps;
  private readonly learner: Learner;
  private readonly dial: LeaderDial;
  private link: PeerLink | null = null;
  private patience: Timer | null = null;
  private heardAtMs = 0;
  private hasEnded = false;
  private hasHeardLeader = false;
  private snapshotWanted: Zxid | null = null;
  private named: NamedLeader | null = null;
  /** Committed, and not handed to the replica. */
  private committed: CommittedZxid | null = null;

  constructor(options: LearnerDriverOptions, deps: LearnerDriverDeps) {
    this.options = options;
    this.deps = deps;
    this.learner = new Learner(options.zab, this);
    this.dial = new LeaderDial(options.dial, deps.runtime);
  }

  get isServing(): boolean {
    return this.learner.isServing && !this.hasEnded;
  }

  /** {@link Learner.uncuttableIn} */
  get uncuttableIn(): number {
    return this.learner.uncuttableIn;
  }

  /** Whether anything at all has come from the leader. */
  get hasHeard(): boolean {
    return this.hasHeardLeader;
  }

  /** For how long nothing has come from the leader. */
  get silentMs(): number {
    return this.nowMs - this.heardAtMs;
  }

  start(): void {
    this.heardAtMs = this.nowMs;
    this.meet(this.dial.connect());
  }

  /** Leaves the leader; nobody is told. */
  stop(reason: string): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.learner.left();
    this.patience?.cancel();
    this.dial.abort();
    this.link?.end(reason);
  }

  /** The log has everything up to there. */
  logged(durable: DurableZxid): void {
    this.learner.logged(durable);
  }

  /** What it has accepted, its replica knows. */
  uncommitted(): readonly Entry[] {
    return [];
  }

  // What the connection tells.

  packet(packet: PacketView): boolean {
    const { type } = packet;
    this.hasHeardLeader = true;
    this.count(type);
    // Only these say nothing that rests on what is committed.
    if (type !== PacketType.PROPOSAL && type !== PacketType.COMMIT && type !== PacketType.INFORM) this.deliver();
    this.learner.packet(packet);
    return !this.learner.isBusy && !this.hasEnded;
  }

  handled(): void {
    this.deliver();
    this.heardAtMs = this.nowMs;
    const zxid = this.snapshotWanted;
    if (zxid === null || this.link === null) return;
    this.snapshotWanted = null;
    const { link } = this;
    this.when(this.deps.replica.receiveSnapshot(this.heard(link.takeStream()), zxid), (rest) => {
      this.heardAtMs = this.nowMs;
      this.learner.snapshotReceived(zxid);
      link.endStream(rest);
    });
  }

  /** Without a word, it may have been closed by somebody who stands before a port that is not open yet. */
  closed(reason: string): void {
    if (this.hasHeardLeader || this.hasEnded) return this.abandon(reason);
    this.link = null;
    this.patience?.cancel();
    this.meet(this.dial.connectAgain(reason));
  }

  // What the learner wants done.

  send(type: number, zxid: Zxid, data: Buffer | null): void {
    const { link } = this;
    if (link === null) return;
    if (data === null) writePacket(link.out, type, zxid);
    else writePacketWithData(link.out, type, zxid, data);
    link.flushSoon();
  }

  acceptEpoch(epoch: number): void {
    this.whenThenOn(this.deps.replica.acceptEpoch(epoch), (durable) => this.learner.epochAccepted(durable));
  }

  truncate(zxid: Zxid): void {
    this.whenThenOn(this.deps.replica.truncate(zxid), (last) => {
      if (last === null) this.learner.cannotCut();
      else this.learner.truncated(last);
    });
  }

  receiveSnapshot(zxid: Zxid): void {
    this.snapshotWanted = zxid;
  }

  accept(entry: EntryInPlace): void {
    this.deps.replica.accept(entry);
  }

  /** What a chunk commits is applied at once, when all of it was read. */
  commit(upTo: CommittedZxid): void {
    this.committed = upTo;
    if (this.named !== null) this.deliver();
  }

  private deliver(): void {
    const { committed, named } = this;
    if (committed === null || this.hasEnded) return;
    this.committed = null;
    this.deps.replica.commit(committed);
    this.named = null;
    if (named !== null) this.deps.reconfigured(named);
  }

  configProposed(text: string): void {
    this.deps.replica.members.adopt(text);
  }

  activate(zxid: Zxid, designatedLeader: number): void {
    if (this.deps.replica.members.activate(zxid)) this.named = { zxid, leader: designatedLeader };
  }

  secureHistory(): void {
    this.whenThenOn(this.deps.replica.secureHistory(), (history) => this.learner.historyDurable(history));
  }

  enterEpoch(epoch: number): void {
    this.whenThenOn(this.deps.replica.enterEpoch(epoch), (durable) => this.learner.epochEntered(durable));
  }

  serve(epoch: number): void {
    this.deps.replica.members.activateAdopted();
    this.deps.reconfigured(null);
    if (this.hasEnded) return;
    this.deps.replica.serve(epoch, this);
    this.deps.began(epoch);
  }

  syncAnswered(): void {
    this.deps.replica.syncAnswered();
  }

  revalidated(sessionId: bigint, isValid: boolean): void {
    this.deps.replica.revalidated(sessionId, isValid);
  }

  touchesWanted(zxid: Zxid): void {
    const { link } = this;
    if (link === null) return;
    writePingAnswer(link.out, zxid, this.deps.replica.takeTouches());
    link.flushSoon();
  }

  abandon(reason: string): void {
    if (this.hasEnded) return;
    this.stop(reason);
    this.deps.ended(reason);
  }

  // What clients want of the leader.

  request(request: UpstreamRequest): void {
    const { link } = this;
    if (link === null) return;
    writeRequestPacket(link.out, request);
    link.flushSoon();
  }

  revalidate(sessionId: bigint, timeoutMs: number): void {
    const { link } = this;
    if (link === null) return;
    this.deps.stats.revalidationAsked();
    writeRevalidateRequest(link.out, { sessionId, timeoutMs });
    link.flushSoon();
  }

  private meet(connecting: Promise<ByteStream>): void {
    connecting.then(
      (stream) => {
        if (this.hasEnded) return stream.destroy();
        const { fieldBytesMax } = this.options;
        this.link = new PeerLink(stream, { fieldBytesMax, flushQueue: this.deps.flushQueue }, this);
        this.heardAtMs = this.nowMs;
        this.watch();
        this.learner.connected();
      },
      (error: unknown) =>
        this.abandon(`no connection to it: ${error instanceof Error ? error.message : String(error)}`),
    );
  }

  /** A snapshot may take longer than any silence: each piece of it is a word. */
  private async *heard(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.heardAtMs = this.nowMs;
      yield chunk;
    }
  }

  private count(type: number): void {
    if (type === PacketType.PROPOSAL) this.deps.stats.proposalReceived();
    else if (type === PacketType.COMMIT || type === PacketType.INFORM) this.deps.stats.commitReceived();
  }

  private get nowMs(): number {
    return this.deps.runtime.clock.monotonicMs();
  }

  private when<T>(promise: Promise<T>, then: (value: T) => void): void {
    promise.then(
      (value) => {
        if (!this.hasEnded) then(value);
      },
      (error: unknown) => this.abandon(error instanceof Error ? error.message : String(error)),
    );
  }

  /** Then goes on with the packets that have waited. */
  private whenThenOn<T>(promise: Promise<T>, then: (value: T) => void): void {
    this.when(promise, (value) => {
      then(value);
      if (!this.learner.isBusy) this.link?.proceed();
    });
  }

  /** A leader from which nothing comes is none. What has come while this process stood still is read first. */
  private watch(): void {
    const { tickTimeMs, initLimit, syncLimit } = this.options;
    const { timers } = this.deps.runtime;
    this.patience = timers.after(tickTimeMs / 2, () => {
      this.watch();
      timers.atTurnEnd(() => {
        const limit = this.learner.isServing ? syncLimit : initLimit;
        const { silentMs } = this;
        if (silentMs > limit * tickTimeMs) this.abandon(`it has been silent for ${Math.round(silentMs)} ms`);
      });
    });
  }
}
