import type { InitialMessage } from '../../protocol/quorum/initial-message.js';
import type { ByteStream, Logger, Runtime, Timer, TlsClientOptions } from '../../runtime/index.js';
import { ElectionDial } from './election-dial.js';
import { ElectionLink } from './election-link.js';

/** While a server looks, it calls those again who refused: soon at first, as several may be starting at once. */
const RETRY_FIRST_MS = 20;
const RETRY_MAX_MS = 1000;
/** A server with a higher id that was called calls back; if it has not by then, it is called again. */
const CALL_BACK_MS = 500;
/** A connection is this young when both sides have called at once: the other one has not noticed yet. */
const YOUNG_MS = 100;
/** One that has not lasted so long is not replaced at once: the other side may not want it. */
const STABLE_MS = 1000;

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What all peers of a server have in common. */
export interface ElectionPeerContext {
  readonly ownSid: number;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly tls: TlsClientOptions | null;
  readonly connectTimeoutMs: number;
  /** Where the configuration has the election port of a server. */
  addressesOf(sid: number): readonly Address[];
  /** What is said first on a connection that we open. */
  introduction(): Buffer;
  /** What there is to say now, length prefix included. */
  frame(): Buffer;
  heard(sid: number, buf: Buffer, start: number, end: number): void;
  /** The other side has closed the connection: mostly because its process has ended. */
  lost(sid: number): void;
  /** It cannot be reached, either. */
  gone(sid: number): void;
}

/**
 * Another server as the election port sees it: one connection at most, always opened by the higher sid, and a queue of
 * one. What waits is only that something is to be said; what it is, is known when it leaves.
 */
export class ElectionPeer {
  readonly sid: number;
  private readonly context: ElectionPeerContext;
  private link: ElectionLink | null = null;
  private linkedAtMs = 0;
  private hasBeenLinked = false;
  private dial: ElectionDial | null = null;
  private dialledAtMs = 0;
  private retry: Timer | null = null;
  private retryMs = RETRY_FIRST_MS;
  /** Of connections that had hardly been made. */
  private losses = 0;
  private isPersistent = false;
  private hasToSay = false;
  private hasSaid = false;
  private refusal: Error | null = null;
  /** Where it has asked to be called back: once, if the configuration knows better. */
  private ownAddresses: readonly Address[] = [];

  constructor(sid: number, context: ElectionPeerContext) {
    this.sid = sid;
    this.context = context;
  }

  /** True: connected. False: not, and the last attempt failed. Null: that is not known. */
  get isReachable(): boolean | null {
    if (this.link !== null) return true;
    return this.refusal === null ? null : false;
  }

  /** It was connected, and is not any more. Who never was may be about to start. */
  get isGone(): boolean {
    return this.isReachable === false && this.hasBeenLinked;
  }

  /** Nothing connects us, and nothing is under way. */
  get isIdle(): boolean {
    return this.link === null && this.dial === null;
  }

  get isWaiting(): boolean {
    return this.hasToSay;
  }

  /** Says what there is to say, now or as soon as it can. */
  tell(): void {
    this.hasToSay = true;
    this.flush();
    this.connect();
  }

  /** While it is looking, this server calls again and again. What was known of others before is old. */
  setPersistent(isPersistent: boolean): void {
    this.isPersistent = isPersistent;
    this.retryMs = RETRY_FIRST_MS;
    this.losses = 0;
    if (isPersistent) this.refusal = null;
    else this.cancelRetry();
  }

  /** Does nothing when there is a connection, or one on the way. */
  connect(): void {
    if (!this.isIdle) return;
    this.cancelRetry();
    const { runtime, tls, connectTimeoutMs } = this.context;
    const dial = new ElectionDial({ addresses: this.takeAddresses(), tls, timeoutMs: connectTimeoutMs });
    this.dial = dial;
    this.dialledAtMs = this.nowMs;
    dial.start(
      runtime.network,
      (stream) => this.connected(stream),
      (error) => this.refused(error),
    );
  }

  /** It has called and is the one that may. */
  accept(link: ElectionLink): void {
    this.link?.destroy();
    this.adopt(link);
  }

