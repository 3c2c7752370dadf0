import type { ConnectRequest, ConnectResponse } from '../protocol/connect.js';
import { PASSWORD_BYTES } from '../protocol/connect.js';
import type { Zxid } from '../protocol/zxid.js';
import { ZXID_NONE } from '../protocol/zxid.js';
import { backoffMs } from './backoff.js';
import type { LostEvent } from './client-events.js';
import { ContactTimes } from './contact-times.js';
import type { AutomatonConfig, Effect } from './session-effects.js';
import type { ClientState } from './session.js';
import { SilentRefusals } from './silent-refusals.js';

/**
 * - `discarding`: attached to a session that was given up, to close it on the server and free its ephemeral nodes;
 * - `closing`: the client's own closeSession is under way.
 */
type Phase = 'idle' | 'waiting' | 'dialling' | 'handshaking' | 'attached' | 'discarding' | 'closing' | 'ended';

interface HeldSession {
  readonly id: bigint;
  readonly password: Buffer | null;
  readonly timeoutMs: number;
  readonly readOnly: boolean;
}

/**
 * The life of sessions and connections (client-protocol 11.3 to 11.7), without sockets or clocks: told what happened and
 * when, it returns what to do. All times are ms on one monotonic clock.
 */
export class SessionAutomaton {
  private readonly config: AutomatonConfig;
  private effects: Effect[] = [];
  private phase: Phase = 'idle';
  private currentState: ClientState = 'connecting';
  private session: HeldSession | null = null;
  /** The session counts as lost here, while the server may still hold it. */
  private givenUp = false;
  private zxidSeen: Zxid = ZXID_NONE;
  /** Attempts and short-lived connections since the last one that lasted. */
  private failures = 0;
  private dueMs = 0;
  private attemptDeadlineMs = 0;
  private closeDeadlineMs = Infinity;
  private attachedAtMs = 0;
  private readonly contact = new ContactTimes();
  private readonly refusals: SilentRefusals;

  constructor(config: AutomatonConfig) {
    this.config = config;
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
    return this.session?.id ?? 0n;
  }

  get timeoutMs(): number {
    return this.session?.timeoutMs ?? this.config.sessionTimeoutMs;
  }

  get lastZxidSeen(): Zxid {
    return this.zxidSeen;
  }

  get leaseDeadlineMs(): number {
    if (this.session === null || this.givenUp || this.isClosing) return -Infinity;
    // A server without a quorum may answer while the others end the session.
    if (this.session.readOnly) return -Infinity;
    return this.contact.leaseDeadlineMs(this.session.timeoutMs);
  }

  /** When `tick` wants to be called, at the latest. */
  get wakeAtMs(): number {
    return Math.min(this.closeDeadlineMs, this.lostAtMs, this.phaseWakeAtMs);
  }

  start(nowMs: number): Effect[] {
    this.phase = 'waiting';
    this.dueMs = nowMs;
    return this.tick(nowMs, 0);
  }

  /** The connection stands. */
  dialled(nowMs: number): Effect[] {
    if (this.phase !== 'dialling') return this.take();
    this.phase = 'handshaking';
    this.contact.sent(nowMs);
    this.effects.push({ type: 'sendConnect', request: this.connectRequest() });
    return this.take();
  }

