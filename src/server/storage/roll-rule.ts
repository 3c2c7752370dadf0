import type { Random } from '../../runtime/random.js';

const SNAP_COUNT_MIN = 2;

/**
 * Says when a log has grown enough for a new file and a snapshot (storage-format 1.2). The random half keeps the
 * members of an ensemble, which all log the same transactions, from writing their snapshots at the same moment.
 */
export class RollRule {
  private readonly random: Random;
  private readonly halfCount: number;
  private readonly halfBytes: number;
  private txns = 0;
  private bytes = 0;
  private txnsMax = 0;
  private bytesMax = 0;

  constructor(options: { random: Random; snapCount: number; snapSizeLimitBytes: number }) {
    this.random = options.random;
    this.halfCount = Math.floor(Math.max(options.snapCount, SNAP_COUNT_MIN) / 2);
    this.halfBytes = options.snapSizeLimitBytes > 0 ? Math.floor(options.snapSizeLimitBytes / 2) : Infinity;
    this.restart();
  }

  /** Counts one logged record; true when the next one belongs into a new file. Counting then starts anew. */
  logged(recordBytes: number): boolean {
    this.txns += 1;
    this.bytes += recordBytes;
    if (this.txns <= this.txnsMax && this.bytes <= this.bytesMax) return false;
    this.restart();
    return true;
  }

  private restart(): void {
    this.txns = 0;
    this.bytes = 0;
    this.txnsMax = this.halfCount + Math.floor(this.random.float() * this.halfCount);
    this.bytesMax = this.halfBytes === Infinity ? Infinity : this.halfBytes * (1 + this.random.float());
  }
}
