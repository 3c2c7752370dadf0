import type { AclList } from './acl-list.js';

/**
 * What applying a transaction tells the watches, in the order of client-protocol 8.2. The ACL is the one an event is
 * filtered by: the node's own (for a deletion: as it was), and for a change of children the parent's.
 */
export interface Triggers {
  nodeCreated(path: string, acl: AclList): void;
  nodeDataChanged(path: string, acl: AclList): void;
  nodeDeleted(path: string, acl: AclList): void;
  nodeChildrenChanged(path: string, acl: AclList): void;
}

function nothing(): void {
  // Nobody watches.
}

/** For replaying a log: nobody watches yet. */
export const NO_TRIGGERS: Triggers = Object.freeze({
  nodeCreated: nothing,
  nodeDataChanged: nothing,
  nodeDeleted: nothing,
  nodeChildrenChanged: nothing,
});
