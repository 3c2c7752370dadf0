import { OpCode } from '../protocol/op-codes.js';
import type { RequestOf, RequestOp } from '../protocol/request-codec.js';
import type { Zxid } from '../protocol/zxid.js';
import type { ByteStream } from '../runtime/network.js';
import { Announcer } from './announcer.js';
import type { ReplyHook } from './call.js';
import { formatServer } from './connect-string.js';
import { Credentials } from './credentials.js';
import { Dialler } from './dialler.js';
import type { KeeperError } from './errors.js';
import { AuthFailedError, ClosedError, ConnectionLossError, SessionExpiredError } from './errors.js';
import { ClientEventEmitter } from './event-emitter.js';
import { Fifo } from '../runtime/fifo.js';
import type { ServerAddress } from './connect-string.js';
import { HostProvider } from './host-provider.js';
import { LiveSession } from './live-session.js';
import { ReadOnlyProbe } from './read-only-probe.js';
import { RequestChannel } from './request-channel.js';
import type { ResolvedOptions } from './resolved-options.js';
import { SessionAutomaton } from './session-automaton.js';
import type { Effect } from './session-effects.js';
import type { ClientState, Session } from './session.js';
import { WakeTimer } from './wake-timer.js';
import { WatchRegistry } from './watch-registry.js';
import type { WatchWire } from './watch-wire.js';

export interface DriverEvents {
  /** Requests can be sent. */
  ready(): void;
  /** Nothing can be sent any more: closed, or a credential was refused. */
  over(error: KeeperError): void;
  /** Closed, and nothing is left open. */
  ended(): void;
}

type EffectOf<Type extends Effect['type']> = Extract<Effect, { type: Type }>;

const REPLAY_BYTES_MAX = 128 * 1024;

/**
 * Carries out what the session automaton decides: joins it with the sockets, the request channel, the watches and the
 * listeners of the client.
 */
export class SessionDriver implements WatchWire {
  readonly emitter: ClientEventEmitter;
  readonly channel: RequestChannel;
  readonly credentials = new Credentials();
  readonly watches: WatchRegistry;
  /** Why the last attempt to connect, or the last connection, ended. */
  lastFailure: Error | null = null;
  private readonly options: ResolvedOptions;
  private readonly driverEvents: DriverEvents;
  private readonly announcer: Announcer;
  private readonly automaton: SessionAutomaton;
  private readonly dialler: Dialler;
  private readonly probe: ReadOnlyProbe;
  private readonly wakeTimer: WakeTimer;
  private readonly hosts: HostProvider;
  private readonly effects = new Fifo<Effect>();
  private isPerforming = false;
  private currentSession = LiveSession.none();
  private freshStream: ByteStream | null = null;
  /** `host:port` of the server dialled last. */
  private server = '';
  private authError: AuthFailedError | null = null;

  constructor(options: ResolvedOptions, driverEvents: DriverEvents) {
    const { runtime, servers, limits, tls } = options;
    this.options = options;
    this.driverEvents = driverEvents;
    this.emitter = new ClientEventEmitter(options.logger);
    this.announcer = new Announcer(this.emitter, options.logger);
    for (const credential of options.auth) this.credentials.require(credential);
    const hosts = new HostProvider(servers, runtime.network, runtime.random);
    this.hosts = hosts;
    this.dialler = new Dialler(hosts, runtime.network, tls);
    this.probe = new ReadOnlyProbe({
      runtime,
      hosts,
      tls,
      timeoutMs: options.connectTimeoutMs,
      found: () => this.perform(this.automaton.writableFound(this.nowMs())),
    });
    this.automaton = new SessionAutomaton({ ...options, serverCount: servers.length, random: runtime.random });
    this.wakeTimer = new WakeTimer(runtime, (nowMs, lateMs) => this.perform(this.automaton.tick(nowMs, lateMs)));
    this.channel = new RequestChannel({
      runtime,
      limits,
      credentials: this.credentials,
      events: {
        heard: (nowMs) => this.automaton.heard(nowMs),
        sent: (nowMs) => this.automaton.sent(nowMs),
        answered: (sentAtMs, zxid, isVouched) => this.automaton.answered(sentAtMs, zxid, isVouched),
        connectAnswered: (response) => this.perform(this.automaton.connectAnswered(response, this.nowMs())),
        notified: ({ type, path }, zxid) => {
          if (path !== null) this.watches.dispatch(type, path, zxid);
        },
        authFailed: (error) => this.failAuth(error),
        broken: (why) => this.abandonConnection(why),
      },
    });
    const replayBytesMax = Math.min(REPLAY_BYTES_MAX, Math.floor(limits.frameBytesMax / 2));
    this.watches = new WatchRegistry(this, { eventsMax: limits.watchEventsMax, replayBytesMax });
  }

