import type { NodeData } from '../../client/operation-types.js';
import type { Zxid } from '../../protocol/zxid.js';

/**
 * What the children of a path say it is. `lock`: an InterProcessMutex, or a LeaderSelector, whose znodes are the same; `empty`: there are no
 * children to tell; `other`: none of those that are known here.
 */
export type ExplainedKind =
  'lock' | 'read-write-lock' | 'leader-latch' | 'semaphore' | 'queue' | 'simple-queue' | 'empty' | 'other' | 'missing';

/** Somebody who holds or waits, or an item of a queue. */
export interface ExplainedNode {
  readonly path: string;
  /** Its place in the line, from 0; of a semaphore's leases, the order in which they were created. */
  readonly position: number;
  /** Of a read/write lock. */
  readonly side: 'read' | 'write' | null;
  /** Of an ephemeral node; 0n for an item that belongs to nobody. */
  readonly sessionId: bigint;
  /** Its czxid: the fencing token, where there is one. */
  readonly token: Zxid;
  /** Epoch ms by the server's clock. */
  readonly createdMs: number;
  /** How long it has been there, ms. */
  readonly ageMs: number;
  /** What it says of itself: the label of {@link contenderLabel}, else its data if that is text; else null. */
  readonly label: string | null;
  /** From {@link contenderLabel}, else null. */
  readonly host: string | null;
  /** From {@link contenderLabel}, else null. */
  readonly pid: number | null;
  readonly data: NodeData;
  /** Path of the node whose end it watches for; null for whoever holds, and for an item. */
  readonly waitsFor: string | null;
}

/** Who holds something, and who waits for it. */
export interface Explanation {
  readonly path: string;
  readonly kind: ExplainedKind;
  /** In order. An item that a consumer works on is held, if `lockPath` told where the claims are. */
  readonly holders: readonly ExplainedNode[];
  /** In the order in which they will have it. Of a queue: its consumers that stand in line for the next item. */
  readonly waiters: readonly ExplainedNode[];
  /** Of a queue: the oldest items, in order. */
  readonly items: readonly ExplainedNode[];
  /** Of a queue: how many items there are. */
  readonly itemCount: number;
  /** Names of children that are not of this recipe. Curator counts them in all the same. */
  readonly strangers: readonly string[];
  /** Epoch ms when this was so. */
  readonly atMs: number;
  /** Whose clock `atMs` is: this program's, when the server did not let it write anything to tell its own by. */
  readonly clock: 'server' | 'local';
}
