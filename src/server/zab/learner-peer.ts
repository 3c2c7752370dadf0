import type { Zxid } from '../../protocol/zxid.js';
import { ZXID_NONE } from '../../protocol/zxid.js';

/** Where a learner is with its leader. */
export type PeerPhase =
  /** It is connected; nothing is known of it. */
  | 'unknown'
  /** It has said who it is, and waits for the epoch. */
  | 'epoch'
  /** It was told the epoch. */
  | 'promise'
  /** It has promised, and waits for the history. */
  | 'history'
  /** Its part of the history is read from files, or a snapshot cannot be had at once. */
  | 'reading'
  /** It gets the history, and whatever is proposed from now on; NEWLEADER is not acknowledged. */
  | 'synchronising'
  /** It has everything that this leader began with, durably. */
  | 'synchronised'
  /** It may let clients in. */
  | 'up-to-date'
  | 'gone';

/** A leader's book of one connection to a learner. */
export class LearnerPeer {
  sid = 0;
  /** Never counted, whoever it is. Of the others, each configuration counts its participants. */
  isObserver = false;
  phase: PeerPhase = 'unknown';
  /** The end of its log when it came. */
  lastZxid: Zxid = ZXID_NONE;
  /** It has everything up to here on its device, as far as it has said. */
  acked: Zxid = ZXID_NONE;
  /** What was committed when it was told to be up to date: some learners never acknowledge that singly. */
  upToDateAt: Zxid = ZXID_NONE;
  /** NEWLEADER has told it of a reconfiguration that was not committed: it has to be, first. */
  upToDateAfter: Zxid = ZXID_NONE;
  /** In ticks: without a sign of life until then, it is gone. */
  deadlineTick = 0;
  /** Only since it is up to date: before, some learners answer PINGs, and some do not. */
  pingsSent = 0;
  pingsAnswered = 0;
  /** The last proposal of each of the last ticks, the oldest first: what it should have acknowledged by now. */
  readonly proposedByTick: Zxid[] = [];

  /** Proposals and commits go to it. */
  get isForwardedTo(): boolean {
    return this.phase === 'synchronising' || this.isSynchronised;
  }

  get isSynchronised(): boolean {
    return this.phase === 'synchronised' || this.phase === 'up-to-date';
  }
}