  connectAnswered(response: ConnectResponse, nowMs: number): Effect[] {
    if (this.phase !== 'handshaking') return this.take();
    const asked = this.sessionId;
    const refused = response.timeOut <= 0 || response.sessionId === 0n;
    if (refused || (asked !== 0n && asked !== response.sessionId)) return this.sessionRefused(nowMs);
    this.refusals.clear();
    this.contact.shookHands(nowMs);
    if (this.givenUp || this.isClosing) {
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
    if (this.isUp) this.contact.heard(nowMs);
  }

  /** A request or ping goes out. */
  sent(nowMs: number): void {
    this.contact.sent(nowMs);
  }

  /** A request or ping was answered. `zxid`: of the reply header, or 0 for replies whose zxid means nothing. */
  answered(sentAtMs: number, zxid: Zxid): void {
    this.contact.answered(sentAtMs);
    if (zxid > this.zxidSeen) this.zxidSeen = zxid;
  }

  /** A server with a quorum was found while attached to one without. */
  writableFound(nowMs: number): Effect[] {
    if (this.phase !== 'attached' || this.session?.readOnly !== true) return this.take();
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
      this.session = null;
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
    } else if (this.session === null) {
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
    if (this.phase === 'waiting' && nowMs >= this.dueMs) this.dial(nowMs);
    if (this.isDialling && nowMs >= this.attemptDeadlineMs) this.giveUpAttempt(nowMs);
    if (this.isUp) this.watchSilence(nowMs, lateMs);
    const mayPing = this.phase === 'attached' && nowMs >= this.contact.pingAtMs(this.timeoutMs);
    if (mayPing) this.effects.push({ type: 'sendPing' });
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

  /** When the session counts as over for want of contact. */
  private get lostAtMs(): number {
    if (this.session === null || this.givenUp || this.isClosing) return Infinity;
    return this.contact.lostAtMs(this.timeoutMs);
  }

  private get phaseWakeAtMs(): number {
    if (this.phase === 'waiting') return this.dueMs;
    if (this.isDialling) return this.attemptDeadlineMs;
    if (!this.isUp) return Infinity;
    const silentAtMs = this.contact.silentAtMs(this.timeoutMs);
    return this.phase === 'attached' ? Math.min(this.contact.pingAtMs(this.timeoutMs), silentAtMs) : silentAtMs;
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

  private connectRequest(): ConnectRequest {
    return {
      protocolVersion: 0,
      lastZxidSeen: BigInt(this.zxidSeen),
      timeOut: this.config.sessionTimeoutMs,
      sessionId: this.sessionId,
      passwd: this.session?.password ?? Buffer.alloc(PASSWORD_BYTES),
      readOnly: this.config.readOnly,
    };
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
    const sameSession = this.session !== null;
    const readOnly = response.readOnly === true;
    this.session = { id: response.sessionId, password: response.passwd, timeoutMs: response.timeOut, readOnly };
    this.phase = 'attached';
    this.attachedAtMs = nowMs;
    this.effects.push({ type: 'attached', sameSession, readOnly });
    this.become(readOnly ? 'read-only' : 'connected');
  }

  /** The server knows no such session. Asked for a new one, that is a failed attempt like another. */
  private sessionRefused(nowMs: number): Effect[] {
    this.effects.push({ type: 'hangUp', why: 'session refused' });
    if (this.session !== null) {
      if (!this.givenUp) this.lose('expired');
      this.newSession(nowMs);
    } else {
      this.failed(nowMs);
    }
    return this.take();
  }

  private detach(nowMs: number): void {
    this.effects.push({ type: 'detached' });
    if (nowMs - this.attachedAtMs >= this.config.backoff.maxMs) this.failures = 0;
    if (this.session !== null && !this.givenUp) this.become('suspended');
    this.failed(nowMs);
  }

  private failed(nowMs: number): void {
    if (this.isClosing && this.session === null) {
      this.end();
      return;
    }
    this.waitRounds(nowMs, Math.floor(this.failures / this.config.serverCount));
  }

  /** The old session is settled, by a server that works: it would be wrong to wait long for the new one. */
  private newSession(nowMs: number): void {
    this.forgetSession();
    if (this.isClosing) this.end();
    else this.waitRounds(nowMs, 0);
  }

  private waitRounds(nowMs: number, round: number): void {
    this.failures++;
    this.phase = 'waiting';
    this.dueMs = nowMs + backoffMs(this.config.backoff, round, this.config.random);
  }

  private dial(nowMs: number): void {
    this.phase = 'dialling';
    this.attemptDeadlineMs = nowMs + this.config.connectTimeoutMs;
    this.effects.push({ type: 'dial', timeoutMs: this.config.connectTimeoutMs });
  }

  private giveUpAttempt(nowMs: number): void {
    this.effects.push({ type: 'hangUp', why: 'no answer within the connect timeout' });
    this.failed(nowMs);
  }

  private watchSilence(nowMs: number, lateMs: number): void {
    const isSilent = nowMs >= this.contact.silentAtMs(this.timeoutMs);
    if (!isSilent || this.contact.forgives(nowMs, lateMs, this.timeoutMs)) return;
    this.effects.push({ type: 'hangUp', why: 'the server is silent' });
    this.dropped(nowMs);
  }

  private lose(reason: LostEvent['reason']): void {
    this.givenUp = true;
    this.effects.push({ type: 'sessionEnded', id: this.sessionId, reason });
    this.become('lost');
    // What is not to be closed on a server need not be remembered.
    if (reason !== 'silence' || this.session?.readOnly === true) this.forgetSession();
  }

  private loseToSilence(nowMs: number): void {
    const wasAttached = this.phase === 'attached';
    if (wasAttached) this.effects.push({ type: 'hangUp', why: 'the server is silent' });
    this.lose('silence');
    if (wasAttached) this.detach(nowMs);
  }

  private forgetSession(): void {
    this.session = null;
    this.givenUp = false;
  }

  /** A server that hangs up on a handshake is not ready, or its data is older than what we have seen (client-protocol 2.3). */
  private hungUpOn(nowMs: number): void {
    if (this.zxidSeen === ZXID_NONE) return;
    const rounds = this.refusals.add(nowMs, this.timeoutMs);
    if (rounds === null) return;
    this.effects.push({ type: 'serversBehind', rounds, lastZxidSeen: this.zxidSeen });
    if (this.config.whenServersBehind === 'wait') return;
    this.zxidSeen = ZXID_NONE;
    if (this.session === null) return;
    if (!this.givenUp) this.lose('refused');
    this.forgetSession();
  }

  private end(): void {
    this.phase = 'ended';
    this.session = null;
    this.closeDeadlineMs = Infinity;
    this.become('closed');
    this.effects.push({ type: 'ended' });
  }
}
