import type { ListenOptions, Logger, Runtime, Timer } from '../../runtime/index.js';
import type { FlushQueue } from '../net/flush-queue.js';
import type { CommittedLog } from '../zab/committed-log.js';
import type { DurableZxid } from '../zab/durable.js';
import type { QuorumConfig } from '../zab/quorum-config.js';
import { Quorums } from '../zab/quorums.js';
import type { Vote } from '../zab/vote.js';
import type { ElectionModule } from './election-module.js';
import { LeaderDriver } from './leader-driver.js';
import { LearnerDriver } from './learner-driver.js';
import type { Membership } from './membership.js';
import type { NamedLeader } from './named-leader.js';
import type { PeerPorts } from './peer-ports.js';
import type { QuorumReplica } from './quorum-replica.js';
import type { QuorumStats } from './quorum-stats.js';

/** `read-only`: looking, for so long that reads are served meanwhile. */
export type PeerRole = 'looking' | 'read-only' | 'leading' | 'following' | 'observing';

export interface QuorumPeerOptions {
  readonly sid: number;
  readonly tickTimeMs: number;
  /** In ticks. */
  readonly initLimit: number;
  readonly syncLimit: number;
  readonly connectTimeoutMs: number;
  /** Longest wait before a leader that refuses is called again. */
  readonly leaderRetryDelayMs: number;
  readonly fieldBytesMax: number;
  /** Longest wait, of an observer that has lost its leader, before it looks for another. */
  readonly observerDelayMaxMs: number;
  /** Wait, of an observer that knows its leader, before it calls. */
  readonly observerReconnectDelayMs: number;
  /** How long a server looks for a leader before it serves reads to whoever is content with them; null: it never does. */
  readonly readOnlyAfterMs: number | null;
}

export interface QuorumPeerDeps {
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly flushQueue: FlushQueue;
  readonly replica: QuorumReplica;
  readonly election: ElectionModule;
  readonly membership: Membership;
  readonly ports: PeerPorts;
  readonly log: CommittedLog;
  readonly stats: QuorumStats;
  /** The members have changed: this server may have to listen at other addresses. */
  readonly membersChanged: () => void;
  /** What this server is has changed. */
  readonly roleChanged: (role: PeerRole, epoch: number) => void;
}

/**
 * A leader that was elected has so long to say its first word, or its next one, to those who could lead without it. Each time that
 * was not enough the next one has twice as long: a slow one is not voted out for ever.
 */
const FORBEARANCE_MS = 1000;

/**
 * One member of an ensemble: looks for a leader, leads, follows or observes, and begins anew when that ends. A role is left
 * in the order of 3.17: clients first, then the log, then memory; only then is this server's history put to the vote.
 */
export class QuorumPeer {
  private readonly options: QuorumPeerOptions;
  private readonly deps: QuorumPeerDeps;
  private state: PeerRole = 'looking';
  private driver: LeaderDriver | LearnerDriver | null = null;
  private delay: Timer | null = null;
  private readOnlyTimer: Timer | null = null;
  private isStopped = false;
  /** The last leader that wanted a cut which the files do not allow was of this epoch. */
  private uncuttableIn = 0;
  private forbearanceMs = FORBEARANCE_MS;
  /** A role is being left. */
  private leaving: Promise<void> | null = null;

  constructor(options: QuorumPeerOptions, deps: QuorumPeerDeps) {
    this.options = options;
    this.deps = deps;
    deps.replica.onLogged = (durable) => this.logged(durable);
  }

  get role(): PeerRole {
    return this.state;
  }

  /** Null unless this server leads, or tries to. */
  get leading(): LeaderDriver | null {
    return this.driver instanceof LeaderDriver ? this.driver : null;
  }

  /** Null unless this server follows or observes, or tries to. */
  get learning(): LearnerDriver | null {
    return this.driver instanceof LearnerDriver ? this.driver : null;
  }

  /** Sid of the leader that was elected last; null while there is none. */
  get leaderSid(): number | null {
    return this.state === 'looking' || this.state === 'read-only' ? null : this.deps.election.currentVote.leader;
  }

  start(): void {
    this.look();
  }

  /** What the election has found. */
  elected(vote: Vote): void {
    if (this.isStopped || this.driver !== null) return;
    this.readOnlyTimer?.cancel();
    this.deps.replica.endReadOnly();
    if (vote.leader === this.options.sid) this.lead();
    else this.learn(vote.leader);
  }

