import type { Zxid } from '../../protocol/zxid.js';
import { ZXID_NONE } from '../../protocol/zxid.js';
import { AuthProviders } from '../auth/auth-providers.js';
import type { MembershipWriter } from '../config/membership-writer.js';
import { FlushQueue } from '../net/flush-queue.js';
import { ElectionModule } from '../quorum/election-module.js';
import { QuorumPeer, type PeerRole } from '../quorum/quorum-peer.js';
import type { ServerStorage } from '../storage/server-storage.js';
import type { StorageError } from '../storage/storage-error.js';
import { FourLetterWords } from '../words/four-letter-words.js';
import type { EnsembleInfo, ServerMode } from '../words/server-info.js';
import { ServerStats } from '../words/server-stats.js';
import { CommittedLog } from '../zab/committed-log.js';
import type { QuorumConfig } from '../zab/quorum-config.js';
import { ClientPorts, type ServerAddress } from './client-ports.js';
import { ensembleInfo } from './ensemble-info.js';
import { EnsembleReplica } from './ensemble-replica.js';
import type { EnsembleServerConfig } from './ensemble-server-config.js';
import { LiveServerInfo } from './live-server-info.js';
import { electionOptions, peerPorts, quorumPeerOptions } from './peer-wiring.js';
import { PipelineOwner } from './pipeline-owner.js';
import { RoleTimes } from './role-times.js';
import type { RunningServer } from './running-server.js';
import type { ServerDeps } from './server-deps.js';
import { membershipFailure, membershipWriter } from './membership-files.js';
import { ServerMembership } from './server-membership.js';
import { ServerMoves } from './server-moves.js';
import { openStorage } from './storage-wiring.js';

/** However many transactions are kept for learners, they take no more than this. */
const COMMITTED_LOG_BYTES_MAX = 16 * 1024 * 1024;

const MODES: Readonly<Record<PeerRole, ServerMode | null>> = {
  looking: null,
  'read-only': 'read-only',
  leading: 'leader',
  following: 'follower',
  observing: 'observer',
};

/**
 * Starts a member of an ensemble; resolves when it listens, which is before it serves. Rejects with a StorageError
 * (directories) or with the system's error of a port; nothing is left open then.
 */
export async function startEnsembleServer(config: EnsembleServerConfig, deps: ServerDeps): Promise<RunningServer> {
  const server = new EnsembleServer(config, deps);
  await server.start();
  return server;
}

/** One member of an ensemble: storage, election, quorum and ports, put together. */
class EnsembleServer implements RunningServer {
  readonly failed: Promise<StorageError>;
  private readonly config: EnsembleServerConfig;
  private readonly deps: ServerDeps;
  private readonly stats = new ServerStats();
  private readonly times: RoleTimes;
  private readonly flushQueue: FlushQueue;
  private readonly ports: ClientPorts;
  private readonly membership: ServerMembership;
  private readonly membershipWriter: MembershipWriter | null;
  private reportFailure: (error: StorageError) => void = () => undefined;
  private storage: ServerStorage | null = null;
  private replica: EnsembleReplica | null = null;
  private election: ElectionModule | null = null;
  private peer: QuorumPeer | null = null;
  private moves: ServerMoves | null = null;
  private stopping: Promise<void> | null = null;

  constructor(config: EnsembleServerConfig, deps: ServerDeps) {
    this.config = config;
    this.deps = deps;
    this.times = new RoleTimes({ clock: deps.runtime.clock, logger: deps.logger, stats: this.stats });
    this.membershipWriter = membershipWriter(config, deps.disk);
    this.membership = new ServerMembership(config.ensemble, {
      store: this.membershipWriter,
      failed: (error) => void this.fail(membershipFailure(config, error)),
    });
    this.flushQueue = new FlushQueue(deps.runtime.timers);
    this.ports = new ClientPorts(config, deps, { stats: this.stats, flushQueue: this.flushQueue });
    this.failed = new Promise((resolve) => {
      this.reportFailure = resolve;
    });
  }

