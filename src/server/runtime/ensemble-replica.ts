import type { Runtime, Logger } from '../../runtime/index.js';
import type { PacketView } from '../../protocol/quorum/packet-view.js';
import type { Touch } from '../../protocol/quorum/touches.js';
import { COUNTER_MAX, makeZxid, type Zxid } from '../../protocol/zxid.js';
import type { FlushQueue } from '../net/flush-queue.js';
import { AcceptedTxns } from '../pipeline/accepted-txns.js';
import type { Authenticator } from '../pipeline/authenticator.js';
import { CatchUp } from '../pipeline/catch-up.js';
import type { LearnerWrites } from '../pipeline/learner-writes.js';
import type { Unsynced } from '../pipeline/ordering-parts.js';
import type { Upstream } from '../pipeline/upstream.js';
import type { Proposer } from '../quorum/leader-replica.js';
import type { QuorumReplica } from '../quorum/quorum-replica.js';
import type { ServerStorage } from '../storage/server-storage.js';
import { StorageError } from '../storage/storage-error.js';
import type { ServerStats } from '../words/server-stats.js';
import type { CommittedLog } from '../zab/committed-log.js';
import type {
  CommittedZxid,
  DurableAcceptedEpoch,
  DurableCurrentEpoch,
  DurableHistory,
  DurableZxid,
} from '../zab/durable.js';
import { entryOf, type Entry, type EntryInPlace } from '../zab/entry.js';
import type { SyncSource } from '../zab/sync-rounds.js';
import type { EnsembleServerConfig } from './ensemble-server-config.js';
import { buildLeaderCore, buildLearnerCore, buildReadOnlyCore, type LeaderCore } from './ensemble-cores.js';
import { HeldLog } from './held-log.js';
import { HouseKeeping } from './house-keeping.js';
import { LogEntries } from './log-entries.js';
import { LogDriver } from './log-driver.js';
import { MemberChanges } from './member-changes.js';
import type { PipelineOwner } from './pipeline-owner.js';
import { ProposalLog } from './proposal-log.js';
import type { ServerCore } from './server-core.js';
import type { ServerMembership } from './server-membership.js';
import { ServerState } from './server-state.js';

export interface EnsembleReplicaDeps {
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly storage: ServerStorage;
  readonly authenticator: Authenticator;
  readonly stats: ServerStats;
  readonly flushQueue: FlushQueue;
  readonly owner: PipelineOwner;
  readonly membership: ServerMembership;
  /** The last transactions of this server's history. */
  readonly log: CommittedLog;
}

/** How long a server that stops waits for requests that it has taken. */
const FINISH_MAX_MS = 500;
const FINISH_LOOK_MS = 2;

/** One server's history and what it serves from it, in whatever role: between the drivers of the quorum, the disk and the clients. */
export class EnsembleReplica implements QuorumReplica {
  onLogged: (durable: DurableZxid) => void = () => undefined;
  readonly state: ServerState;
  readonly members: MemberChanges;
  private readonly config: EnsembleServerConfig;
  private readonly deps: EnsembleReplicaDeps;
  private readonly logEntries = new LogEntries();
  private readonly log: HeldLog;
  private accepted: AcceptedTxns;
  private logDriver: LogDriver;
  private leaderCore: LeaderCore | null = null;
  private learnerCore: ServerCore<LearnerWrites> | null = null;
  private readOnlyCore: ServerCore | null = null;
  private houseKeeping: HouseKeeping | null = null;
  /** The tree is a snapshot that came from a leader, and is not on the device: nothing may be logged behind it. */
  private isUnsecured = false;
  private hasFailed = false;
  /** What is being done to the history, as long as it takes. */
  private working: Promise<unknown> = Promise.resolve();

  constructor(config: EnsembleServerConfig, deps: EnsembleReplicaDeps) {
    this.config = config;
    this.deps = deps;
    const { runtime, storage, log } = deps;
    const { ensemble } = config;
    this.state = new ServerState(
      {
        serverId: ensemble.sid,
        tickTimeMs: config.tickTimeMs,
        localSessionsEnabled: ensemble.localSessionsEnabled,
        localSessionsUpgradingEnabled: ensemble.localSessionsUpgradingEnabled,
        clock: runtime.clock,
      },
      storage.recovered,
    );
    log.reset(asEntries(storage.recovered.tail));
    this.accepted = this.nothingAccepted();
    this.logDriver = this.newLogDriver();
    this.log = new HeldLog(deps.membership, (entry) => this.logDriver.appendEntry(this.logEntries.of(entry)));
    this.members = new MemberChanges(config, {
      ...deps,
      clock: runtime.clock,
      tree: () => this.state.tree,
      isPending: (zxid) => [...this.accepted.entries()].some((entry) => entry.zxid === zxid),
    });
    this.members.show();
  }

