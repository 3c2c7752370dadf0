import { JuteWriter } from '../../../../src/protocol/jute-writer.js';
import { OpCode } from '../../../../src/protocol/op-codes.js';
import { PacketSplitter } from '../../../../src/protocol/quorum/packet-splitter.js';
import { PacketType } from '../../../../src/protocol/quorum/packet-type.js';
import type { PacketView } from '../../../../src/protocol/quorum/packet-view.js';
import { writeRequestPacket } from '../../../../src/protocol/quorum/packet-writer.js';
import { readRevalidateRequest, writeRevalidateRequest } from '../../../../src/protocol/quorum/revalidation.js';
import { readTouches, writePingAnswer } from '../../../../src/protocol/quorum/touches.js';
import { writeTxn, writeTxnDigest, writeTxnHeader } from '../../../../src/protocol/txn-codec.js';
import type { Zxid } from '../../../../src/protocol/zxid.js';
import { makeZxid, ZXID_NONE } from '../../../../src/protocol/zxid.js';
import { SILENT_LOGGER } from '../../../../src/runtime/index.js';
import { AuthProviders } from '../../../../src/server/auth/auth-providers.js';
import { AcceptedTxns } from '../../../../src/server/pipeline/accepted-txns.js';
import type { LearnerWrites } from '../../../../src/server/pipeline/learner-writes.js';
import type { RequestPipeline } from '../../../../src/server/pipeline/request-pipeline.js';
import type { TxnLog } from '../../../../src/server/pipeline/txn-log.js';
import type { Revalidation } from '../../../../src/server/quorum/revalidation.js';
import { Revalidations } from '../../../../src/server/quorum/revalidations.js';
import { buildLeaderCore, buildLearnerCore } from '../../../../src/server/runtime/ensemble-cores.js';
import type { LeaderCore } from '../../../../src/server/runtime/ensemble-cores.js';
import type { ServerCore } from '../../../../src/server/runtime/server-core.js';
import { ServerState } from '../../../../src/server/runtime/server-state.js';
import { DataTree } from '../../../../src/server/tree/data-tree.js';
import { ServerStats } from '../../../../src/server/words/server-stats.js';
import type { CommittedZxid } from '../../../../src/server/zab/durable.js';
import { LearnerPeer } from '../../../../src/server/zab/learner-peer.js';
import { recordedConfig } from '../../words/fake-server.js';
import type { ConnectOptions, TestedServer, TestLink } from './test-link.js';
import { connectTo } from './test-link.js';

const COUNTER_MAX = 0xffff_fffe;
const CONFIG = recordedConfig('extendedTypesEnabled=true');
const IGNORED = { connected: () => undefined, requested: () => undefined, commitAtOnce: () => undefined };

export interface EnsembleOptions {
  readonly leader?: number;
  readonly followers?: readonly number[];
  readonly observers?: readonly number[];
  readonly localSessions?: 'off' | 'on' | 'upgrading';
  readonly digestEnabled?: boolean;
  /** Of the leader's epoch. */
  readonly counterMax?: number;
  /** The first epoch; 0 by default. */
  readonly epoch?: number;
  /** When the servers start. */
  readonly startMs?: number;
  /** What every server has when it starts. */
  readonly seed?: (state: ServerState) => void;
}

/** A member, its history in memory. */
export class Member implements TestedServer {
  readonly sid: number;
  readonly state: ServerState;
  readonly stats = new ServerStats();
  core: ServerCore | null = null;
  private readonly harness: EnsembleHarness;

  constructor(harness: EnsembleHarness, sid: number) {
    const { localSessions = 'off', digestEnabled = true } = harness.options;
    this.harness = harness;
    this.sid = sid;
    this.state = new ServerState(
      {
        serverId: sid,
        tickTimeMs: 1000,
        localSessionsEnabled: localSessions !== 'off',
        localSessionsUpgradingEnabled: localSessions === 'upgrading',
        clock: harness.clock,
      },
      { tree: new DataTree({ extendedTypesEnabled: true, digestEnabled }), sessions: [] },
    );
    harness.options.seed?.(this.state);
  }

  get pipeline(): RequestPipeline {
    if (this.core === null) throw new Error(`server ${this.sid} plays no part`);
    return this.core.pipeline;
  }

  connect(options: ConnectOptions = {}): TestLink {
    return connectTo(this, options);
  }

  /** A connection with a new session, or with one that it comes back to. */
  open(options: ConnectOptions = {}): TestLink {
    const link = this.connect(options);
    this.harness.settle();
    link.session = link.handshake();
    return link;
  }
}

interface Learning {
  readonly member: Member;
  readonly peer: LearnerPeer;
  readonly isObserver: boolean;
  readonly core: ServerCore<LearnerWrites>;
  readonly packets: PacketSplitter;
  /** On their way to the leader. */
  readonly up: Buffer[];
  /** On their way from it. */
  readonly down: (() => void)[];
}

interface Proposal {
  readonly zxid: Zxid;
  readonly bytes: Buffer;
}

