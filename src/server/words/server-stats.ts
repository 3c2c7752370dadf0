import { EventType } from '../../protocol/event.js';
import type { PipelineStats } from '../pipeline/pipeline-stats.js';
import type { QuorumStats } from '../quorum/quorum-stats.js';
import { counterNames, percentileNames, summaryNames } from './metric-names.js';
import type { CounterName, PercentileName, SummaryName } from './metric-names.js';
import { LearnerStats } from './learner-stats.js';
import { NamespaceStats } from './namespace-stats.js';
import { PercentileSummary } from './percentile-summary.js';
import { Summary } from './summary.js';

/** What one server counts, for `srvr`, `stat` and `mntr`. Cheap enough for every request: integer adds. Times in ms. */
export class ServerStats implements PipelineStats, QuorumStats {
  packetsReceived = 0;
  packetsSent = 0;
  readonly latency = new Summary();
  authFailedCount = 0;
  /** Syncs of the log that took longer than the warning threshold. */
  fsyncThresholdExceedCount = 0;
  /** Bytes of the latest, the smallest and the largest answer; -1 before the first. */
  lastResponseBytes = -1;
  minResponseBytes = -1;
  maxResponseBytes = -1;
  /** Those that count what is seldom; {@link counterValues} has all. */
  readonly counters = Object.fromEntries(counterNames.map((name) => [name, 0])) as Record<CounterName, number>;
  readonly summaries = tableOf(summaryNames, () => new Summary());
  readonly percentiles = tableOf(percentileNames, () => new PercentileSummary());
  readonly reads = new NamespaceStats();
  readonly writes = new NamespaceStats();
  readonly learners = new LearnerStats();
  /** What every request counts, as fields: a table of names is looked up by hash. */
  private requests = 0;
  private requestBytes = 0;
  private responseBytes = 0;
  private proposals = 0;
  private commits = 0;
  private leaderProposals = 0;
  private leaderCommits = 0;
  private learnerProposals = 0;
  private learnerCommits = 0;
  private propagations = 0;

  /** All counters, by the names that `mntr` prints. */
  counterValues(): Readonly<Record<CounterName, number>> {
    return {
      ...this.counters,
      bytes_received_count: this.requestBytes,
      prep_processor_request_queued: this.requests,
      sync_processor_request_queued: this.requests,
      response_bytes: this.responseBytes,
      outstanding_changes_queued: this.proposals,
      // A learner has none: it applies what others have decided.
      outstanding_changes_removed: this.commits - this.propagations,
      proposal_count: this.leaderProposals,
      commit_count: this.leaderCommits,
      learner_proposal_received_count: this.learnerProposals,
      learner_commit_received_count: this.learnerCommits,
      request_commit_queued: this.leaderCommits + this.propagations,
    };
  }

  received(bytes: number): void {
    this.packetsReceived++;
    this.requests++;
    this.requestBytes += bytes;
  }

  answered(latencyMs: number, isWrite: boolean): void {
    const ms = Math.max(0, Math.floor(latencyMs));
    this.packetsSent++;
    this.latency.add(ms);
    if (isWrite) this.percentiles.updatelatency.add(ms);
    else this.percentiles.readlatency.add(ms);
  }

  watchesFired(type: EventType, watchers: number): void {
    this.packetsSent += watchers;
    switch (type) {
      case EventType.nodeCreated:
        return this.summaries.node_created_watch_count.add(watchers);
      case EventType.nodeDeleted:
        return this.summaries.node_deleted_watch_count.add(watchers);
      case EventType.nodeDataChanged:
        return this.summaries.node_changed_watch_count.add(watchers);
      case EventType.nodeChildrenChanged:
        return this.summaries.node_children_watch_count.add(watchers);
      default:
      // Removed watches are told to the one who had them: no change to count.
    }
  }

  proposed(): void {
    this.proposals++;
  }

  committed(): void {
    this.commits++;
  }

  propagated(latencyMs: number): void {
    this.propagations++;
    // Two clocks may disagree.
    this.percentiles.propagation_latency.add(Math.max(0, Math.floor(latencyMs)));
  }

