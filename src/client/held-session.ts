import type { ConnectRequest, ConnectResponse } from '../protocol/connect.js';
import { PASSWORD_BYTES } from '../protocol/connect.js';
import type { Zxid } from '../protocol/zxid.js';
import { ZXID_NONE } from '../protocol/zxid.js';
import { ContactTimes } from './contact-times.js';
import type { AutomatonConfig } from './session-effects.js';

interface Granted {
  readonly id: bigint;
  readonly password: Buffer | null;
  readonly timeoutMs: number;
  readonly readOnly: boolean;
}

/** The session that a client has, if it has one: what the server granted, when they were last in contact, what was seen. */
export class HeldSession {
  /** Of all sessions. */
  zxidSeen: Zxid = ZXID_NONE;
  readonly contact = new ContactTimes();
  private readonly config: AutomatonConfig;
  private granted: Granted | null = null;
  private isGivenUp = false;

  constructor(config: AutomatonConfig) {
    this.config = config;
  }

  get exists(): boolean {
    return this.granted !== null;
  }

  /** It counts as lost here, while the server may still hold it. */
  get givenUp(): boolean {
    return this.isGivenUp;
  }

  /** It can still be resumed. */
  get isAlive(): boolean {
    return this.granted !== null && !this.isGivenUp;
  }

  get readOnly(): boolean {
    return this.granted?.readOnly === true;
  }

  /** 0n without one. */
  get id(): bigint {
    return this.granted?.id ?? 0n;
  }

  /** The wanted one before there is one. */
  get timeoutMs(): number {
    return this.granted?.timeoutMs ?? this.config.sessionTimeoutMs;
  }

  /** Before this no server can have ended it. */
  get leaseDeadlineMs(): number {
    // A server without a quorum may answer while the others end the session.
    return !this.isAlive || this.readOnly ? -Infinity : this.contact.leaseDeadlineMs(this.timeoutMs);
  }

  /** When it counts as over for want of contact. */
  get lostAtMs(): number {
    return this.isAlive ? this.contact.lostAtMs(this.timeoutMs) : Infinity;
  }

  get pingAtMs(): number {
    return this.contact.pingAtMs(this.timeoutMs);
  }

  get silentAtMs(): number {
    return this.contact.silentAtMs(this.timeoutMs);
  }

  get renewAtMs(): number {
    return this.readOnly ? Infinity : this.contact.renewAtMs(this.timeoutMs);
  }

  /** Of a reply header. */
  saw(zxid: Zxid): void {
    if (zxid > this.zxidSeen) this.zxidSeen = zxid;
  }

  connectRequest(): ConnectRequest {
    return {
      protocolVersion: 0,
      lastZxidSeen: BigInt(this.zxidSeen),
      timeOut: this.config.sessionTimeoutMs,
      sessionId: this.id,
      passwd: this.granted?.password ?? Buffer.alloc(PASSWORD_BYTES),
      readOnly: this.config.readOnly,
    };
  }

  /** Whether the server's answer grants what was asked for: the session there is, or a new one. */
  isGrantedBy({ timeOut, sessionId }: ConnectResponse): boolean {
    return timeOut > 0 && sessionId !== 0n && (this.id === 0n || this.id === sessionId);
  }

  adopt({ sessionId, passwd, timeOut, readOnly }: ConnectResponse): void {
    this.granted = { id: sessionId, password: passwd, timeoutMs: timeOut, readOnly: readOnly === true };
  }

  giveUp(): void {
    this.isGivenUp = true;
  }

  forget(): void {
    this.granted = null;
    this.isGivenUp = false;
  }
}
