import type { ConnectResponse } from '../protocol/connect.js';
import type { Zxid } from '../protocol/zxid.js';
import { ZXID_NONE } from '../protocol/zxid.js';
import { AttemptSchedule } from './attempt-schedule.js';
import type { LostEvent } from './client-events.js';
import { HeldSession } from './held-session.js';
import type { AutomatonConfig, Effect } from './session-effects.js';
import type { ClientState } from './session.js';
import { SilentRefusals } from './silent-refusals.js';

/**
 * - `discarding`: attached to a session that was given up, to close it on the server and free its ephemeral nodes;
 * - `closing`: the client's own closeSession is under way.
 */
type Phase = 'idle' | 'waiting' | 'dialling' | 'handshaking' | 'attached' | 'discarding' | 'closing' | 'ended';

/**
 * The life of sessions and connections (client-protocol 11.3 to 11.7), without sockets or clocks: told what happened and
 * when, it returns what to do. All times are ms on one monotonic clock.
 */
export class SessionAutomaton {
  private readonly config: AutomatonConfig;
  private effects: Effect[] = [];
  private phase: Phase = 'idle';
  private currentState: ClientState = 'connecting';
  private readonly session: HeldSession;
  private readonly attempts: AttemptSchedule;
  private closeDeadlineMs = Infinity;
  /** Those who rely on the lease. */
  private leaseKeepers = 0;
  private readonly refusals: SilentRefusals;

  constructor(config: AutomatonConfig) {
    this.config = config;
    this.session = new HeldSession(config);
    this.attempts = new AttemptSchedule(config);
    this.refusals = new SilentRefusals(config.serverCount);
  }

  get state(): ClientState {
    return this.currentState;
  }

  get attached(): boolean {
    return this.phase === 'attached';
  }

  /** 0n without one. */
  get sessionId(): bigint {
    return this.session.id;
  }

  get timeoutMs(): number {
    return this.session.timeoutMs;
  }

  get lastZxidSeen(): Zxid {
    return this.session.zxidSeen;
  }

  get leaseDeadlineMs(): number {
    return this.isClosing ? -Infinity : this.session.leaseDeadlineMs;
  }

  /** When `tick` wants to be called, at the latest. */
  get wakeAtMs(): number {
    return Math.min(this.closeDeadlineMs, this.lostAtMs, this.phaseWakeAtMs);
  }

  start(nowMs: number): Effect[] {
    this.phase = 'waiting';
    this.attempts.dueMs = nowMs;
    return this.tick(nowMs, 0);
  }

  /** The connection stands. */
  dialled(nowMs: number): Effect[] {
    if (this.phase !== 'dialling') return this.take();
    this.phase = 'handshaking';
    this.session.contact.sent(nowMs);
    this.effects.push({ type: 'sendConnect', request: this.session.connectRequest() });
    return this.take();
  }

  connectAnswered(response: ConnectResponse, nowMs: number): Effect[] {
    if (this.phase !== 'handshaking') return this.take();
    if (!this.session.isGrantedBy(response)) return this.sessionRefused(nowMs);
    this.refusals.clear();
    this.session.contact.shookHands(nowMs, !this.session.exists && response.readOnly !== true);
    if (this.session.givenUp || this.isClosing) {
      this.phase = this.isClosing ? 'closing' : 'discarding';
      this.effects.push({ type: 'sendClose' });
    } else {
      this.attach(response, nowMs);
    }
    return this.take();
  }

  /** The attempt failed, or the connection ended without our doing. */
  disconnected(nowMs: number): Effect[] {
    this.dropped(nowMs);
    return this.take();
  }

  /** The reply to `sendClose` came. */
  closeAnswered(nowMs: number): Effect[] {
    if (this.phase !== 'closing' && this.phase !== 'discarding') return this.take();
    this.effects.push({ type: 'hangUp', why: 'session closed' });
    return this.disconnected(nowMs);
  }

  /** Bytes came in. */
  heard(nowMs: number): void {
    // What other servers say during handshakes is no sign of life of the session.
    if (this.isUp) this.session.contact.heard(nowMs);
  }

  /** A request or ping goes out. */
  sent(nowMs: number): void {
    this.session.contact.sent(nowMs);
  }

