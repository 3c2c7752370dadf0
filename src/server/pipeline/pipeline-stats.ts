import type { EventType } from '../../protocol/event.js';

/** What the pipeline counts; called on the hot path. */
export interface PipelineStats {
  /** A frame came in. */
  received(bytes: number): void;
  /** An answer went out. Latency in ms, from the arrival of its request. */
  answered(latencyMs: number, isWrite: boolean): void;
  /** Bytes of one answer, its header included. */
  responseSent(bytes: number): void;
  /** Bytes read from, or written to, a path's namespace: its first component. */
  readServed(path: string, bytes: number): void;
  /** The same for a path in UTF-8, in place. */
  readServedAt(buf: Buffer, start: number, end: number, bytes: number): void;
  writeApplied(path: string, bytes: number): void;
  writeAppliedAt(buf: Buffer, start: number, end: number, bytes: number): void;
  /** One change told to so many watchers. */
  watchesFired(type: EventType, watchers: number): void;
  proposed(): void;
  committed(): void;
  /** Something was applied as the leader has decided it; ms since the leader began with it, by the clocks of both. */
  propagated(latencyMs: number): void;
  sessionExpired(): void;
  connectRequested(): void;
  connectRevalidated(): void;
  authFailed(): void;
}
