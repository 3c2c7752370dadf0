import type { Id } from '../../protocol/acl.js';
import { JuteWriter } from '../../protocol/jute-writer.js';
import type { Session } from '../sessions/session.js';
import { LinkStats } from './link-stats.js';
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
  /** Of the ids that auth has added. */
  identityBytes = 0;
  /** The session it asked for or is attached to; 0n before. */
  sessionId = 0n;
  /** The attached session; null before the handshake is answered and after the session ended. */
  session: Session<ClientLink> | null = null;
  /** What this session has under way; shared by successive links of one session. */
  queue: RequestQueue | null = null;
  /** Reads that wait behind a write of this session, or a sync: all are answered in the moment it is done. */
  parkedReads = 0;
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

/** Who gets no answers: the server's own requests, and those that another server answers. */
export const NOBODY = /* @__PURE__ */ (() => {
  const ignore = (): void => undefined;
  const peer = { remoteAddress: '', remotePort: 0, encrypted: false, certificateSubject: null };
  const link = new ClientLink(peer, { flushSoon: ignore, readOn: ignore, close: ignore });
  link.closed = true;
  return link;
})();