  /** Those who would have made this election's result come true hold another one. */
  abandoned(): void {
    if (this.driver !== null) this.ended(this.driver, 'others elect another leader');
  }

  /** The election connection to a server was closed by its side. A leader that has not said a word will not say one. */
  peerGone(sid: number): void {
    const { driver } = this;
    if (!(driver instanceof LearnerDriver) || driver.hasHeard || sid !== this.leaderSid) return;
    this.ended(driver, 'it is gone');
  }

  /** A quorum with this server in it looks for a leader: it is free to if it does not hear of its own. */
  outvoted(): void {
    const { driver } = this;
    if (!(driver instanceof LearnerDriver) || driver.isServing || driver.silentMs < this.forbearanceMs) return;
    const { initLimit, tickTimeMs } = this.options;
    this.forbearanceMs = Math.min(2 * this.forbearanceMs, initLimit * tickTimeMs);
    this.ended(driver, `it has been silent for ${Math.round(driver.silentMs)} ms, and others elect a leader`);
  }

  /** The members are others, as was heard from who has a leader: this server begins its election again among them. */
  membersFound(): void {
    if (this.driver !== null) return;
    this.deps.replica.endReadOnly();
    this.look();
  }

  /** Leaves its elections, then its role in order, and takes no other one. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.delay?.cancel();
    this.readOnlyTimer?.cancel();
    const { replica, election } = this.deps;
    if (this.driver instanceof LeaderDriver && this.leaving === null) await replica.finishRequests();
    // Those who look for a leader from here on must not hear that this one still leads: they would elect it again.
    await Promise.all([election.close(), this.leave('this server stops')]);
  }

  private get isObserver(): boolean {
    return this.deps.membership.current.isObserver(this.options.sid);
  }

  private look(): void {
    if (this.isStopped) return;
    this.become('looking', 0);
    const { replica, election, membership } = this.deps;
    const { sid } = this.options;
    const isMember = membership.current.isParticipant(sid) || membership.lastSeen.isParticipant(sid);
    // Without a history it has forgotten what it may have acknowledged.
    const isVoter = isMember && replica.lastLogged >= 0;
    election.look({ zxid: replica.lastLogged, peerEpoch: replica.epochs.current, isVoter });
    this.serveReadsSoon();
  }

  private serveReadsSoon(): void {
    const { readOnlyAfterMs } = this.options;
    if (readOnlyAfterMs === null || this.driver !== null) return;
    this.readOnlyTimer?.cancel();
    this.readOnlyTimer = this.deps.runtime.timers.after(readOnlyAfterMs, () => {
      this.deps.replica.serveReadOnly();
      this.become('read-only', 0);
    });
  }

  private lead(): void {
    const { runtime, logger, flushQueue, replica, ports, log, membership, election, stats } = this.deps;
    const { current, lastSeen } = membership;
    const quorums = new Quorums(current.verifier, lastSeen.version > current.version ? lastSeen.verifier : null);
    const { tickTimeMs, initLimit, syncLimit, fieldBytesMax } = this.options;
    const driver: LeaderDriver = new LeaderDriver(
      {
        zab: { ...this.zab(), quorums, log, initLimit, syncLimit },
        listen: ports.listenFor(this.membersWith(this.options.sid)),
        tickTimeMs,
        fieldBytesMax,
      },
      {
        runtime,
        logger,
        flushQueue,
        replica,
        stats,
        began: (epoch) => this.began('leading', epoch),
        ended: (reason) => this.ended(driver, reason),
        reconfigured: (named) => this.reconfigured(driver, named),
      },
    );
    this.driver = driver;
    election.entered('leading');
    this.become('leading', 0);
    driver.start();
  }

  private learn(leader: number): void {
    const { runtime, logger, flushQueue, replica, ports, election, stats } = this.deps;
    const { tickTimeMs, initLimit, syncLimit, fieldBytesMax } = this.options;
    const { connectTimeoutMs, leaderRetryDelayMs, observerReconnectDelayMs } = this.options;
    const role = this.isObserver ? 'observing' : 'following';
    const driver: LearnerDriver = new LearnerDriver(
      {
        zab: { ...this.zab(), isObserver: this.isObserver, uncuttableIn: this.uncuttableIn },
        dial: {
          ...ports.dialFor(this.membersWith(leader), leader),
          timeoutMs: connectTimeoutMs,
          retryDelayMs: leaderRetryDelayMs,
          delayMs: this.isObserver ? observerReconnectDelayMs : 0,
        },
        tickTimeMs,
        initLimit,
        syncLimit,
        fieldBytesMax,
      },
      {
        runtime,
        logger,
        flushQueue,
        replica,
        stats,
        began: (epoch) => this.began(role, epoch),
        ended: (reason) => this.ended(driver, reason),
        reconfigured: (named) => this.reconfigured(driver, named),
      },
    );
    this.driver = driver;
    election.entered(role);
    this.become(role, 0);
    driver.start();
  }

  /** Where to find a server: a leader that was elected may be one of those proposed last. */
  private membersWith(sid: number): QuorumConfig {
    const { current, lastSeen } = this.deps.membership;
    return current.members.has(sid) ? current : lastSeen;
  }