interface WaitingSync {
  readonly after: Zxid;
  readonly answer: () => void;
}

/**
 * A leader and its learners, with links between them that lose nothing, and no ZAB: what is proposed is committed when a test
 * says so.
 */
export class EnsembleHarness {
  readonly options: EnsembleOptions;
  nowMs: number;
  readonly clock = { wallMs: () => this.nowMs, monotonicMs: () => this.nowMs };
  /** Every packet that learners have sent. */
  readonly sent: { readonly sid: number; readonly bytes: Buffer }[] = [];
  /** Every entry that the leader has proposed. */
  readonly proposed: Buffer[] = [];
  /** Transactions after which a learner's tree was not the leader's. */
  readonly diverged: Zxid[] = [];
  epochsEnded = 0;
  private readonly members = new Map<number, Member>();
  private leading: { readonly member: Member; readonly core: LeaderCore } | null = null;
  private readonly learners = new Map<number, Learning>();
  private uncommitted: Proposal[] = [];
  private syncs: WaitingSync[] = [];
  private revalidations = this.newRevalidations();
  private lastProposed = ZXID_NONE;

  constructor(options: EnsembleOptions = {}) {
    this.options = options;
    this.nowMs = options.startMs ?? 1_000_000;
    this.begin(options.epoch ?? 0, options.leader ?? 3);
  }

  member(sid: number): Member {
    let member = this.members.get(sid);
    if (member === undefined) {
      member = new Member(this, sid);
      this.members.set(sid, member);
    }
    return member;
  }

  get leader(): Member {
    return this.leadCore.member;
  }

  get requests(): LeaderCore['requests'] {
    return this.leadCore.core.requests;
  }

  /** The write path of a learner. */
  writesOf(sid: number): LearnerWrites {
    return this.learners.get(sid)!.core.pipeline.writes;
  }

  /** Another epoch; what was proposed and not committed is lost, as are all packets. */
  begin(epoch: number, leaderSid: number): void {
    for (const member of this.members.values()) member.core?.dispose();
    this.uncommitted = [];
    this.syncs = [];
    this.revalidations = this.newRevalidations();
    this.lastProposed = makeZxid(epoch, 0);
    this.learners.clear();
    const { followers = [1, 2, 3], observers = [] } = this.options;
    for (const sid of followers) if (sid !== leaderSid) this.learn(this.member(sid), epoch, false);
    for (const sid of observers) this.learn(this.member(sid), epoch, true);
    this.lead(this.member(leaderSid), epoch);
  }

  /** What a learner has sent arrives. */
  toLeader(sid: number): void {
    const learning = this.learners.get(sid)!;
    for (const bytes of learning.up.splice(0)) {
      learning.packets.push(bytes, (packet) => {
        this.received(learning, packet);
        return true;
      });
    }
  }

  /** What the leader has sent arrives; at most so many packets. */
  toLearner(sid: number, max = Infinity): void {
    const { down } = this.learners.get(sid)!;
    for (let i = 0; i < max && down.length > 0; i++) down.shift()!();
  }

  /** The oldest proposals are committed: `count` of them. */
  commit(count = this.uncommitted.length): void {
    for (const { zxid, bytes } of this.uncommitted.splice(0, count)) {
      this.leadCore.core.deliver(zxid as CommittedZxid);
      for (const { core, isObserver, down } of this.learners.values()) {
        if (isObserver) down.push(() => core.pipeline.writes.accept(entryOf(zxid, bytes)));
        down.push(() => core.deliver(zxid as CommittedZxid));
      }
      this.answerSyncs(zxid);
      this.revalidations.committed();
    }
  }

  /** Until nobody has anything to say. */
  settle(): void {
    const sids = [...this.learners.keys()];
    for (let isQuiet = false; !isQuiet;) {
      for (const sid of sids) this.toLeader(sid);
      this.answerSyncs(this.leader.state.tree.lastProcessedZxid);
      this.commit();
      for (const sid of sids) this.toLearner(sid);
      isQuiet = sids.every((sid) => this.learners.get(sid)!.up.length + this.learners.get(sid)!.down.length === 0);
      isQuiet &&= this.uncommitted.length + this.syncs.length === 0;
    }
  }

  /** The leader asks learners whom they have heard of; `counts`: and remembers when it asked. */
  ping({ sids = [...this.learners.keys()], counts = false } = {}): void {
    for (const sid of sids) {
      this.write(sid, (writer) => writePingAnswer(writer, this.lastProposed, this.writesOf(sid).takeTouches()));
      this.toLeader(sid);
      if (counts) this.requests.told(sid, this.nowMs);
    }
    this.settle();
  }

  /** All trees and session tables are the same. */
  isEqualEverywhere(): boolean {
    const all = [...this.members.values()].map(({ state }) =>
      [state.tree.lastProcessedZxid, state.tree.digest, ...[...state.sessions.values()].map(({ id }) => id)].join(),
    );
    return all.every((each) => each === all[0]);
  }

