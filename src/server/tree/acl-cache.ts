import type { Acl } from '../../protocol/acl.js';
import { OPEN_ACL_UNSAFE, Perms } from '../../protocol/acl.js';
import { AclList } from './acl-list.js';
import type { NodeId } from './node-id.js';

const OPEN_KEY = -1;
const NO_KEY = 0;
const NO_SLOT = -1;
/** As many slots as a node has bits to name one, but for the one that stands for all others. */
const NAMED_SLOTS = 2 ** 21 - 1;

/** Keeps one AclList for all nodes with the same entries in the same order, and drops it when no node holds it. */
export class AclCache {
  readonly open = new AclList(OPEN_ACL_UNSAFE, OPEN_KEY);
  /** Stands in for lists a snapshot did not hold; its use count says how many nodes wait for theirs. */
  readonly unresolved = new AclList([], NO_KEY, false);
  private readonly byContent = new Map<string, AclList>();
  private readonly bySlot: (AclList | null)[] = [];
  private readonly freeSlots: number[] = [];
  /** Lists whose slots have no name, by the nodes that hold them: of the two millionth list and later ones. */
  private readonly unnamed = new Map<NodeId, AclList>();
  private readonly namedSlots: number;
  private nextKey = 1;

  /** `namedSlots`: tests pass fewer. */
  constructor(namedSlots = NAMED_SLOTS) {
    this.namedSlots = namedSlots;
    this.giveSlot(this.open);
    this.giveSlot(this.unresolved);
  }

  /** The list that a node holds, by the slot it got from {@link hold}. */
  at(slot: number, node: NodeId): AclList {
    return slot === this.namedSlots ? this.unnamed.get(node)! : this.bySlot[slot]!;
  }

  /** A node that holds none takes a list: by this slot it is found again. */
  hold(node: NodeId, list: AclList): number {
    this.acquire(list);
    if (list.slot < this.namedSlots) return list.slot;
    this.unnamed.set(node, list);
    return this.namedSlots;
  }

  letGo(node: NodeId, slot: number): void {
    this.release(this.at(slot, node));
    if (slot === this.namedSlots) this.unnamed.delete(node);
  }

  /** The shared list with these entries, in the cache from now on. */
  intern(entries: readonly Acl[]): AclList {
    if (isOpen(entries)) return this.open;
    const content = contentOf(entries);
    let list = this.byContent.get(content);
    if (list === undefined) {
      list = new AclList(entries, this.nextKey++);
      this.byContent.set(content, list);
      this.giveSlot(list);
    }
    return list;
  }

  /** The shared list if there is one, else one of the caller's own: for nodes that may never come to be. */
  peek(entries: readonly Acl[]): AclList {
    if (isOpen(entries)) return this.open;
    return this.byContent.get(contentOf(entries)) ?? new AclList(entries, NO_KEY);
  }

  acquire(list: AclList): void {
    list.useCount++;
  }

  release(list: AclList): void {
    list.useCount--;
    if (list.useCount > 0 || list.key <= 0) return;
    this.byContent.delete(contentOf(list.entries));
    this.bySlot[list.slot] = null;
    this.freeSlots.push(list.slot);
    list.slot = NO_SLOT;
  }

  /** Every list in use but the open one: what a snapshot's table must hold. */
  table(): AclList[] {
    return [...this.byContent.values()];
  }

  private giveSlot(list: AclList): void {
    list.slot = this.freeSlots.pop() ?? this.bySlot.length;
    this.bySlot[list.slot] = list;
  }
}

function isOpen(entries: readonly Acl[]): boolean {
  if (entries === OPEN_ACL_UNSAFE) return true;
  if (entries.length !== 1) return false;
  const { perms, id } = entries[0]!;
  return perms === Perms.all && id.scheme === 'world' && id.id === 'anyone';
}

/** Different lists give different texts: every string is preceded by its length. */
function contentOf(entries: readonly Acl[]): string {
  let content = '';
  for (const { perms, id } of entries) content += `${perms} ${text(id.scheme)} ${text(id.id)} `;
  return content;
}

function text(value: string | null): string {
  return value === null ? '-' : `${value.length}:${value}`;
}
