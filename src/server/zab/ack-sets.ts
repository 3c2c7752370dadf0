import type { QuorumVerifier } from './quorum-verifier.js';

/**
 * Who has agreed to one thing, counted for several configurations at once: while a reconfiguration is pending the old
 * and the new one have to agree (quorum-protocol 1.5).
 */
export class AckSets {
  private readonly pairs: readonly { readonly verifier: QuorumVerifier; readonly sids: Set<number> }[];

  constructor(verifiers: readonly QuorumVerifier[]) {
    this.pairs = verifiers.map((verifier) => ({ verifier, sids: new Set<number>() }));
  }

  /** Counts in every configuration whose participant it is, in the others not at all. */
  add(sid: number): void {
    for (const { verifier, sids } of this.pairs) if (verifier.isParticipant(sid)) sids.add(sid);
  }

  has(sid: number): boolean {
    return this.pairs.some(({ sids }) => sids.has(sid));
  }

  get hasAllQuorums(): boolean {
    return this.pairs.every(({ verifier, sids }) => verifier.containsQuorum(sids));
  }
}
