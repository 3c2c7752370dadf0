import type { Acl, Id } from '../../protocol/acl.js';
import { Perms } from '../../protocol/acl.js';
import { ErrorCode } from '../../protocol/error-codes.js';
import type { AclChecker } from './acl-check.js';
import type { AclList } from './acl-list.js';
import type { DataTree } from './data-tree.js';
import type { Znode } from './znode.js';

/** A node and what the asker may see of its ACL. */
export interface AclView {
  readonly node: Znode;
  readonly acl: readonly Acl[];
}

/** Answers reads from the tree as it is. What cannot be answered gives a (negative) error code instead. */
export class TreeReader {
  private readonly tree: DataTree;
  private readonly access: AclChecker;

  constructor(tree: DataTree, access: AclChecker) {
    this.tree = tree;
    this.access = access;
  }

  /** For getData, getChildren and getChildren2: all they answer is in the node. */
  read(path: string | null, identities: readonly Id[]): Znode | number {
    if (path === null) return ErrorCode.MARSHALLINGERROR;
    const node = this.tree.find(path);
    if (node === undefined) return ErrorCode.NONODE;
    return this.access.permits(node.acl, Perms.read, identities) ? node : ErrorCode.NOAUTH;
  }

  /** As {@link read}; it alone looks at the path's characters (client-protocol 4.7). */
  exists(path: string | null, identities: readonly Id[]): Znode | number {
    const found = this.read(path, identities);
    if (found === ErrorCode.NONODE && path !== null && path.includes('\0')) return ErrorCode.BADARGUMENTS;
    return found;
  }

  /** READ or ADMIN; without ADMIN the hashes of digest ids are hidden (client-protocol 9.6). */
  getAcl(path: string | null, identities: readonly Id[]): AclView | number {
    if (path === null) return ErrorCode.MARSHALLINGERROR;
    const node = this.tree.find(path);
    if (node === undefined) return ErrorCode.NONODE;
    if (this.access.permits(node.acl, Perms.admin, identities)) return { node, acl: node.acl.entries };
    if (!this.access.permits(node.acl, Perms.read, identities)) return ErrorCode.NOAUTH;
    return { node, acl: redacted(node.acl) };
  }

  /** Descendants, or a negative code. By the empty path the root counts itself, as the original's does. */
  getAllChildrenNumber(path: string | null, identities: readonly Id[]): number {
    const node = this.read(path, identities);
    if (typeof node === 'number') return node;
    return this.countBelow(node) + (path === '' ? 1 : 0);
  }

  /** Of this session, those whose path starts with the prefix as a text; null, blank and `/` mean all. */
  getEphemerals(sessionId: bigint, prefix: string | null): string[] {
    const owned = this.tree.ephemeralsOf(sessionId);
    if (prefix === null || prefix.trim() === '' || prefix === '/') return owned;
    return owned.filter((path) => path.startsWith(prefix));
  }

  private countBelow(top: Znode): number {
    if (top.path === '/') return this.tree.nodeCount - 2;
    return this.tree.countBelow(top.path);
  }
}

function redacted(acl: AclList): Acl[] {
  return acl.entries.map((entry) => {
    const { scheme, id } = entry.id;
    if (scheme !== 'digest' || id === null) return entry;
    const colon = id.indexOf(':');
    return colon < 0 ? entry : { perms: entry.perms, id: { scheme, id: `${id.slice(0, colon)}:x` } };
  });
}
