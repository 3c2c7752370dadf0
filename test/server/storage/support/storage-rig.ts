import type { Clock } from '../../../../src/runtime/clock.js';
import type { Random } from '../../../../src/runtime/random.js';
import type { StorageError } from '../../../../src/server/storage/storage-error.js';
import type { StorageEvents } from '../../../../src/server/storage/storage-events.js';

/** Remembers what storage tells its owner. */
export class EventLog implements StorageEvents {
  readonly warnings: string[] = [];
  readonly failures: StorageError[] = [];
  readonly slowSyncs: number[] = [];
  readonly snapshots: string[] = [];
  /** Transactions of each sync. */
  readonly syncs: number[] = [];

  warned(message: string): void {
    this.warnings.push(message);
  }

  failed(error: StorageError): void {
    this.failures.push(error);
  }

  syncSlow({ durationMs }: { durationMs: number }): void {
    this.slowSyncs.push(durationMs);
  }

  synced({ txns }: { txns: number }): void {
    this.syncs.push(txns);
  }

  snapshotWritten({ file }: { file: string }): void {
    this.snapshots.push(file);
  }
}

/** Stands still unless told otherwise. */
export class ManualClock implements Clock {
  nowMs = 0;

  wallMs(): number {
    return this.nowMs;
  }

  monotonicMs(): number {
    return this.nowMs;
  }
}

/** Always the same number. */
export function constantRandom(value: number): Random {
  return {
    float: () => value,
    bytes: (count) => Buffer.alloc(count),
    uuid: () => '00000000-0000-4000-8000-000000000000',
  };
}
