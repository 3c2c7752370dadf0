import type { Id } from '../../protocol/acl.js';
import type { ClientLink } from './client-link.js';
import { NOBODY } from './client-link.js';
import type { ClientSession } from './pipeline-parts.js';

const NO_IDENTITIES: readonly Id[] = [];

/** Where a client of another server is, and who it is. */
export interface WriterPlace {
  readonly serverId: number;
  readonly identities: readonly Id[];
}

/** Where the write at hand comes from: one object that is told anew for each. */
export class WriteOrigin {
  /** Who is answered; nobody when another server does that. */
  link: ClientLink = NOBODY;
  session: ClientSession | null = null;
  sessionId = 0n;
  /** The member of the ensemble that the client has asked. */
  serverId = 0;
  identities: readonly Id[] = NO_IDENTITIES;
  /** The server itself asks: of expiry, of the sweep, of a session to be made. */
  isSelf = false;

  /** A client of this server. */
  turnToLink(link: ClientLink, serverId: number): this {
    this.link = link;
    this.session = link.session;
    this.sessionId = link.sessionId;
    this.serverId = serverId;
    this.identities = link.identities;
    this.isSelf = false;
    return this;
  }

  /** This server itself, about a session. */
  turnToSelf(sessionId: bigint, serverId: number): this {
    this.link = NOBODY;
    this.session = null;
    this.sessionId = sessionId;
    this.serverId = serverId;
    this.identities = NO_IDENTITIES;
    this.isSelf = true;
    return this;
  }

  /** A client of another server. */
  turnToOther(session: ClientSession | null, sessionId: bigint, at: WriterPlace): this {
    this.link = NOBODY;
    this.session = session;
    this.sessionId = sessionId;
    this.serverId = at.serverId;
    this.identities = at.identities;
    this.isSelf = false;
    return this;
  }
}
