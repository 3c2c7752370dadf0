import type { Stat } from '../../protocol/stat.js';

/** A copy of what a node's Stat is now. */
export function statOf(node: Readonly<Stat>): Stat {
  return {
    czxid: node.czxid,
    mzxid: node.mzxid,
    ctime: node.ctime,
    mtime: node.mtime,
    version: node.version,
    cversion: node.cversion,
    aversion: node.aversion,
    ephemeralOwner: node.ephemeralOwner,
    dataLength: node.dataLength,
    numChildren: node.numChildren,
    pzxid: node.pzxid,
  };
}