  async start(): Promise<void> {
    const { config, deps, stats } = this;
    this.storage = await openStorage(config, deps, { stats, failed: (error) => void this.fail(error) });
    try {
      await this.membershipWriter?.begin();
      await this.join(this.storage);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  get clientAddress(): ServerAddress | null {
    return this.ports.plain;
  }

  get secureClientAddress(): ServerAddress | null {
    return this.ports.secure;
  }

  get isServing(): boolean {
    return this.stopping === null && this.replica !== null && this.replica.core !== null;
  }

  get mode(): ServerMode | null {
    return this.isServing && this.peer !== null ? MODES[this.peer.role] : null;
  }

  get lastZxid(): Zxid {
    return this.replica?.state.tree.lastProcessedZxid ?? ZXID_NONE;
  }

  get digest(): bigint | null {
    const tree = this.replica?.state.tree;
    return tree?.options.digestEnabled === true ? tree.digest : null;
  }

  get sessionIds(): bigint[] {
    return [...(this.replica?.state.sessions.values() ?? [])].map(({ id }) => id);
  }

  get ensemble(): EnsembleInfo {
    const { peer, membership, times } = this;
    return ensembleInfo({ peer, membership: membership.current, leadingSinceMs: times.leadingSinceMs });
  }

  expireSession(sessionId: bigint): boolean {
    return this.replica?.core?.pipeline.endSession(sessionId) ?? false;
  }

  /** A leader first answers what it has taken on, so that the others have everything when they elect the next one. */
  stop(): Promise<void> {
    this.stopping ??= this.shutDown();
    return this.stopping;
  }

  private async join(storage: ServerStorage): Promise<void> {
    const { config, deps, stats, flushQueue, membership } = this;
    const { runtime, logger } = deps;
    const info = new LiveServerInfo({
      config,
      core: () => this.replica?.core ?? null,
      storage,
      stats,
      sockets: this.ports.sockets,
      clock: runtime.clock,
      server: this,
    });
    const owner = new PipelineOwner(logger, new FourLetterWords(info), stats);
    const log = new CommittedLog({
      entriesMax: config.ensemble.commitLogCount,
      bytesMax: COMMITTED_LOG_BYTES_MAX,
    });
    const authenticator = new AuthProviders(config.auth, stats.counters);
    const replica = new EnsembleReplica(config, {
      ...{ runtime, logger, storage, authenticator, stats, flushQueue, owner, membership, log },
    });
    this.replica = replica;
    const election = new ElectionModule({
      ...electionOptions(config, deps, membership),
      elected: (vote) => this.peer?.elected(vote),
      abandoned: () => this.peer?.abandoned(),
      outvoted: () => this.peer?.outvoted(),
      peerGone: (sid) => this.peer?.peerGone(sid),
      newerConfig: (newer) => this.membersFound(newer),
    });
    this.election = election;
    this.moves = new ServerMoves(config, { ports: this.ports, election, logger, peerPorts: peerPorts(config, deps) });
    this.peer = new QuorumPeer(quorumPeerOptions(config), {
      ...{ runtime, logger, flushQueue, replica, election, membership, log, stats },
      ports: peerPorts(config, deps),
      membersChanged: () => this.listenWhereMember(),
      roleChanged: (role, epoch) => this.roleChanged(role, epoch),
    });
    await this.ports.open(owner);
    await election.open();
    this.peer.start();
  }

  /** While this server looks for a leader it has heard of members that are in force elsewhere. */
  private membersFound(config: QuorumConfig): void {
    if (!this.membership.committed(config)) return;
    this.replica?.members.show();
    this.listenWhereMember();
    this.peer?.membersFound();
  }

  /** Where this server's line has it now. */
  private listenWhereMember(): void {
    this.moves?.follow(this.membership.current);
  }

  /** Without an epoch, the role is begun and nobody is served yet. */
  private roleChanged(role: PeerRole, epoch: number): void {
    if (role === 'looking') this.times.looking();
    else if (role === 'read-only') this.times.readOnly();
    else if (epoch === 0) this.times.elected(role, this.peer?.leaderSid ?? null);
    else this.times.serving(role, epoch);
    this.deps.roleChanged?.(epoch > 0 || role === 'read-only' ? MODES[role] : null);
  }

  /** The log cannot be trusted any more: nobody gets another answer from this server. */
  private async fail(error: StorageError): Promise<void> {
    this.deps.logger.error(`Severe unrecoverable error: ${error.message}`, { error });
    this.replica?.fail();
    // What else cannot be done any more is told by this already.
    await this.stop().catch((cause: unknown) => {
      this.deps.logger.warn('The server has not stopped in order', { error: cause });
    });
    this.reportFailure(error);
  }

  private async shutDown(): Promise<void> {
    const closing = this.ports.close();
    // Whatever keeps a role from being left in order, the rest is closed all the same.
    await this.peer?.stop().catch((error: unknown) => {
      this.deps.logger.error('A role could not be left in order', { error });
    });
    await this.election?.close();
    for (const socket of this.ports.sockets) socket.link.close();
    await closing;
    await this.membership.settled();
    await this.storage?.close();
  }
}
