import { MarshallingError } from '../../protocol/errors.js';
import { toZxid, type Zxid } from '../../protocol/zxid.js';
import type { DataTreeOptions } from '../tree/data-tree.js';
import { ChunkReader } from './chunk-reader.js';
import { magicOf, uncompress } from './compression.js';
import type { Disk, ReadFile } from './disk.js';
import { isDiskError } from './disk-error.js';
import type { SnapshotName } from './file-names.js';
import { expectText } from './expect-text.js';
import { SnapshotBodyReader, type SnapshotBody } from './snapshot-body-reader.js';
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

/** The tree's digest when writing of the snapshot ended (storage-format 3.1). */
export interface SnapshotDigest {
  /** Later than the snapshot's name when transactions were applied while it was written. */
  readonly zxid: Zxid;
  readonly version: number;
  /** Unsigned 64 bits; null for a version that is not known. */
  readonly digest: bigint | null;
}

export interface LoadedSnapshot extends SnapshotBody {
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
  private readonly body: SnapshotBodyReader;

  constructor(reader: ChunkReader, options: { treeOptions: DataTreeOptions; sizeBytes: number }) {
    this.reader = reader;
    this.body = new SnapshotBodyReader(reader, options);
  }

  async parse(zxid: Zxid): Promise<LoadedSnapshot> {
    await this.header();
    await this.body.read();
    await this.seal();
    const digest = await this.tail();
    return { ...this.body.finish(zxid), digest };
  }

  private async header(): Promise<void> {
    await this.reader.need(SNAPSHOT_HEADER_BYTES);
    const header = this.reader.peek();
    if (header.readInt32BE(0) !== SNAPSHOT_MAGIC) throw new MarshallingError('it does not begin with ZKSN');
    const version = header.readInt32BE(4);
    if (version !== SNAPSHOT_VERSION) throw new MarshallingError(`format version ${version} is not known`);
    this.reader.skip(SNAPSHOT_HEADER_BYTES);
  }

  private async seal(): Promise<void> {
    const expected = BigInt(this.reader.checksum);
    const found = await this.reader.int64();
    if (found !== expected) {
      throw new MarshallingError(
        `checksum 0x${hex(found)} is recorded, but the bytes before it have 0x${hex(expected)}`,
      );
    }
    await expectText(this.reader, SEAL_PATH);
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

function hex(value: bigint): string {
  return BigInt.asUintN(64, value).toString(16);
}
