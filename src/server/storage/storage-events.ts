import type { Zxid } from '../../protocol/zxid.js';
import type { StorageError } from './storage-error.js';

/** What storage tells its owner. Every call is made synchronously and must not throw. */
export interface StorageEvents {
  /** Something an operator should know of; storage goes on. One sentence, without a full stop. */
  warned(message: string): void;
  /** The log can take no more: nothing is acknowledged from now on, and the server must stop. Called once. */
  failed(error: StorageError): void;
  /** A sync took longer than `syncWarningThresholdMs`. */
  syncSlow(details: { readonly durationMs: number; readonly file: string }): void;
  /** Every sync of the log, for metrics. */
  synced?(details: { readonly durationMs: number; readonly txns: number; readonly bytes: number }): void;
  snapshotWritten?(details: { readonly file: string; readonly zxid: Zxid; readonly durationMs: number }): void;
}
