import { readAcl, type Acl } from '../../protocol/acl.js';
import { MarshallingError } from '../../protocol/errors.js';
import { JuteReader } from '../../protocol/jute-reader.js';
import { toZxid, type Zxid } from '../../protocol/zxid.js';
import type { DataTree, DataTreeOptions } from '../tree/data-tree.js';
import { SNAPSHOT_FIXED_BYTES } from '../tree/snapshot-record.js';
import { TreeLoader } from '../tree/tree-loader.js';
import { ChunkReader } from './chunk-reader.js';
import { magicOf, uncompress } from './compression.js';
import type { Disk, ReadFile } from './disk.js';
import { isDiskError } from './disk-error.js';
import type { SnapshotName } from './file-names.js';
import {
  LAST_ZXID_SECTION_BYTES,
  PLAIN_BYTES_MIN,
  PLAIN_ENDING,
  SEAL_PATH,
  SNAPSHOT_HEADER_BYTES,
  SNAPSHOT_MAGIC,
  SNAPSHOT_VERSION,
  TAIL_BYTES_MAX,
} from './snapshot-format.js';
import { StorageError } from './storage-error.js';

const CHUNK_BYTES = 256 * 1024;
/** So much of a file tells how many nodes up to so many times as much of it may hold. */
const SAMPLE_BYTES = 1024 * 1024;
const SAMPLE_GROWTH = 16;

/** The tree's digest when writing of the snapshot ended (storage-format 3.1). */
export interface SnapshotDigest {
  /** Later than the snapshot's name when transactions were applied while it was written. */
  readonly zxid: Zxid;
  readonly version: number;
  /** Unsigned 64 bits; null for a version that is not known. */
  readonly digest: bigint | null;
}

export interface LoadedSnapshot {
  readonly tree: DataTree;
  readonly sessions: Map<bigint, number>;
  /** Null when the file has no digest section. */
  readonly digest: SnapshotDigest | null;
}

/** Tells, from its first or last bytes, whether a snapshot can be whole at all (storage-format 3.5). */
export async function looksWhole(disk: Disk, directory: string, snapshot: SnapshotName): Promise<boolean> {
  const file = await disk.openForRead(`${directory}/${snapshot.name}`);
  try {
    const wanted = snapshot.compression === '' ? PLAIN_ENDING : magicOf(snapshot.compression);
    const size = await file.sizeBytes();
    if (size < (snapshot.compression === '' ? PLAIN_BYTES_MIN : wanted.length)) return false;
    const found = Buffer.alloc(wanted.length);
    await file.read(found, snapshot.compression === '' ? size - wanted.length : 0);
    return found.equals(wanted);
  } finally {
    await file.close();
  }
}

/** Reads and checks a whole snapshot. Rejects with a StorageError of code CORRUPT when it is not valid. */
export async function readSnapshot(
  source: { readonly disk: Disk; readonly directory: string; readonly snapshot: SnapshotName },
  treeOptions: DataTreeOptions,
): Promise<LoadedSnapshot> {
  const path = `${source.directory}/${source.snapshot.name}`;
  const file = await source.disk.openForRead(path);
  const sizeBytes = await file.sizeBytes();
  const reader = new ChunkReader(uncompress(fileChunks(file), source.snapshot.compression));
  try {
    return await new SnapshotParser(reader, { treeOptions, sizeBytes }).parse(source.snapshot.zxid);
  } catch (error) {
    // What the disk could not read says so by its code; everything else is the content's fault.
    if (isDiskError(error)) throw error;
    const what = error instanceof Error ? error.message : String(error);
    throw new StorageError({ code: 'CORRUPT', file: path, offset: reader.position, what, cause: error });
  } finally {
    await reader.close();
    await file.close();
  }
}

/** Reads ahead: the next chunk is on its way while the last one is taken in. */
async function* fileChunks(file: ReadFile): AsyncGenerator<Buffer> {
  let position = 0;
  let coming = readChunk(file, position);
  try {
    for (let chunk = await coming; chunk.length > 0; chunk = await coming) {
      position += chunk.length;
      coming = readChunk(file, position);
      // Its failure is met when its turn comes.
      coming.catch(() => undefined);
      yield chunk;
    }
  } finally {
    // The file may be closed only then.
    await coming.catch(() => undefined);
  }
}