  /** What serves clients now; null while nobody is served. */
  get core(): ServerCore | null {
    return this.leaderCore ?? this.learnerCore ?? this.readOnlyCore;
  }

  get lastLogged(): Zxid {
    return this.deps.storage.lastLoggedZxid;
  }

  get epochs(): { readonly accepted: DurableAcceptedEpoch; readonly current: DurableCurrentEpoch } {
    return this.deps.storage.epochs;
  }

  acceptEpoch(epoch: number): Promise<DurableAcceptedEpoch> {
    return this.work(() => this.deps.storage.acceptEpoch(epoch));
  }

  enterEpoch(epoch: number): Promise<DurableCurrentEpoch> {
    return this.work(() => this.deps.storage.enterEpoch(epoch));
  }

  // The history of a learner.

  truncate(zxid: Zxid): Promise<Zxid | null> {
    const { storage, logger } = this.deps;
    return this.work(async () => {
      try {
        this.reload(await storage.truncate(zxid));
      } catch (error) {
        if (!(error instanceof StorageError) || error.code !== 'CANNOT_TRUNCATE') throw error;
        logger.warn(`${String(error)}: the leader will be asked for a snapshot`);
        return null;
      }
      return storage.lastLoggedZxid;
    });
  }

  receiveSnapshot(chunks: AsyncIterable<Buffer>, zxid: Zxid): Promise<Buffer> {
    return this.work(async () => {
      const received = await this.deps.storage.receiveSnapshot(chunks, zxid);
      this.isUnsecured = true;
      this.reload({ ...received, tail: [] });
      return received.rest;
    });
  }

  accept(entry: EntryInPlace): void {
    const txn = this.accepted.accept(entry);
    if (txn !== null) this.members.accepted(txn);
    if (!this.isUnsecured) this.log.put(entry);
  }

  secureHistory(): Promise<DurableHistory> {
    return this.work(async () => {
      const { storage, membership } = this.deps;
      if (!(await membership.settled())) throw new Error('who the members are cannot be written down');
      if (this.isUnsecured) {
        await storage.install(this.state.tree, new Map(this.state.sessionList()));
        this.isUnsecured = false;
        for (const entry of this.accepted.entries()) this.log.put(entry);
      }
      await this.log.released();
      // What was proposed behind the snapshot belongs to the history that is promised, too.
      return storage.commitDurable();
    });
  }

  serve(epoch: number, upstream: Upstream): void {
    this.enter(epoch);
    const { deps, state, accepted, logDriver } = this;
    const core = buildLearnerCore(this.config, {
      ...deps,
      state,
      accepted,
      upstream,
      traffic: logDriver,
      diverged: (zxid) => this.diverged(zxid),
    });
    this.learnerCore = core;
    this.open(core, true);
  }

  syncAnswered(): void {
    this.learnerCore?.pipeline.writes.syncAnswered();
  }

  revalidated(sessionId: bigint, isValid: boolean): void {
    this.learnerCore?.pipeline.writes.revalidated(sessionId, isValid);
  }

  takeTouches(): readonly Touch[] {
    return this.learnerCore?.pipeline.writes.takeTouches() ?? [];
  }

  // What a leader needs.

  snapshotStream(): AsyncIterable<Buffer> | null {
    return this.deps.storage.snapshotStream(this.state.tree, this.state.sessionList());
  }

  snapshotPossible(): Promise<void> {
    return this.deps.storage.captureFree(this.state.tree);
  }

  async readEntries(after: Zxid, upTo: Zxid): Promise<readonly Entry[] | null> {
    const { storage } = this.deps;
    const { snapshotSizeFactor } = this.config.ensemble;
    if (snapshotSizeFactor < 0) return null;
    const bytesMax = snapshotSizeFactor === 0 ? Infinity : (await storage.newestSnapshotBytes()) * snapshotSizeFactor;
    const logged = await storage.readEntries(after, upTo, bytesMax);
    return logged === null ? null : asEntries(logged);
  }

  lead(epoch: number, proposer: Proposer): void {
    this.enter(epoch);
    const { deps, state, logDriver } = this;
    logDriver.lead();
    const core = buildLeaderCore(this.config, {
      ...deps,
      state,
      traffic: logDriver,
      log: new ProposalLog(proposer, (config) => this.members.propose(config)),
      members: this.members.gate((verifier) => proposer.hasSyncedQuorum(verifier)),
      ensemble: {
        zxidMax: makeZxid(epoch, COUNTER_MAX),
        epochEnded: () => proposer.epochEnded(),
        sync: (source) => proposer.sync(source),
      },
    });
    this.leaderCore = core;
    core.requests.takeOver();
    this.open(core, this.config.ensemble.leaderServes);
  }

