import { PercentileSummary } from './percentile-summary.js';
import { Summary } from './summary.js';

/** What a leader counts of one learner. */
export interface LearnerSummaries {
  /** Packets that wait to be sent, looked at when one is added. */
  readonly queueSize: Summary;
  /** Ms that packets waited. */
  readonly queueTimeMs: PercentileSummary;
  /** Ms from a proposal to its ACK. */
  readonly ackLatencyMs: PercentileSummary;
}

/** Series kept for each learner by its number. */
export class LearnerStats {
  private readonly bySid = new Map<number, LearnerSummaries>();

  /** The series of a learner; keep them for as long as it is connected. */
  of(sid: number): LearnerSummaries {
    const known = this.bySid.get(sid);
    if (known !== undefined) return known;
    const summaries = {
      queueSize: new Summary(),
      queueTimeMs: new PercentileSummary(),
      ackLatencyMs: new PercentileSummary(),
    };
    this.bySid.set(sid, summaries);
    return summaries;
  }

  entries(): Iterable<readonly [number, LearnerSummaries]> {
    return this.bySid;
  }

  reset(): void {
    for (const { queueSize, queueTimeMs, ackLatencyMs } of this.bySid.values()) {
      queueSize.reset();
      queueTimeMs.reset();
      ackLatencyMs.reset();
    }
  }
}
