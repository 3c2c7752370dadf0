/** Names a node of a tree from its creation to its deletion; afterwards a new node may get it. */
export type NodeId = number;

export const NO_NODE: NodeId = -1;
