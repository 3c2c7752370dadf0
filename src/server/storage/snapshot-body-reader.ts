import { readAcl, type Acl } from '../../protocol/acl.js';
import { MarshallingError } from '../../protocol/errors.js';
import { JuteReader } from '../../protocol/jute-reader.js';
import type { Zxid } from '../../protocol/zxid.js';
import type { DataTree, DataTreeOptions } from '../tree/data-tree.js';
import { SNAPSHOT_FIXED_BYTES } from '../tree/snapshot-record.js';
import { TreeLoader } from '../tree/tree-loader.js';
import type { ChunkReader } from './chunk-reader.js';
import { SEAL_PATH } from './snapshot-format.js';

/** So much of a file tells how many nodes up to so many times as much of it may hold. */
const SAMPLE_BYTES = 1024 * 1024;
const SAMPLE_GROWTH = 16;

/** What a body holds. */
export interface SnapshotBody {
  readonly tree: DataTree;
  /** Session id -> timeout in ms. */
  readonly sessions: Map<bigint, number>;
}

/** Reads what snapshot files and snapshots on the wire have in common (storage-format 3.2): sessions, ACL table, nodes. */
export class SnapshotBodyReader {
  private readonly reader: ChunkReader;
  /** Of all that comes; null when nobody knows. */
  private readonly sizeBytes: number | null;
  private readonly loader: TreeLoader;
  private nodeCount = 0;
  private sampleBytes = SAMPLE_BYTES;
  private readonly sessions = new Map<bigint, number>();

  constructor(
    reader: ChunkReader,
    { treeOptions, sizeBytes }: { treeOptions: DataTreeOptions; sizeBytes: number | null },
  ) {
    this.reader = reader;
    this.sizeBytes = sizeBytes;
    this.loader = new TreeLoader(treeOptions);
  }

  /** Reads up to and including the path that ends the nodes. Throws on what cannot be a body. */
  async read(): Promise<void> {
    await this.sessionList();
    await this.aclTable();
    await this.nodes();
  }

  /** When everything else has been found right. */
  finish(zxid: Zxid): SnapshotBody {
    return { tree: this.loader.finish(zxid), sessions: this.sessions };
  }

  private async sessionList(): Promise<void> {
    const count = await this.reader.int32();
    for (let i = 0; i < count; i += 1) {
      const sessionId = await this.reader.int64();
      this.sessions.set(sessionId, await this.reader.int32());
    }
  }

  private async aclTable(): Promise<void> {
    const count = await this.reader.int32();
    for (let i = 0; i < count; i += 1) {
      const key = Number(await this.reader.int64());
      this.loader.defineAcl(key, await this.aclList());
    }
  }

  private async aclList(): Promise<Acl[] | null> {
    const count = await this.reader.int32();
    if (count === -1) return null;
    const entries: Acl[] = [];
    for (let i = 0; i < count; i += 1) entries.push(await this.acl());
    return entries;
  }

  /** int perms, ustring scheme, ustring id: waits until all of it is there. */
  private async acl(): Promise<Acl> {
    let bytes = 4;
    for (let field = 0; field < 2; field += 1) {
      await this.reader.need(bytes + 4);
      const length = this.reader.peek().readInt32BE(bytes);
      if (length < -1) throw new MarshallingError(`a string of an ACL has length ${length}`);
      bytes += 4 + Math.max(length, 0);
    }
    await this.reader.need(bytes);
    const acl = readAcl(new JuteReader(this.reader.peek()));
    this.reader.skip(bytes);
    return acl;
  }

  private async nodes(): Promise<void> {
    for (;;) {
      const ended = this.nodesThere();
      if (ended) return;
      if (this.reader.position >= this.sampleBytes) this.expectMore();
      await this.reader.need(this.reader.available + 1);
    }
  }

  /** As many nodes in what is left as in what has been read, for a while. */
  private expectMore(): void {
    this.sampleBytes *= SAMPLE_GROWTH;
    if (this.sizeBytes === null) return;
    const times = Math.min(this.sizeBytes / this.reader.position, SAMPLE_GROWTH);
    this.loader.expect(Math.floor(this.nodeCount * times));
  }

  /** Takes the nodes that are there in whole; true at the end of the list. */
  private nodesThere(): boolean {
    const window = this.reader.peek();
    let at = 0;
    try {
      while (at + 8 <= window.length) {
        const pathBytes = lengthAt(window, at, 0);
        if (pathBytes === 1 && window[at + 4] === SEAL_PATH.charCodeAt(0)) {
          at += 4 + pathBytes;
          return true;
        }
        const dataAt = at + 4 + pathBytes;
        if (dataAt + 4 > window.length) return false;
        const end = dataAt + 4 + Math.max(lengthAt(window, dataAt, -1), 0) + SNAPSHOT_FIXED_BYTES;
        if (end > window.length) return false;
        this.loader.addRecord(window, at);
        this.nodeCount += 1;
        at = end;
      }
      return false;
    } finally {
      this.reader.skip(at);
    }
  }
}

function lengthAt(window: Buffer, at: number, min: number): number {
  const length = window.readInt32BE(at);
  if (length < min) throw new MarshallingError(`a length field says ${length}`);
  return length;
}