  /** The connection that stands is kept, whoever serves it. */
  updateServers(servers: readonly ServerAddress[]): void {
    this.hosts.replace(servers);
  }

  get state(): ClientState {
    return this.automaton.state;
  }

  get session(): Session {
    return this.currentSession;
  }

  get timeoutMs(): number {
    return this.automaton.timeoutMs;
  }

  get leaseDeadlineMs(): number {
    return this.automaton.leaseDeadlineMs;
  }

  get lastZxidSeen(): Zxid {
    return this.automaton.lastZxidSeen;
  }

  get attached(): boolean {
    return this.automaton.attached;
  }

  /** Why no call can be made any more, or null. */
  get refusal(): KeeperError | null {
    if (this.state === 'closed') return new ClosedError();
    return this.authError === null ? null : new AuthFailedError({ cause: this.authError, rc: this.authError.rc });
  }

  /** Moves {@link leaseDeadlineMs} on in time, until the returned function is called. */
  keepLease(): () => void {
    this.perform(this.automaton.keepLease(this.nowMs()));
    let isKept = true;
    return () => {
      if (isKept) this.automaton.leaveLease();
      isKept = false;
    };
  }

  start(): void {
    this.perform(this.automaton.start(this.nowMs()));
  }

  close(timeoutMs: number): void {
    const effects = this.automaton.close(this.nowMs(), timeoutMs);
    this.finish(new ClosedError(), 'closed');
    this.perform(effects);
  }

  sendNow<Op extends RequestOp>(op: Op, body: RequestOf<Op>, hook: ReplyHook): void {
    this.channel.sendNow(op, body, hook);
  }

  abandonConnection(why: string): void {
    this.noteFailure(`${this.server}: ${why}`);
    this.channel.hangUp();
    this.perform(this.automaton.disconnected(this.nowMs()));
  }

  private nowMs(): number {
    return this.options.runtime.clock.monotonicMs();
  }

  /** Inputs that arise while effects are carried out queue behind them, so that effects happen in the order of their causes. */
  private perform(effects: readonly Effect[]): void {
    for (const effect of effects) this.effects.push(effect);
    if (this.isPerforming) return;
    this.isPerforming = true;
    try {
      for (let effect = this.effects.shift(); effect !== undefined; effect = this.effects.shift())
        this.carryOut(effect);
    } finally {
      // Whatever a defect throws: the client must not stand still for ever after.
      this.isPerforming = false;
      this.wakeTimer.arm(this.automaton.wakeAtMs);
    }
  }