  private get leadCore(): { readonly member: Member; readonly core: LeaderCore } {
    if (this.leading === null) throw new Error('nobody leads');
    return this.leading;
  }

  private deps(member: Member) {
    return {
      runtime: { clock: this.clock },
      logger: SILENT_LOGGER,
      storage: { snapshotIfDue: () => undefined, lastLoggedZxid: ZXID_NONE },
      authenticator: new AuthProviders(CONFIG.auth),
      stats: member.stats,
      state: member.state,
      traffic: IGNORED,
    };
  }

  private lead(member: Member, epoch: number): void {
    member.state.tree.lastProcessedZxid = makeZxid(epoch, 0);
    const core = buildLeaderCore(CONFIG, {
      ...this.deps(member),
      log: this.log(),
      ensemble: {
        zxidMax: makeZxid(epoch, this.options.counterMax ?? COUNTER_MAX),
        epochEnded: () => this.epochsEnded++,
        sync: (request) => this.sync(() => this.leadCore.core.pipeline.writes.synced(request)),
      },
    });
    member.core = core;
    this.leading = { member, core };
    core.requests.takeOver();
  }

  private learn(member: Member, epoch: number, isObserver: boolean): void {
    const { sid } = member;
    member.state.tree.lastProcessedZxid = makeZxid(epoch, 0);
    const core = buildLearnerCore(CONFIG, {
      ...this.deps(member),
      accepted: new AcceptedTxns(() => undefined),
      diverged: (zxid) => this.diverged.push(zxid),
      upstream: {
        request: (request) => this.write(sid, (writer) => writeRequestPacket(writer, request)),
        revalidate: (sessionId, timeoutMs) =>
          this.write(sid, (writer) => writeRevalidateRequest(writer, { sessionId, timeoutMs })),
      },
    });
    member.core = core;
    const packets = new PacketSplitter({ fieldBytesMax: 2_097_150 });
    const peer = new LearnerPeer();
    peer.sid = sid;
    this.learners.set(sid, { member, peer, isObserver, core, packets, up: [], down: [] });
  }

  /** A packet from a learner to the leader; lost, when a recorded leader is followed. */
  write(sid: number, write: (writer: JuteWriter) => void): void {
    const writer = new JuteWriter();
    write(writer);
    this.up(sid, writer.take());
  }

  private up(sid: number, bytes: Buffer): void {
    this.sent.push({ sid, bytes });
    this.learners.get(sid)!.up.push(bytes);
  }

  private log(): TxnLog {
    return {
      append: (header, txn, digest) => {
        const writer = new JuteWriter();
        writeTxnHeader(writer, header);
        writeTxn(writer, txn);
        if (digest !== null) writeTxnDigest(writer, digest);
        this.propose(header.zxid, writer.take());
      },
      appendEntry: ({ zxid, view, start, end }) =>
        this.propose(zxid, Buffer.from(Buffer.from(view.buffer, view.byteOffset).subarray(start, end))),
    };
  }

  private propose(zxid: Zxid, bytes: Buffer): void {
    this.lastProposed = zxid;
    this.proposed.push(bytes);
    this.uncommitted.push({ zxid, bytes });
    for (const { core, isObserver, down } of this.learners.values()) {
      if (!isObserver) down.push(() => core.pipeline.writes.accept(entryOf(zxid, bytes)));
    }
  }

  private received({ member, peer, core, down }: Learning, packet: PacketView): void {
    switch (packet.type) {
      case PacketType.REQUEST:
        this.requests.forwarded(member.sid, packet);
        if (packet.buf.readInt32BE(packet.dataStart + 12) !== OpCode.sync) return;
        return this.sync(() => down.push(() => core.pipeline.writes.syncAnswered()));
      case PacketType.REVALIDATE:
        return this.revalidations.asked(peer, readRevalidateRequest(packet.reader()));
      default:
        readTouches(packet.reader(), (id, timeoutMs) => this.requests.touch(id, timeoutMs));
    }
  }

  private newRevalidations(): Revalidations {
    return new Revalidations({
      replica: { revalidate: (...asked) => this.requests.revalidate(...asked) },
      sync: (question) => this.sync(() => this.revalidations.confirmed(question as Revalidation)),
      answer: ({ sid }, { sessionId, isValid }) =>
        this.learners.get(sid)!.down.push(() => this.writesOf(sid).revalidated(sessionId, isValid)),
    });
  }

  private sync(answer: () => void): void {
    this.syncs.push({ after: this.lastProposed, answer });
  }

  private answerSyncs(committed: Zxid): void {
    while (this.syncs.length > 0 && this.syncs[0]!.after <= committed) this.syncs.shift()!.answer();
  }
}

/** Where a chunk has it, among other bytes. */
function entryOf(zxid: Zxid, bytes: Buffer) {
  const chunk = Buffer.concat([Buffer.from('before'), bytes, Buffer.from('behind')]);
  return { zxid, bytes: chunk, start: 6, end: 6 + bytes.length };
}
