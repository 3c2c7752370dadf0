import type { Zxid } from '../../protocol/zxid.js';

/** Who leads from here on, without an election: a reconfiguration says so (quorum-protocol 3.14). */
export interface NamedLeader {
  readonly leader: number;
  /** Of the reconfiguration. */
  readonly zxid: Zxid;
}