async function readChunk(file: ReadFile, position: number): Promise<Buffer> {
  const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  return chunk.subarray(0, await file.read(chunk, position));
}

class SnapshotParser {
  private readonly reader: ChunkReader;
  /** Of the file. */
  private readonly sizeBytes: number;
  private readonly loader: TreeLoader;
  private nodeCount = 0;
  private sampleBytes = SAMPLE_BYTES;
  private readonly sessions = new Map<bigint, number>();

  constructor(reader: ChunkReader, { treeOptions, sizeBytes }: { treeOptions: DataTreeOptions; sizeBytes: number }) {
    this.reader = reader;
    this.sizeBytes = sizeBytes;
    this.loader = new TreeLoader(treeOptions);
  }

  async parse(zxid: Zxid): Promise<LoadedSnapshot> {
    await this.header();
    await this.sessionList();
    await this.aclTable();
    await this.nodes();
    await this.seal();
    const digest = await this.tail();
    return { tree: this.loader.finish(zxid), sessions: this.sessions, digest };
  }

  private async header(): Promise<void> {
    await this.reader.need(SNAPSHOT_HEADER_BYTES);
    const header = this.reader.peek();
    if (header.readInt32BE(0) !== SNAPSHOT_MAGIC) throw new MarshallingError('it does not begin with ZKSN');
    const version = header.readInt32BE(4);
    if (version !== SNAPSHOT_VERSION) throw new MarshallingError(`format version ${version} is not known`);
    this.reader.skip(SNAPSHOT_HEADER_BYTES);
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
    const times = Math.min(this.sizeBytes / this.reader.position, SAMPLE_GROWTH);
    this.loader.expect(Math.floor(this.nodeCount * times));
    this.sampleBytes *= SAMPLE_GROWTH;
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

  private async seal(): Promise<void> {
    const expected = BigInt(this.reader.checksum);
    const found = await this.reader.int64();
    if (found !== expected) {
      throw new MarshallingError(
        `checksum 0x${hex(found)} is recorded, but the bytes before it have 0x${hex(expected)}`,
      );
    }
    await this.text(SEAL_PATH);
  }

  private async text(expected: string): Promise<void> {
    const length = await this.reader.int32();
    if (length !== expected.length)
      throw new MarshallingError(`a string of ${length} bytes stands where "${expected}" must`);
    await this.reader.need(length);
    const found = this.reader.peek().toString('utf8', 0, length);
    if (found !== expected) throw new MarshallingError(`"${found}" stands where "${expected}" must`);
    this.reader.skip(length);
  }

  /** What follows the first seal can only be told by its length (storage-format 3.1). */
  private async tail(): Promise<SnapshotDigest | null> {
    if (await this.atEnd()) return null;
    const digest = this.reader.available === LAST_ZXID_SECTION_BYTES ? null : await this.digestSection();
    if (!(await this.atEnd())) {
      await this.reader.int64();
      await this.seal();
    }
    if (!(await this.atEnd())) throw new MarshallingError('bytes follow the last seal');
    return digest;
  }

  /** Reads ahead as far as a tail can reach. */
  private async atEnd(): Promise<boolean> {
    while (this.reader.available <= TAIL_BYTES_MAX && (await this.reader.more()));
    if (this.reader.available > TAIL_BYTES_MAX)
      throw new MarshallingError('too many bytes follow the seal of the nodes');
    return this.reader.available === 0;
  }

  private async digestSection(): Promise<SnapshotDigest> {
    const zxid = toZxid(Number(await this.reader.int64()));
    const version = await this.reader.int32();
    let digest: bigint | null = null;
    if (version >= 2) {
      digest = BigInt.asUintN(64, await this.reader.int64());
    } else {
      const length = await this.reader.int32();
      if (length < 0) throw new MarshallingError(`a digest has length ${length}`);
      await this.reader.need(length);
      this.reader.skip(length);
    }
    await this.seal();
    return { zxid, version, digest };
  }
}

function lengthAt(window: Buffer, at: number, min: number): number {
  const length = window.readInt32BE(at);
  if (length < min) throw new MarshallingError(`a length field says ${length}`);
  return length;
}

function hex(value: bigint): string {
  return BigInt.asUintN(64, value).toString(16);
}
