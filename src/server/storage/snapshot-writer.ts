import { writeAcl } from '../../protocol/acl.js';
import { adler32 } from '../../protocol/checksum.js';
import { JuteWriter } from '../../protocol/jute-writer.js';
import { DIGEST_VERSION } from '../../protocol/txn.js';
import type { TreeSnapshot } from '../tree/tree-snapshot.js';
import { compress } from './compression.js';
import type { Disk, WriteFile } from './disk.js';
import { snapshotName, unfinishedName } from './file-names.js';
import { SEAL_PATH, SNAPSHOT_DBID, SNAPSHOT_MAGIC, SNAPSHOT_VERSION } from './snapshot-format.js';
import type { SnapshotCompression } from './storage-options.js';

/** Encoded between two waits: about 1 ms of work, so that requests are served in between. */
const CHUNK_BYTES = 256 * 1024;
/** Room for a record that begins before a chunk is full. */
const CHUNK_MARGIN_BYTES = 16 * 1024;
/**
 * Written between two syncs. The log's own sync waits for the one under way: with 8 MiB here, others were seen to wait several
 * times as long while 1,000,000 nodes were written.
 */
const SYNC_BYTES = 1024 * 1024;

export interface SnapshotWriterOptions {
  readonly disk: Disk;
  /** Where the `snapshot.*` files lie. */
  readonly directory: string;
  readonly compression: SnapshotCompression;
  /** False leaves out everything behind the first seal: what a reader with digests switched off wants. */
  readonly digestEnabled: boolean;
  readonly serializeLastProcessedZxid: boolean;
}

/** One moment of a server: the tree between two transactions, and the sessions there were then. */
export interface SnapshotContent {
  readonly tree: TreeSnapshot;
  readonly sessions: readonly (readonly [sessionId: bigint, timeoutMs: number])[];
}

/**
 * Writes a snapshot file (storage-format 3.1, 3.2) under a name nobody reads, and gives it its own when it is complete
 * and durable. Resolves to its path. On failure the unfinished file is removed.
 */
export async function writeSnapshot(content: SnapshotContent, options: SnapshotWriterOptions): Promise<string> {
  const { disk, directory } = options;
  const name = await writeUnfinished(content, options);
  const unfinished = `${directory}/${unfinishedName(name)}`;
  const path = `${directory}/${name}`;
  try {
    await disk.rename(unfinished, path);
    await disk.syncDirectory(directory);
    return path;
  } catch (error) {
    await disk.unlink(unfinished).catch(() => undefined);
    throw error;
  }
}

/** The same, but leaves the file, durable under its unfinished name. Resolves to the name it is to get. */
export async function writeUnfinished(content: SnapshotContent, options: SnapshotWriterOptions): Promise<string> {
  const { disk, directory, compression } = options;
  const name = snapshotName(content.tree.zxid, compression);
  const unfinished = `${directory}/${unfinishedName(name)}`;
  try {
    const file = await disk.create(unfinished);
    try {
      await writeAll(file, compress(encodeSnapshot(content, options), compression));
      await file.datasync();
    } finally {
      await file.close();
    }
    return name;
  } catch (error) {
    // Where even this fails, the next start removes it.
    await disk.unlink(unfinished).catch(() => undefined);
    throw error;
  }
}

async function writeAll(file: WriteFile, chunks: AsyncIterable<Buffer>): Promise<void> {
  let position = 0;
  let synced = 0;
  for await (const chunk of chunks) {
    await file.write(chunk, position);
    position += chunk.length;
    if (position - synced < SYNC_BYTES) continue;
    await file.datasync();
    synced = position;
  }
}

/**
 * Writes sessions, ACL table and nodes (storage-format 3.2) up to the path that ends them, and yields where what was written so
 * far is to be taken.
 */
export function* writeBody(writer: JuteWriter, content: SnapshotContent): Generator<void> {
  writer.int32(content.sessions.length);
  for (const [sessionId, timeoutMs] of content.sessions) {
    writer.int64(sessionId).int32(timeoutMs);
    if (writer.length >= CHUNK_BYTES) yield;
  }
  writer.int32(content.tree.aclTable.length);
  for (const list of content.tree.aclTable) {
    writer.long(list.key).vector(list.entries, writeAcl);
    if (writer.length >= CHUNK_BYTES) yield;
  }
  while (content.tree.writeNext(writer)) {
    if (writer.length >= CHUNK_BYTES) yield;
  }
  writer.ustring(SEAL_PATH);
}

/** Room for what is written between two takes. */
export function bodyWriter(): JuteWriter {
  return new JuteWriter(CHUNK_BYTES + CHUNK_MARGIN_BYTES);
}

async function* encodeSnapshot(content: SnapshotContent, options: SnapshotWriterOptions): AsyncGenerator<Buffer> {
  const out = new SealingWriter();
  const { writer } = out;
  writer.int32(SNAPSHOT_MAGIC).int32(SNAPSHOT_VERSION).int64(SNAPSHOT_DBID);
  const body = writeBody(writer, content);
  while (body.next().done !== true) yield out.take();
  out.seal();
  if (options.digestEnabled) {
    writer.long(content.tree.zxid).int32(DIGEST_VERSION).int64(BigInt.asIntN(64, content.tree.digest));
    out.seal();
    if (options.serializeLastProcessedZxid) {
      writer.long(content.tree.zxid);
      out.seal();
    }
  }
  yield out.take();
}

/** Keeps the running checksum of what was written. */
class SealingWriter {
  readonly writer = bodyWriter();
  private sum = 1;
  private summedTo = 0;

  take(): Buffer {
    this.sumUp();
    this.summedTo = 0;
    return this.writer.take();
  }

  seal(): void {
    this.sumUp();
    this.writer.long(this.sum).ustring(SEAL_PATH);
  }

  private sumUp(): void {
    this.sum = adler32(this.writer.view(this.summedTo), this.sum);
    this.summedTo = this.writer.length;
  }
}
