import type { Zxid } from '../../protocol/zxid.js';
import { ZXID_NONE } from '../../protocol/zxid.js';
import type { Chained } from './chain-table.js';
import type { NodeId } from './node-id.js';
import { NO_NODE } from './node-id.js';

const NOTHING = Buffer.alloc(0);
const NO_VIEW = new DataView(new ArrayBuffer(0));

/**
 * A setData that is never taken apart: where in some bytes its path and data lie, and what preparing it has found out. One
 * object serves one set after another.
 */
export class SetInPlace implements Chained<SetInPlace> {
  /** First those of the request, then those of the log's entry, which stay until the set is applied. */
  bytes: Buffer = NOTHING;
  /** Of `bytes`. */
  view: DataView = NO_VIEW;
  pathStart = 0;
  pathEnd = 0;
  dataStart = 0;
  dataEnd = 0;
  /** As asked for. */
  expectedVersion = 0;

  /** All below is found out by preparing. */
  node: NodeId = NO_NODE;
  next: SetInPlace | null = null;
  czxid: Zxid = ZXID_NONE;
  /** Of the node after this set. */
  version = 0;
  mzxid: Zxid = ZXID_NONE;
  mtime = 0;
  /** The node's part of the tree digest before this set, and after it; meaningless where the tree keeps no digest. */
  digestBefore = 0;
  digest = 0;
  contentCrc = 0;

  get hash(): number {
    return this.node;
  }

  get dataLength(): number {
    return this.dataEnd - this.dataStart;
  }

  get path(): string {
    return this.bytes.toString('utf8', this.pathStart, this.pathEnd);
  }

  /** A copy. */
  get data(): Buffer {
    return Buffer.from(this.bytes.subarray(this.dataStart, this.dataEnd));
  }

  /** Path and data were copied to other bytes, `by` behind where they are now. */
  moveTo(bytes: Buffer, view: DataView, by: number): void {
    this.bytes = bytes;
    this.view = view;
    this.pathStart += by;
    this.pathEnd += by;
    this.dataStart += by;
    this.dataEnd += by;
  }
}
