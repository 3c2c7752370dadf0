import { epochOf, formatZxid } from '../../protocol/zxid.js';
import type { DataTree } from '../tree/data-tree.js';
import { StorageError } from './storage-error.js';

/** Throws when a tree that a leader has sent cannot become all that a server has. */
export function checkInstallable(tree: DataTree, acceptedEpoch: number): void {
  const zxid = tree.lastProcessedZxid;
  if (epochOf(zxid) > acceptedEpoch) {
    throw new RangeError(
      `a snapshot of 0x${formatZxid(zxid)} cannot be installed: ${acceptedEpoch} is the last epoch accepted`,
    );
  }
  if (tree.unresolvedAclCount === 0) return;
  throw new StorageError({
    code: 'BAD_STREAM',
    what: `${tree.unresolvedAclCount} nodes of the snapshot that the leader sent name an ACL that it does not hold`,
  });
}
