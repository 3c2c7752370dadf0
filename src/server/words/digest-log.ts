import type { Zxid } from '../../protocol/zxid.js';
import type { TreeDigest } from './server-info.js';

/** A digest is kept for every so many transactions, so that members keep those of the same zxids. */
const ZXIDS_APART = 128;
const DIGESTS_MAX = 1024;

/** The tree digests that `hash` prints: servers with the same data have the same ones. */
export class DigestLog {
  private readonly kept: TreeDigest[] = [];

  /** Call it after each transaction; the tree is asked for the digests that are kept only. */
  applied(zxid: Zxid, tree: { readonly digest: bigint }): void {
    if (zxid % ZXIDS_APART !== 0) return;
    this.kept.push({ zxid, digest: tree.digest });
    if (this.kept.length > DIGESTS_MAX) this.kept.shift();
  }

  /** Oldest first. */
  entries(): Iterable<TreeDigest> {
    return this.kept;
  }
}