  private zab() {
    const { replica, membership } = this.deps;
    return {
      sid: this.options.sid,
      acceptedEpoch: replica.epochs.accepted,
      currentEpoch: replica.epochs.current,
      lastLogged: replica.lastLogged,
      configVersion: membership.current.version,
    };
  }

  private logged(durable: DurableZxid): void {
    this.driver?.logged(durable);
  }

  private began(role: PeerRole, epoch: number): void {
    this.forbearanceMs = FORBEARANCE_MS;
    this.deps.election.agreedEpoch(epoch);
    this.deps.membersChanged();
    this.become(role, epoch);
  }

  private become(role: PeerRole, epoch: number): void {
    this.state = role;
    this.deps.roleChanged(role, epoch);
  }

  /** Whoever leads now, and whatever this server has become, needs no election (3.14). */
  private reconfigured(driver: LeaderDriver | LearnerDriver, named: NamedLeader | null): void {
    if (this.driver !== driver || this.isStopped || this.leaving !== null) return;
    const { election, membership, replica, logger } = this.deps;
    this.deps.membersChanged();
    const { currentVote } = election;
    const { leader, zxid } = named ?? currentVote;
    const role = leader === this.options.sid ? 'leading' : this.isObserver ? 'observing' : 'following';
    if (leader === currentVote.leader && role === this.state && !this.hasMoved(driver)) return;
    const isFound = membership.current.members.has(leader);
    logger.info(`The members have changed: this server goes on ${isFound ? `${role}, led by ${leader}` : 'looking'}`);
    if (isFound) election.setVote({ leader, zxid, peerEpoch: replica.epochs.current, round: election.round });
    this.whenLeft('the members have changed', () => {
      if (this.isStopped) return;
      if (!isFound) this.look();
      else if (role === 'leading') this.lead();
      else this.learn(leader);
    });
  }

  /** A leader that is to be found elsewhere now. */
  private hasMoved(driver: LeaderDriver | LearnerDriver): boolean {
    if (!(driver instanceof LeaderDriver)) return false;
    const places = (listen: readonly ListenOptions[]): string =>
      listen.map(({ host, port }) => `${host} ${port}`).join();
    return places(driver.listen) !== places(this.deps.ports.listenFor(this.deps.membership.current));
  }

  private ended(driver: LeaderDriver | LearnerDriver, reason: string): void {
    if (this.driver !== driver || this.isStopped || this.leaving !== null) return;
    if (driver instanceof LearnerDriver) this.uncuttableIn = driver.uncuttableIn;
    const what = driver instanceof LeaderDriver ? 'Leading' : 'Following';
    this.deps.logger.info(`${what} has ended: ${reason}`);
    this.whenLeft(reason, () => this.lookSoon());
  }

  private whenLeft(reason: string, then: () => void): void {
    this.leave(reason).then(then, (error: unknown) =>
      this.deps.logger.error('A role could not be left in order', { error }),
    );
  }

  /** Once, however many reasons there are: what was proposed would be taken for history twice. */
  private leave(reason: string): Promise<void> {
    this.leaving ??= this.leaveRole(reason).finally(() => {
      this.leaving = null;
    });
    return this.leaving;
  }

  private async leaveRole(reason: string): Promise<void> {
    const { driver } = this;
    const left = this.deps.replica.endRole(driver?.uncommitted() ?? []);
    await Promise.all([left, driver?.stop(reason)]);
    this.driver = null;
  }

  /** Observers come back spread out: they are no quorum that anybody waits for. */
  private lookSoon(): void {
    const { random, timers } = this.deps.runtime;
    const delayMs = this.isObserver ? random.float() * this.options.observerDelayMaxMs : 0;
    if (delayMs === 0) this.look();
    else this.delay = timers.after(delayMs, () => this.look());
  }
}
