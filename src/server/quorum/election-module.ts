import {
  decodeNotification,
  encodeNotificationFrame,
  NOTIFICATION_VERSION,
} from '../../protocol/quorum/notification.js';
import { encodeInitialMessage, InitialProtocol } from '../../protocol/quorum/initial-message.js';
import { PeerState } from '../../protocol/quorum/peer-state.js';
import type { ListenOptions, Logger, Runtime, Timer, TlsClientOptions } from '../../runtime/index.js';
import { Election } from '../zab/election.js';
import type { Electorate } from '../zab/election.js';
import { QuorumConfig } from '../zab/quorum-config.js';
import type { Vote } from '../zab/vote.js';
import type { Address } from './election-peer.js';
import { ElectionPort } from './election-port.js';

export interface ElectionModuleOptions {
  readonly sid: number;
  readonly runtime: Runtime;
  readonly logger: Logger;
  /** Of the configuration in force: read again whenever it matters. */
  config(): QuorumConfig;
  /** The last one proposed; never older. */
  lastSeen(): QuorumConfig;
  /** Where this server is called: with TLS, if that is how. */
  readonly listen: readonly ListenOptions[];
  /** For calling others; null: in plain text. */
  readonly tls: TlsClientOptions | null;
  /** Attempts to bind a port, a second apart; 0 = without end. 3 by default. */
  readonly bindAttemptsMax?: number;
  /** For connecting to another server, TLS included. 5000 by default. */
  readonly connectTimeoutMs?: number;
  /** For who has called to say who it is. */
  readonly introductionTimeoutMs: number;
  /** First and longest wait until a vote is said again. */
  readonly intervalMs?: { readonly min: number; readonly max: number };
  /** Every server knows that others can have several addresses. Off by default. */
  readonly multiAddressEnabled?: boolean;
  /** The election is over; others are answered accordingly. */
  elected(vote: Vote): void;
  /**
   * Before {@link ElectionModule.agreedEpoch}: the leader, or those who were to follow this one, have turned to another
   * election. Whoever looks again at once, instead of waiting for them, is with them sooner.
   */
  abandoned?(): void;
  /**
   * Before {@link ElectionModule.agreedEpoch}, of a server that is to follow or to observe: others look on and on for a leader, and
   * are a quorum with this server. Whoever hears nothing of its leader looks with them, instead of waiting. Told again and again.
   */
  outvoted?(): void;
  /** While this server looks, it has heard of a newer configuration that is in force. */
  newerConfig(config: QuorumConfig): void;
  /** The election connection to a server was closed by its side: mostly because its process has ended. */
  peerGone?(sid: number): void;
}

const STATES = {
  following: PeerState.FOLLOWING,
  leading: PeerState.LEADING,
  observing: PeerState.OBSERVING,
} as const;

const CONNECT_TIMEOUT_DEFAULT_MS = 5000;
const BIND_ATTEMPTS_DEFAULT = 3;

/** Elections as they happen: the election port, the clock, and what goes between servers (quorum-protocol 2). */
export class ElectionModule {
  private readonly options: ElectionModuleOptions;
  private readonly port: ElectionPort;
  private readonly election: Election;
  private timer: Timer | null = null;
  private seen: { readonly config: QuorumConfig; readonly lastSeen: QuorumConfig };
  private isClosed = false;

  constructor(options: ElectionModuleOptions) {
    this.options = options;
    const { sid, runtime, logger } = options;
    this.seen = { config: options.config(), lastSeen: options.lastSeen() };
    this.port = new ElectionPort({
      listen: options.listen,
      bindAttemptsMax: options.bindAttemptsMax ?? BIND_ATTEMPTS_DEFAULT,
      introductionTimeoutMs: options.introductionTimeoutMs,
      isKnown: (other) => this.addressesOf(other).length > 0,
      peers: {
        ownSid: sid,
        runtime,
        logger,
        tls: options.tls,
        connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_DEFAULT_MS,
        addressesOf: (other) => this.addressesOf(other),
        introduction: () => this.introduction(),
        frame: () => this.frame(),
        heard: (from, buf, start, end) => this.heard(from, buf, { start, end }),
        lost: (other) => options.peerGone?.(other),
        gone: () => this.stepped(() => this.election.someoneGone()),
      },
    });
    this.election = new Election({
      sid,
      electorate: this.electorate(),
      ...(options.intervalMs && { intervalMs: options.intervalMs }),
      effects: {
        tell: (to) => this.port.tell(to),
        hasReachedAnybody: () => this.others().some((other) => !this.port.isWaiting(other)),
        redial: () => this.others().forEach((other) => this.port.connect(other)),
        isGone: (other) => this.port.isGone(other),
        elected: (vote) => this.elected(vote),
        abandoned: () => options.abandoned?.(),
        outvoted: () => options.outvoted?.(),
      },
    });
  }

  /** Rejects with the system's error when the election port cannot be bound. */
  open(): Promise<void> {
    return this.port.open();
  }

  /** The members have changed, and this server may be called elsewhere now. Rejects like {@link open}. */
  listenAt(listen: readonly ListenOptions[]): Promise<void> {
    this.refresh();
    return this.port.listenAt(listen);
  }

