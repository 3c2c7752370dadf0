import { Perms } from '../../protocol/acl.js';
import { ErrorCode } from '../../protocol/error-codes.js';
import type { Id } from '../../protocol/acl.js';
import type { Zxid } from '../../protocol/zxid.js';
import { NO_NODE } from './node-id.js';
import { Head, StatField } from './node-records.js';
import type { PrepareScope } from './prepare-scope.js';
import { checkVersion, nextVersion } from './prepare-scope.js';
import { digestSet } from './record-digest.js';
import type { SetInPlace } from './set-in-place.js';

/** Who sets in place, and the place in history that is. The session may write. */
export interface InPlaceContext {
  readonly identities: readonly Id[];
  readonly zxid: Zxid;
  /** Epoch ms. */
  readonly timeMs: number;
}

/**
 * Prepares the first `count` sets, which become one transaction. False, and nothing has happened, unless it is certain that
 * the general way (prepare-set.ts) would let all of them pass, and that they have nothing to do with each other: every
 * refusal, and all that is rare, is left to that.
 */
export function prepareInPlace(
  scope: PrepareScope,
  sets: readonly SetInPlace[],
  count: number,
  context: InPlaceContext,
): boolean {
  if (!scope.quotas.areNone) return false;
  for (let i = 0; i < count; i++) {
    const set = sets[i]!;
    if (!mayPass(scope, set, context)) return false;
    for (let j = 0; j < i; j++) if (sets[j]!.node === set.node) return false;
  }
  for (let i = 0; i < count; i++) determine(scope, sets[i]!, context);
  return true;
}

/** Finds the node, and its version. A path that leads to a node is one that a node may have. */
function mayPass({ changes, access }: PrepareScope, set: SetInPlace, { identities }: InPlaceContext): boolean {
  if (set.pathStart === set.pathEnd) return false;
  const { store } = changes.tree;
  const node = store.findAt(set.bytes, set.pathStart, set.pathEnd);
  if (node === NO_NODE || store.isOutsideDigest(node) || changes.hasRecord(node, set)) return false;
  if (!access.permits(store.aclOf(node), Perms.write, identities)) return false;
  const last = changes.lastSet(node);
  const version = last === null ? store.records.int(node, StatField.version) : last.version;
  if (checkVersion(set.expectedVersion, version) !== ErrorCode.OK) return false;
  set.node = node;
  set.version = nextVersion(version);
  return true;
}

function determine({ changes }: PrepareScope, set: SetInPlace, { zxid, timeMs }: InPlaceContext): void {
  const { node } = set;
  const { store } = changes.tree;
  const { records } = store;
  set.mzxid = zxid;
  set.mtime = timeMs;
  set.czxid = records.long(node, StatField.czxid) as Zxid;
  if (changes.tree.options.digestEnabled) {
    set.digestBefore = changes.lastSet(node)?.digest ?? records.head(node, Head.digest);
    digestSet(store, set);
  }
  changes.addSet(set);
}