  /** A request was answered. `zxid`: of the reply header. `isVouched`: by the ensemble, not by one server alone. */
  answered(sentAtMs: number, zxid: Zxid, isVouched: boolean): void {
    this.session.saw(zxid);
    if (isVouched) this.session.contact.vouchedFor(sentAtMs);
  }

  /** Somebody relies on {@link leaseDeadlineMs} from here on: it is to be moved on in time. */
  keepLease(nowMs: number): Effect[] {
    this.leaseKeepers++;
    return this.tick(nowMs, 0);
  }

  leaveLease(): void {
    this.leaseKeepers--;
  }

  /** A server with a quorum was found while attached to one without. */
  writableFound(nowMs: number): Effect[] {
    if (this.phase !== 'attached' || !this.session.readOnly) return this.take();
    this.effects.push({ type: 'hangUp', why: 'a server with a quorum was found' });
    this.lose('replaced');
    this.detach(nowMs);
    return this.take();
  }

  /** A credential was refused for good. */
  authFailed(): Effect[] {
    if (this.phase === 'ended') return this.take();
    this.effects.push({ type: 'hangUp', why: 'authentication failed' });
    if (this.isClosing) {
      this.end();
    } else {
      this.phase = 'ended';
      this.session.forget();
      this.become('auth-failed');
    }
    return this.take();
  }

  /** Closes the session on the server if that can be done within `timeoutMs`, then ends. */
  close(nowMs: number, timeoutMs: number): Effect[] {
    if (this.isClosing) return this.take();
    if (this.phase === 'ended') {
      this.end();
      return this.take();
    }
    this.closeDeadlineMs = nowMs + timeoutMs;
    if (this.phase === 'attached') {
      this.phase = 'closing';
      this.effects.push({ type: 'sendClose' });
    } else if (this.phase === 'discarding') {
      this.phase = 'closing';
    } else if (!this.session.exists) {
      this.effects.push({ type: 'hangUp', why: 'client closed' });
      this.end();
    }
    this.become('closed');
    return this.take();
  }

  /** Time passed. `lateMs`: how much later than asked for this call comes, which shows that the event loop stood still. */
  tick(nowMs: number, lateMs: number): Effect[] {
    if (nowMs >= this.closeDeadlineMs && this.phase !== 'ended') {
      this.effects.push({ type: 'hangUp', why: 'close timed out' });
      this.end();
    }
    if (nowMs >= this.lostAtMs) this.loseToSilence(nowMs);
    if (this.phase === 'waiting' && nowMs >= this.attempts.dueMs) this.dial(nowMs);
    if (this.isDialling && nowMs >= this.attempts.deadlineMs) this.giveUpAttempt(nowMs);
    if (this.isUp) this.watchSilence(nowMs, lateMs);
    const mayPing = this.phase === 'attached' && nowMs >= this.session.pingAtMs;
    if (mayPing) this.effects.push({ type: 'sendPing' });
    if (this.phase === 'attached' && nowMs >= this.renewAtMs) this.renewLease(nowMs);
    return this.take();
  }

  private get isClosing(): boolean {
    return this.closeDeadlineMs !== Infinity;
  }

  private get isDialling(): boolean {
    return this.phase === 'dialling' || this.phase === 'handshaking';
  }

  private get isUp(): boolean {
    return this.phase === 'attached' || this.phase === 'discarding' || this.phase === 'closing';
  }

  private get lostAtMs(): number {
    return this.isClosing ? Infinity : this.session.lostAtMs;
  }

  private get phaseWakeAtMs(): number {
    if (this.phase === 'waiting') return this.attempts.dueMs;
    if (this.isDialling) return this.attempts.deadlineMs;
    if (!this.isUp) return Infinity;
    const { pingAtMs, silentAtMs } = this.session;
    return this.phase === 'attached' ? Math.min(pingAtMs, silentAtMs, this.renewAtMs) : silentAtMs;
  }

  private get renewAtMs(): number {
    return this.leaseKeepers === 0 ? Infinity : this.session.renewAtMs;
  }

  private renewLease(nowMs: number): void {
    this.session.contact.renewalSent(nowMs);
    this.effects.push({ type: 'renewLease' });
  }

  private take(): Effect[] {
    const { effects } = this;
    this.effects = [];
    return effects;
  }

  private become(to: ClientState): void {
    const from = this.currentState;
    if (from === to || from === 'closed') return;
    this.currentState = to;
    this.effects.push({ type: 'stateChanged', from, to });
  }

