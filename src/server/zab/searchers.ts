import { AckSets } from './ack-sets.js';
import type { QuorumVerifier } from './quorum-verifier.js';

/** Who looks for so long has been told of the leader, has asked again, and has not found it. */
const SEARCH_MS = 1000;

/** Those who look for a leader although this server has found one. */
export class Searchers {
  private readonly sinceMs = new Map<number, number>();

  searches(sid: number, nowMs: number): void {
    if (!this.sinceMs.has(sid)) this.sinceMs.set(sid, nowMs);
  }

  found(sid: number): void {
    this.sinceMs.delete(sid);
  }

  clear(): void {
    this.sinceMs.clear();
  }

  /** Whether those who have looked for long enough could elect somebody together with this server. */
  areQuorumWith(
    own: number,
    { verifiers, nowMs }: { readonly verifiers: readonly QuorumVerifier[]; readonly nowMs: number },
  ): boolean {
    const sets = new AckSets(verifiers);
    sets.add(own);
    for (const [sid, sinceMs] of this.sinceMs) if (nowMs - sinceMs >= SEARCH_MS) sets.add(sid);
    return sets.hasAllQuorums;
  }
}
