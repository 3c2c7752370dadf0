import type { Acl } from '../../protocol/acl.js';
import type { IpRange } from './ip-range.js';
import { parseIpRange } from './ip-range.js';

const ALL_BITS = -1;

/**
 * An ACL as nodes hold it: immutable and shared by all nodes with the same list (see AclCache), with what a permission
 * check wants to know first worked out once.
 */
export class AclList {
  readonly entries: readonly Acl[];
  /** Names this list in a snapshot: -1 for the open ACL (which no table holds), else 1 and up; 0 while in no cache. */
  readonly key: number;
  /** Permission bits everybody has. Every bit when the list is empty: such a node is open (client-protocol 9.1). */
  readonly worldPerms: number;
  /** False for a list that a snapshot named but did not hold (storage-format 3.4): it grants nothing to anybody. */
  readonly isResolved: boolean;
  /** Names this list in nodes; -1 while in no cache. Kept by AclCache. */
  slot = -1;
  /** Nodes that hold this list; kept by AclCache. */
  useCount = 0;
  private ranges: readonly (IpRange | null)[] | null = null;

  constructor(entries: readonly Acl[], key: number, isResolved = true) {
    this.entries = entries;
    this.key = key;
    this.isResolved = isResolved;
    this.worldPerms = isResolved ? worldPermsOf(entries) : 0;
  }

  /** The address range entry `index` grants to, when it is a well-formed one of scheme `ip`. */
  ipRange(index: number): IpRange | null {
    this.ranges ??= this.entries.map(({ id }) => (id.scheme === 'ip' && id.id !== null ? parseIpRange(id.id) : null));
    return this.ranges[index] ?? null;
  }
}

function worldPermsOf(entries: readonly Acl[]): number {
  if (entries.length === 0) return ALL_BITS;
  let perms = 0;
  for (const { perms: granted, id } of entries) {
    if (id.scheme === 'world' && id.id === 'anyone') perms |= granted;
  }
  return perms;
}
