import type { ClientSession } from './pipeline-parts.js';

/**
 * Until when a leader knows whom its learners have heard of. A learner answers pings by itself, and tells of them later: while
 * it is out of touch, or this leader was held up, nobody knows whether its clients are silent. ZooKeeper lets their
 * sessions expire then, although they were told in time that they live.
 */
export class LearnerReports {
  /** Monotonic ms: whatever a learner had heard by then has been told. */
  private readonly toldUpTo = new Map<number, number>();
  /** Sessions whose time is up, as far as is known. */
  private readonly doubtful = new Set<ClientSession>();

  /** Whether a session that seems to have been silent for its whole timeout has been. */
  isSilent(session: ClientSession): boolean {
    const { serverId, deadlineMs } = session;
    const upTo = serverId === null ? undefined : this.toldUpTo.get(serverId);
    const isKnown = upTo === undefined || upTo >= deadlineMs;
    if (isKnown) this.doubtful.delete(session);
    else this.doubtful.add(session);
    return isKnown;
  }

  /** A learner has told of all that it had heard by then. Returns sessions of which nothing was heard, after all. */
  told(serverId: number, upToMs: number): ClientSession[] {
    this.toldUpTo.set(serverId, upToMs);
    const silent: ClientSession[] = [];
    for (const session of this.doubtful) {
      const isDecided = session.serverId === serverId && session.deadlineMs <= upToMs;
      if (!isDecided && !session.isClosing) continue;
      this.doubtful.delete(session);
      if (!session.isClosing) silent.push(session);
    }
    return silent;
  }

  /** A learner will tell nothing more. */
  forget(serverId: number): void {
    this.toldUpTo.delete(serverId);
  }
}
