import { DIGEST_VERSION, type TxnDigest } from '../../protocol/txn.js';
import { formatZxid, type Zxid } from '../../protocol/zxid.js';
import type { SnapshotDigest } from './snapshot-reader.js';

/** Further mismatches say nothing new: once diverged, every later digest differs. */
const REPORTS_MAX = 3;

/**
 * Compares the digests that snapshot and transactions carry with those of the tree being rebuilt (storage-format 4.3).
 * A snapshot written while transactions went on is compared when the last of those has been replayed; before that the
 * tree is a mixture, and no digest of a transaction fits.
 */
export class DigestCheck {
  private readonly snapshot: SnapshotDigest | null;
  private readonly warned: (message: string) => void;
  /** Up to here nothing can be compared; null while the snapshot does not say how far that is. */
  private mixedUpTo: Zxid | null;
  private lastFits = true;
  private count = 0;

  constructor(options: {
    readonly snapshot: SnapshotDigest | null;
    readonly snapshotZxid: Zxid | null;
    readonly warned: (message: string) => void;
  }) {
    this.snapshot = options.snapshot;
    this.warned = options.warned;
    const zxid = options.snapshotZxid;
    if (zxid === null || options.snapshot === null) {
      // No snapshot: the initial tree, which is exact. One without a digest: it may be a mixture of any length.
      this.mixedUpTo = zxid === null ? (0 as Zxid) : null;
    } else {
      this.mixedUpTo = options.snapshot.zxid >= zxid && options.snapshot.zxid !== 0 ? options.snapshot.zxid : zxid;
    }
  }

  get mismatches(): number {
    // Where a mixture of unknown length never came to fit, the last digest decides.
    return this.count + (this.mixedUpTo === null && !this.lastFits ? 1 : 0);
  }

  /** How far transactions must be replayed for the tree to be of one moment; 0 when that is not known. */
  get windowEnd(): Zxid {
    return this.mixedUpTo ?? (0 as Zxid);
  }

  /** Whether the tree is known to be of one moment: by the snapshot's own word, or because a later digest fitted. */
  get isOfOneMoment(): boolean {
    return this.mixedUpTo !== null;
  }

  /** After the snapshot, with a null digest, and after each transaction. */
  compare(zxid: Zxid, digest: TxnDigest | null, actual: bigint): void {
    if (this.mixedUpTo !== null && zxid < this.mixedUpTo) return;
    if (zxid === this.mixedUpTo) this.compareSnapshot(zxid, actual);
    if (digest === null || digest.version !== DIGEST_VERSION) return;
    this.lastFits = digest.digest === actual;
    if (this.mixedUpTo === null) {
      if (this.lastFits) this.mixedUpTo = zxid;
      return;
    }
    if (!this.lastFits) this.mismatch(`transaction 0x${formatZxid(zxid)}`, digest.digest, actual);
  }

  private compareSnapshot(zxid: Zxid, actual: bigint): void {
    const recorded = this.snapshot;
    if (recorded === null || recorded.zxid !== zxid || zxid === 0 || recorded.version !== DIGEST_VERSION) return;
    if (recorded.digest !== null && recorded.digest !== actual) {
      this.mismatch(`the snapshot, at 0x${formatZxid(zxid)},`, recorded.digest, actual);
    }
  }

  private mismatch(where: string, recorded: bigint, actual: bigint): void {
    this.count += 1;
    if (this.count > REPORTS_MAX) return;
    this.warned(
      `the data differ from those of the server that wrote them: ${where} records tree digest ` +
        `0x${recorded.toString(16)}, but it is 0x${actual.toString(16)} here`,
    );
  }
}