  proposalMade(): void {
    this.leaderProposals++;
  }

  proposalsCommitted(count: number): void {
    this.leaderCommits += count;
  }

  quorumAcked(latencyMs: number): void {
    this.percentiles.quorum_ack_latency.add(Math.round(latencyMs));
  }

  learnerAcked(sid: number, latencyMs: number): void {
    this.learners.of(sid).ackLatencyMs.add(Math.round(latencyMs));
  }

  diffSent(): void {
    this.counters.diff_count++;
  }

  snapshotSent(): void {
    this.counters.snap_count++;
  }

  proposalReceived(): void {
    this.learnerProposals++;
  }

  commitReceived(): void {
    this.learnerCommits++;
  }

  revalidationAsked(): void {
    this.counters.revalidate_count++;
  }

  sessionExpired(): void {
    this.counters.stale_sessions_expired++;
  }

  connectRequested(): void {
    this.packetsReceived++;
    this.packetsSent++;
    this.counters.connection_request_count++;
  }

  connectRevalidated(): void {
    this.counters.connection_revalidate_count++;
  }

  authFailed(): void {
    this.authFailedCount++;
  }

  /** Bytes that left for a client: one answer with its header. */
  responseSent(bytes: number): void {
    this.lastResponseBytes = bytes;
    if (bytes > this.maxResponseBytes) this.maxResponseBytes = bytes;
    if (this.minResponseBytes === -1 || bytes < this.minResponseBytes) this.minResponseBytes = bytes;
    this.responseBytes += bytes;
  }

  readServed(path: string, bytes: number): void {
    this.reads.add(path, bytes);
  }

  readServedAt(buf: Buffer, start: number, end: number, bytes: number): void {
    this.reads.addAt(buf, start, end, bytes);
  }

  writeApplied(path: string, bytes: number): void {
    this.writes.add(path, bytes);
  }

  writeAppliedAt(buf: Buffer, start: number, end: number, bytes: number): void {
    this.writes.addAt(buf, start, end, bytes);
  }

  /** One sync of the log made so many transactions durable. */
  synced(durationMs: number, txns: number): void {
    const ms = Math.max(0, Math.round(durationMs));
    this.summaries.fsynctime.add(ms);
    this.summaries.sync_process_time.add(ms);
    this.summaries.sync_processor_batch_size.add(txns);
  }

  snapshotWritten(durationMs: number): void {
    this.summaries.snapshottime.add(Math.round(durationMs));
  }

  /** The data were loaded at the start. */
  loaded(durationMs: number, replayedTxns: number): void {
    this.summaries.dbinittime.add(Math.round(durationMs));
    this.summaries.startup_txns_loaded.add(replayedTxns);
  }

  /** A four-letter word was asked and is being answered. */
  wordAsked(): void {
    this.packetsReceived++;
    this.packetsSent++;
  }

  /** `srst`. */
  reset(): void {
    this.packetsReceived = 0;
    this.packetsSent = 0;
    this.latency.reset();
    this.authFailedCount = 0;
    this.fsyncThresholdExceedCount = 0;
    this.lastResponseBytes = -1;
    this.minResponseBytes = -1;
    this.maxResponseBytes = -1;
    this.requests = 0;
    this.requestBytes = 0;
    this.responseBytes = 0;
    this.proposals = 0;
    this.commits = 0;
    this.leaderProposals = 0;
    this.leaderCommits = 0;
    this.learnerProposals = 0;
    this.learnerCommits = 0;
    this.propagations = 0;
    for (const name of counterNames) this.counters[name] = 0;
    for (const name of summaryNames) this.summaries[name].reset();
    for (const name of percentileNames) this.percentiles[name].reset();
    this.reads.reset();
    this.writes.reset();
    this.learners.reset();
  }
}

function tableOf<N extends SummaryName | PercentileName, S>(
  names: readonly N[],
  make: () => S,
): Readonly<Record<N, S>> {
  return Object.fromEntries(names.map((name) => [name, make()])) as Record<N, S>;
}
