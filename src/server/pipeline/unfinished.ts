import type { Zxid } from '../../protocol/zxid.js';
import type { Proposal } from '../tree/proposal.js';
import type { PendingRequest } from './request-queue.js';

/** A transaction that waits for its commit, with the request it answers (null: the server's own, or another server's). */
export class Unfinished {
  readonly proposal: Proposal;
  readonly request: PendingRequest | null;

  constructor(proposal: Proposal, request: PendingRequest | null) {
    this.proposal = proposal;
    this.request = request;
  }

  get zxid(): Zxid {
    return this.proposal.header.zxid;
  }
}