  /** Nothing is called back any more. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.timer?.cancel();
    await this.port.close();
  }

  get round(): number {
    return this.election.round;
  }

  get currentVote(): Vote {
    return this.election.currentVote;
  }

  /** The ports that were bound. */
  get ports(): number[] {
    return this.port.ports;
  }

  /** True: connected. False: not, and the last attempt failed. Null: that is not known. */
  isReachable(sid: number): boolean | null {
    return this.port.isReachable(sid);
  }

  /** Enters an election. `zxid`: of the last transaction in the log, committed or not. */
  look(own: { readonly zxid: number; readonly peerEpoch: number; readonly isVoter: boolean }): void {
    const { sid } = this.options;
    const { zxid, peerEpoch, isVoter } = own;
    this.refresh();
    const { config } = this.seen;
    const role = config.isObserver(sid)
      ? 'observer'
      : isVoter && config.isParticipant(sid)
        ? 'participant'
        : 'outsider';
    this.port.setPersistent(true);
    this.stepped(() => this.election.look({ zxid, peerEpoch, role }, this.nowMs));
  }

  /** A role was entered: others are answered so. */
  entered(state: keyof typeof STATES): void {
    this.port.setPersistent(false);
    this.stepped(() => this.election.enter(STATES[state]));
  }

  /** The leader's new epoch, once it stands: {@link currentVote} has it from then on. */
  agreedEpoch(epoch: number): void {
    this.election.agreedEpoch(epoch);
  }

  /** A leader was named without an election. */
  setVote(vote: Vote): void {
    this.election.setVote(vote);
  }

  private elected(vote: Vote): void {
    this.port.setPersistent(false);
    this.options.elected(vote);
  }

  private heard(from: number, buf: Buffer, { start, end }: { start: number; end: number }): void {
    const notification = decodeNotification(buf, start, end);
    if (notification === null) {
      this.options.logger.debug('a message on the election port was skipped', { sid: from, bytes: end - start });
      return;
    }
    this.refresh();
    if (notification.config !== null && this.election.state === PeerState.LOOKING) this.gossip(notification.config);
    this.stepped(() => this.election.step(from, notification, this.nowMs));
  }

  /** Whoever is looking may have missed a reconfiguration that others know to be in force. */
  private gossip(text: string): void {
    if (text === this.seen.config.format()) return;
    let config: QuorumConfig;
    try {
      config = QuorumConfig.parse(text);
    } catch (error) {
      this.options.logger.warn('another server has a configuration that cannot be read', { error });
      return;
    }
    if (config.version <= this.seen.config.version) return;
    this.options.newerConfig(config);
    this.refresh();
  }

  /** Whatever happened to the election, it may want to be woken at another time now. */
  private stepped(step: () => void): void {
    if (this.isClosed) return;
    step();
    this.timer?.cancel();
    this.timer = null;
    const { nextTickMs } = this.election;
    if (this.isClosed || nextTickMs === Infinity) return;
    const { timers } = this.options.runtime;
    // After a stall of the process, what others have said meanwhile is to be heard first.
    this.timer = timers.after(Math.max(0, nextTickMs - this.nowMs), () => timers.atTurnEnd(() => this.tick()));
  }

  private tick(): void {
    this.stepped(() => this.election.tick(this.nowMs));
  }

  /** Configurations are replaced, never changed. */
  private refresh(): void {
    const config = this.options.config();
    const lastSeen = this.options.lastSeen();
    if (config === this.seen.config && lastSeen === this.seen.lastSeen) return;
    this.seen = { config, lastSeen };
    this.election.electorate = this.electorate();
  }

  private electorate(): Electorate {
    const { config, lastSeen } = this.seen;
    const voters = new Set([...config.participants, ...lastSeen.participants].map(({ sid }) => sid));
    const isPending = lastSeen.version > config.version;
    return { voters, verifiers: isPending ? [config.verifier, lastSeen.verifier] : [config.verifier] };
  }

  private others(): number[] {
    return [...this.election.electorate.voters].filter((sid) => sid !== this.options.sid);
  }

  private addressesOf(sid: number): Address[] {
    const { config, lastSeen } = this.seen;
    const addresses = [...(config.members.get(sid)?.addresses ?? []), ...(lastSeen.members.get(sid)?.addresses ?? [])];
    return addresses.map(({ host, electionPort }) => ({ host, port: electionPort }));
  }

  private introduction(): Buffer {
    const { sid, listen, multiAddressEnabled = false } = this.options;
    const own = this.addressesOf(sid);
    const called = own.length > 0 ? own : listen.map(({ host = '0.0.0.0', port }) => ({ host, port }));
    const addresses = called.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`);
    return multiAddressEnabled
      ? encodeInitialMessage({ protocol: InitialProtocol.V2, sid, addresses: [...new Set(addresses)] })
      : encodeInitialMessage({ protocol: InitialProtocol.V1, sid, addresses: addresses.slice(0, 1) });
  }

  private frame(): Buffer {
    const config = this.seen.config.format();
    return encodeNotificationFrame({ ...this.election.ballot, formatVersion: NOTIFICATION_VERSION, config });
  }

  private get nowMs(): number {
    return this.options.runtime.clock.monotonicMs();
  }
}