  /** It has called although it is for us to do so. */
  callBack({ addresses }: InitialMessage): void {
    this.ownAddresses = addresses.map(parseAddress).filter((address) => address !== null);
    if (this.link !== null) {
      if (this.nowMs - this.linkedAtMs < YOUNG_MS) return;
      this.link.destroy();
      this.link = null;
    }
    // It is there now. What was begun before may wait for somebody who was not, until it times out.
    if (this.dial !== null && this.nowMs - this.dialledAtMs >= YOUNG_MS) {
      this.dial.abort();
      this.dial = null;
    }
    this.refusal = null;
    this.connect();
  }

  heard(buf: Buffer, start: number, end: number): void {
    this.context.heard(this.sid, buf, start, end);
  }

  drained(): void {
    this.flush();
  }

  closed(link: ElectionLink, error: Error | null): void {
    if (link !== this.link) return;
    this.context.logger.debug('an election connection has closed', { sid: this.sid, reason: error?.message });
    this.link = null;
    this.replaceLink();
    this.context.lost(this.sid);
  }

  dispose(): void {
    this.setPersistent(false);
    this.dial?.abort();
    this.dial = null;
    this.link?.destroy();
    this.link = null;
  }

  private connected(stream: ByteStream): void {
    this.dial = null;
    const { ownSid } = this.context;
    const link: ElectionLink = new ElectionLink(stream, 'we', {
      introduced: () => undefined,
      message: (buf, start, end) => this.heard(buf, start, end),
      drained: () => this.drained(),
      closed: (error) => this.closed(link, error),
    });
    link.send(this.context.introduction());
    if (ownSid > this.sid) return this.adopt(link);
    // It was only told to call back.
    link.end();
    this.refusal = null;
    this.retryAfter(CALL_BACK_MS);
  }

  private refused(error: Error): void {
    this.dial = null;
    this.refusal = error;
    this.context.logger.debug('the election port of another server cannot be reached', {
      sid: this.sid,
      reason: error.message,
    });
    this.retryLater();
    this.context.gone(this.sid);
  }

  private adopt(link: ElectionLink): void {
    this.cancelRetry();
    this.dial?.abort();
    this.dial = null;
    this.link = link;
    this.linkedAtMs = this.nowMs;
    this.hasBeenLinked = true;
    this.refusal = null;
    this.context.logger.debug('an election connection is up', { sid: this.sid, remote: link.remote });
    // The connection before may have swallowed what was said last.
    this.hasToSay ||= this.hasSaid;
    this.flush();
  }

  private flush(): void {
    if (!this.hasToSay || this.link?.isReady !== true) return;
    this.hasToSay = false;
    this.hasSaid = true;
    this.link.send(this.context.frame());
  }

  /** At once, so that it is soon known whether the other side is gone; but not again and again. */
  private replaceLink(): void {
    if (!this.isPersistent) return;
    if (this.nowMs - this.linkedAtMs >= STABLE_MS) this.losses = 0;
    this.losses += 1;
    if (this.losses > 1) this.retryLater();
    else this.connect();
  }

  private retryLater(): void {
    this.retryAfter(this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, RETRY_MAX_MS);
  }

  private retryAfter(ms: number): void {
    if (!this.isPersistent) return;
    this.cancelRetry();
    this.retry = this.context.runtime.timers.after(ms, () => this.connect());
  }

  private cancelRetry(): void {
    this.retry?.cancel();
    this.retry = null;
  }

  private takeAddresses(): Address[] {
    const configured = this.context.addressesOf(this.sid);
    const all = [...this.ownAddresses, ...configured];
    if (configured.length > 0) this.ownAddresses = [];
    return all.filter(({ host, port }, i) => all.findIndex((each) => each.host === host && each.port === port) === i);
  }

  private get nowMs(): number {
    return this.context.runtime.clock.monotonicMs();
  }
}

const WILDCARDS = new Set(['0.0.0.0', '::', '0:0:0:0:0:0:0:0']);

/** `host:port`, IPv6 in brackets; null for what nobody can call. */
function parseAddress(text: string): Address | null {
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? '';
  const port = Number(digits);
  return host === '' || WILDCARDS.has(host) || port < 1 || port > 65_535 ? null : { host, port };
}
