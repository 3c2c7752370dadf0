import type { Id } from '../../protocol/acl.js';
import { JuteWriter } from '../../protocol/jute-writer.js';
import type { Session } from '../sessions/session.js';
import type { RequestQueue } from './request-queue.js';

/** How a link reaches its socket: implemented by net, or by a test. */
export interface LinkTransport {
  /** The link has bytes to send: send them when this turn of the event loop ends. */
  flushSoon(): void;
  /** The session is there (or not needed): read requests again. */
  readOn(): void;
  /** Sends what was written, then closes. */
  close(): void;
}

/** Who is at the other end. */
export interface LinkPeer {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly encrypted: boolean;
  /** Subject of the verified TLS certificate, RFC 2253. */
  readonly certificateSubject: string | null;
}

/**
 * One client connection as the pipeline sees it: where answers are gathered, and what belongs to the connection alone
 * (credentials, watches). Sessions outlive links (client-protocol 2.3).
 */
export class ClientLink {
  readonly peer: LinkPeer;
  readonly transport: LinkTransport;
  /** Answers and events of this turn, in order. */
  readonly out = new JuteWriter();
  readonly stats = new LinkStats();
  /** Credentials: grow with auth, never shrink. */
  identities: readonly Id[] = [];
  /** The session it asked for or is attached to; 0n before. */
  sessionId = 0n;
  /** The attached session; null before the handshake is answered and after the session ended. */
  session: Session<ClientLink> | null = null;
  /** What this session has under way; shared by successive links of one session. */
  queue: RequestQueue | null = null;
  /** Nothing more is read from or written to a closed link. */
  closed = false;
  /** A closeSession was read: what follows it is not answered. */
  isClosing = false;
  /** False while enforced authentication is missing (client-protocol 9.8). */
  mayRequest = true;

  constructor(peer: LinkPeer, transport: LinkTransport) {
    this.peer = peer;
    this.transport = transport;
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.transport.close();
  }
}

/** Counters that `cons` shows, a link each. Latencies in ms. */
export class LinkStats {
  received = 0;
  sent = 0;
  /** Requests taken and not yet answered. */
  outstanding = 0;
  establishedWallMs = 0;
  lastOp = 'NA';
  lastCxid = -1;
  lastZxid = -1;
  lastResponseMs = 0;
  lastLatencyMs = 0;
  minLatencyMs = 0;
  maxLatencyMs = 0;
  private latencySumMs = 0;
  private latencyCount = 0;

  get avgLatencyMs(): number {
    return this.latencyCount === 0 ? 0 : Math.floor(this.latencySumMs / this.latencyCount);
  }

  answered(latencyMs: number, nowMs: number): void {
    this.minLatencyMs = this.latencyCount === 0 ? latencyMs : Math.min(this.minLatencyMs, latencyMs);
    this.maxLatencyMs = Math.max(this.maxLatencyMs, latencyMs);
    this.latencySumMs += latencyMs;
    this.latencyCount++;
    this.lastLatencyMs = latencyMs;
    this.lastResponseMs = nowMs;
  }

  /** `crst`. */
  reset(): void {
    this.received = 0;
    this.sent = 0;
    this.lastOp = 'NA';
    this.lastCxid = -1;
    this.lastZxid = -1;
    this.lastResponseMs = 0;
    this.lastLatencyMs = 0;
    this.minLatencyMs = 0;
    this.maxLatencyMs = 0;
    this.latencySumMs = 0;
    this.latencyCount = 0;
  }
}