  private carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'dial':
        return this.dial(effect);
      case 'sendConnect':
        return this.shakeHands(effect);
      case 'sendPing':
        return this.channel.sendPing();
      case 'renewLease':
        return this.channel.sendNow(OpCode.sync, { path: '/' }, () => undefined);
      case 'sendClose':
        return this.sendClose();
      case 'hangUp':
        return this.hangUp(effect);
      case 'attached':
        return this.attach(effect);
      case 'detached':
        return this.detach();
      case 'sessionEnded':
        return this.endSession(effect);
      case 'stateChanged':
        return this.announcer.stateChanged({ from: effect.from, to: effect.to }, this.server);
      case 'serversBehind':
        return this.announcer.serversBehind({ lastZxidSeen: effect.lastZxidSeen, rounds: effect.rounds });
      case 'ended':
        return this.end();
    }
  }

  private dial({ timeoutMs }: EffectOf<'dial'>): void {
    this.dialler.dial({
      timeoutMs,
      connected: (stream, server) => {
        this.freshStream = stream;
        this.server = formatServer(server);
        this.perform(this.automaton.dialled(this.nowMs()));
      },
      failed: (error, server) => {
        const why = error instanceof Error ? error.message : String(error);
        this.noteFailure(`${formatServer(server)}: ${why}`, error);
        this.perform(this.automaton.disconnected(this.nowMs()));
      },
    });
  }

  private shakeHands({ request }: EffectOf<'sendConnect'>): void {
    const stream = this.freshStream;
    this.freshStream = null;
    if (stream !== null) this.channel.connect(stream, request);
  }

  private sendClose(): void {
    const isFresh = this.channel.isHandshaking;
    this.channel.restrict();
    if (isFresh) this.channel.sendCredentials();
    this.sendNow(OpCode.closeSession, {}, (rc) => {
      if (rc !== null) this.perform(this.automaton.closeAnswered(this.nowMs()));
    });
  }

  private hangUp({ why }: EffectOf<'hangUp'>): void {
    this.options.logger.debug('hanging up', { server: this.server, why });
    this.dialler.abort();
    this.channel.hangUp();
  }

  private attach(effect: EffectOf<'attached'>): void {
    const { sameSession } = effect;
    this.lastFailure = null;
    if (!sameSession) this.currentSession = new LiveSession(this.automaton.sessionId);
    this.announcer.attached({
      sessionId: this.session.id,
      timeoutMs: this.timeoutMs,
      server: this.server,
      sameSession,
    });
    this.channel.restrict();
    this.channel.sendCredentials();
    this.watches.replay();
    this.channel.open();
    if (effect.readOnly) this.probe.start();
    this.driverEvents.ready();
  }

  private detach(): void {
    this.probe.stop();
    this.channel.hangUp();
    this.channel.failInFlight((call) => new ConnectionLossError(call.errorDetails));
  }

  private endSession({ id, reason }: EffectOf<'sessionEnded'>): void {
    this.announcer.sessionEnded({ sessionId: id, reason });
    const text = `session 0x${BigInt.asUintN(64, id).toString(16)} is over: ${reason}`;
    this.currentSession.end(new SessionExpiredError({ message: text }));
    this.channel.failWaiting((call) => new SessionExpiredError(call.errorDetails));
    this.watches.sessionEnded();
  }

  private end(): void {
    this.dialler.abort();
    this.probe.stop();
    this.channel.hangUp();
    this.channel.failInFlight((call) => new ClosedError(call.errorDetails));
    this.announcer.closed();
    this.driverEvents.ended();
  }

  /** What was not sent never will be, and nothing is reported any more. */
  private finish(error: KeeperError, lastEvent: 'closed' | 'sessionLost'): void {
    this.currentSession.end(error);
    this.probe.stop();
    this.channel.failWaiting(() => error);
    this.credentials.end(error);
    this.watches.endAll(lastEvent);
    this.driverEvents.over(error);
  }

  private failAuth(error: AuthFailedError): void {
    this.authError = error;
    this.announcer.authRefused(error);
    const effects = this.automaton.authFailed();
    this.channel.hangUp();
    this.channel.failInFlight((call) => new AuthFailedError(call.errorDetails));
    this.finish(error, 'sessionLost');
    this.perform(effects);
  }

  private noteFailure(message: string, cause?: unknown): void {
    this.lastFailure = cause === undefined ? new Error(message) : new Error(message, { cause });
    this.options.logger.info('connection failed', { why: message });
  }
}
