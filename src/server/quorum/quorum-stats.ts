/** What a member counts of its part in the quorum. Called on the hot path. */
export interface QuorumStats {
  /** As the leader. */
  proposalMade(): void;
  proposalsCommitted(count: number): void;
  /** Ms from a proposal until a quorum had it. */
  quorumAcked(latencyMs: number): void;
  /** Ms from a proposal until the leader heard that this learner had it. */
  learnerAcked(sid: number, latencyMs: number): void;
  /** A learner is brought up to date. */
  diffSent(): void;
  snapshotSent(): void;
  /** As a learner. */
  proposalReceived(): void;
  commitReceived(): void;
  /** The leader was asked whether a session lives. */
  revalidationAsked(): void;
}
