import type { RevalidateRequest } from '../../protocol/quorum/revalidation.js';
import type { LearnerPeer } from '../zab/learner-peer.js';

/** A client has come to a learner with a session: does it live? */
export class Revalidation {
  readonly peer: LearnerPeer;
  readonly request: RevalidateRequest;
  isDoubted = false;
  /** A quorum was heard since it was asked. */
  isConfirmed = false;

  constructor(peer: LearnerPeer, request: RevalidateRequest) {
    this.peer = peer;
    this.request = request;
  }
}