  persist(entry: EntryInPlace): void {
    this.log.put(entry);
  }

  synced(source: SyncSource): void {
    this.leaderCore?.pipeline.writes.synced(source as Unsynced);
  }

  forwarded(sid: number, packet: PacketView): void {
    this.leaderCore?.requests.forwarded(sid, packet);
  }

  touch(sessionId: bigint, timeoutMs: number): void {
    this.leaderCore?.requests.touch(sessionId, timeoutMs);
  }

  told(sid: number, upToMs: number): void {
    this.leaderCore?.requests.told(sid, upToMs);
  }

  lost(sid: number): void {
    this.leaderCore?.requests.lost(sid);
  }

  revalidate(sid: number, sessionId: bigint, timeoutMs: number): boolean | null {
    return this.leaderCore === null ? null : this.leaderCore.requests.revalidate(sid, sessionId, timeoutMs);
  }

  // Neither.

  serveReadOnly(): void {
    const { config, deps, state } = this;
    this.readOnlyCore = buildReadOnlyCore(config, { ...deps, state });
    this.open(this.readOnlyCore, true);
  }

  endReadOnly(): void {
    if (this.readOnlyCore !== null) this.close();
  }

  // Both.

  commit(upTo: CommittedZxid): void {
    const { core } = this;
    if (core === null) new CatchUp(this.state, this.accepted).committed(upTo);
    else core.deliver(upTo);
  }

  async finishRequests(): Promise<void> {
    const { timers } = this.deps.runtime;
    for (
      let leftMs = FINISH_MAX_MS;
      leftMs > 0 && (this.core?.pipeline.outstanding ?? 0) > 0;
      leftMs -= FINISH_LOOK_MS
    ) {
      await new Promise<void>((resolve) => void timers.after(FINISH_LOOK_MS, resolve));
    }
  }

  async endRole(uncommitted: readonly Entry[]): Promise<void> {
    this.close();
    await this.working.catch(() => undefined);
    await this.log.released();
    await this.logDriver.drained();
    // Nothing on the disk can be relied on any more, and nobody will look at this memory.
    if (this.hasFailed) return;
    if (this.isUnsecured) {
      this.isUnsecured = false;
      this.reload(await this.deps.storage.reload());
    } else {
      for (const entry of uncommitted) this.accepted.accept(entry);
      this.fastForward();
    }
    this.logDriver = this.newLogDriver();
  }

  /** The log can take no more. */
  fail(): void {
    this.hasFailed = true;
    this.logDriver.fail();
    this.close();
  }

  /** What is in the log is history, whether or not this server knows it to be committed (4.5). */
  private fastForward(): void {
    const everything = this.accepted.lastZxid as CommittedZxid;
    new CatchUp(this.state, this.accepted).committed(everything);
  }

  /** All of the history before an epoch is there: that is where its readers are (4.10). */
  private enter(epoch: number): void {
    const { tree } = this.state;
    const start = makeZxid(epoch, 0);
    if (tree.lastProcessedZxid < start) tree.lastProcessedZxid = start;
  }

  private open(core: ServerCore, takesClients: boolean): void {
    const { deps, config } = this;
    if (takesClients) deps.owner.serve(core);
    this.houseKeeping = new HouseKeeping({ ...deps, config, core });
    this.houseKeeping.start();
  }

  private close(): void {
    this.deps.owner.serve(null);
    this.houseKeeping?.stop();
    this.core?.dispose();
    this.houseKeeping = null;
    this.leaderCore = null;
    this.learnerCore = null;
    this.readOnlyCore = null;
  }

  private reload(loaded: Parameters<ServerState['load']>[0] & Pick<ServerStorage['recovered'], 'tail'>): void {
    this.state.load(loaded);
    this.accepted = this.nothingAccepted();
    this.deps.log.reset(asEntries(loaded.tail));
    this.members.show();
  }

  private diverged(zxid: Zxid): void {
    this.deps.logger.error(
      `The tree is not the leader's after 0x${zxid.toString(16)}: restore this server's data from another`,
    );
  }

  private nothingAccepted(): AcceptedTxns {
    return new AcceptedTxns((entry) => this.deps.log.add(entry));
  }

  private newLogDriver(): LogDriver {
    const { storage, runtime, flushQueue } = this.deps;
    return new LogDriver({
      log: storage,
      timers: runtime.timers,
      clock: runtime.clock,
      outbox: flushQueue,
      deliver: (durable) => this.onLogged(durable),
    });
  }

  private work<T>(job: () => Promise<T>): Promise<T> {
    const done = job();
    this.working = done;
    return done;
  }
}

function asEntries(logged: ServerStorage['recovered']['tail']): Entry[] {
  return logged.map(({ zxid, bytes }) => entryOf(zxid, bytes));
}