  private dropped(nowMs: number): void {
    switch (this.phase) {
      case 'idle':
      case 'waiting':
      case 'ended':
        break;
      case 'closing':
        this.end();
        break;
      case 'discarding':
        this.effects.push({ type: 'detached' });
        this.newSession(nowMs);
        break;
      case 'dialling':
        this.failed(nowMs);
        break;
      case 'handshaking':
        this.hungUpOn(nowMs);
        this.failed(nowMs);
        break;
      case 'attached':
        this.detach(nowMs);
        break;
    }
  }

  private attach(response: ConnectResponse, nowMs: number): void {
    const sameSession = this.session.exists;
    this.session.adopt(response);
    const { readOnly } = this.session;
    this.phase = 'attached';
    this.attempts.connected(nowMs);
    this.effects.push({ type: 'attached', sameSession, readOnly });
    this.become(readOnly ? 'read-only' : 'connected');
    // The server that is new to the session has asked the leader, who may be the leader no more.
    if (sameSession && nowMs >= this.renewAtMs) this.renewLease(nowMs);
  }

  /** The server knows no such session. Asked for a new one, that is a failed attempt like another. */
  private sessionRefused(nowMs: number): Effect[] {
    this.effects.push({ type: 'hangUp', why: 'session refused' });
    if (this.session.exists) {
      if (!this.session.givenUp) this.lose('expired');
      this.newSession(nowMs);
    } else {
      this.failed(nowMs);
    }
    return this.take();
  }

  private detach(nowMs: number): void {
    this.effects.push({ type: 'detached' });
    this.attempts.ended(nowMs);
    if (this.session.isAlive) this.become('suspended');
    this.failed(nowMs);
  }

  private failed(nowMs: number): void {
    if (this.isClosing && !this.session.exists) {
      this.end();
      return;
    }
    this.phase = 'waiting';
    this.attempts.retry(nowMs);
  }

  private newSession(nowMs: number): void {
    this.session.forget();
    if (this.isClosing) {
      this.end();
      return;
    }
    this.phase = 'waiting';
    this.attempts.retrySoon(nowMs);
  }

  private dial(nowMs: number): void {
    this.phase = 'dialling';
    this.attempts.begin(nowMs);
    this.effects.push({ type: 'dial', timeoutMs: this.config.connectTimeoutMs });
  }

  private giveUpAttempt(nowMs: number): void {
    this.effects.push({ type: 'hangUp', why: 'no answer within the connect timeout' });
    this.failed(nowMs);
  }

  private watchSilence(nowMs: number, lateMs: number): void {
    const isSilent = nowMs >= this.session.silentAtMs;
    if (!isSilent || this.session.contact.forgives(nowMs, lateMs, this.timeoutMs)) return;
    this.effects.push({ type: 'hangUp', why: 'the server is silent' });
    this.dropped(nowMs);
  }

  private lose(reason: LostEvent['reason']): void {
    this.session.giveUp();
    this.effects.push({ type: 'sessionEnded', id: this.sessionId, reason });
    this.become('lost');
    // What is not to be closed on a server need not be remembered.
    if (reason !== 'silence' || this.session.readOnly) this.session.forget();
  }

  private loseToSilence(nowMs: number): void {
    const wasAttached = this.phase === 'attached';
    if (wasAttached) this.effects.push({ type: 'hangUp', why: 'the server is silent' });
    this.lose('silence');
    if (wasAttached) this.detach(nowMs);
  }

  /** A server that hangs up on a handshake is not ready, or its data is older than what we have seen (client-protocol 2.3). */
  private hungUpOn(nowMs: number): void {
    if (this.session.zxidSeen === ZXID_NONE) return;
    const rounds = this.refusals.add(nowMs, this.timeoutMs);
    if (rounds === null) return;
    this.effects.push({ type: 'serversBehind', rounds, lastZxidSeen: this.session.zxidSeen });
    if (this.config.whenServersBehind === 'wait') return;
    this.session.zxidSeen = ZXID_NONE;
    if (this.session.isAlive) this.lose('refused');
    this.session.forget();
  }

  private end(): void {
    this.phase = 'ended';
    this.session.forget();
    this.closeDeadlineMs = Infinity;
    this.become('closed');
    this.effects.push({ type: 'ended' });
  }
}
