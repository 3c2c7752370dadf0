import type { Zxid } from '../../protocol/zxid.js';
import type { DataTreeOptions } from '../tree/data-tree.js';
import { ChunkReader } from './chunk-reader.js';
import { expectText } from './expect-text.js';
import { SnapshotBodyReader, type SnapshotBody } from './snapshot-body-reader.js';
import { STREAM_SIGNATURE } from './snapshot-format.js';
import { StorageError } from './storage-error.js';

/** A snapshot that came from a leader; in memory only. */
export interface ReceivedSnapshot extends SnapshotBody {
  /** Bytes that were taken from the source already, but belong behind the snapshot. */
  readonly rest: Buffer;
}

/**
 * Reads what follows a SNAP packet. Takes from the source as little as it can, and leaves it open. Rejects with a StorageError
 * BAD_STREAM when this is no snapshot or ends early, and with the source's own error when that fails.
 *
 * Other servers go on applying transactions while they send: then the tree is a mixture until those were applied
 * again, and a node may name an ACL that only comes with them (storage-format 3.4).
 */
export async function receiveSnapshot(
  source: AsyncIterable<Buffer>,
  zxid: Zxid,
  treeOptions: DataTreeOptions,
): Promise<ReceivedSnapshot> {
  const failure: { cause?: unknown } = {};
  const reader = new ChunkReader(noting(source, failure));
  try {
    const body = new SnapshotBodyReader(reader, { treeOptions, sizeBytes: null });
    await body.read();
    await expectText(reader, STREAM_SIGNATURE);
    return { ...body.finish(zxid), rest: Buffer.from(reader.peek()) };
  } catch (error) {
    if ('cause' in failure) throw failure.cause;
    throw new StorageError({
      code: 'BAD_STREAM',
      offset: reader.position,
      what: `the snapshot that the leader sent cannot be used, at byte ${reader.position}: ${String(error)}`,
      cause: error,
    });
  }
}

/** The same chunks, without the right to end the source; remembers how that failed. */
function noting(source: AsyncIterable<Buffer>, failure: { cause?: unknown }): AsyncIterable<Buffer> {
  const chunks = source[Symbol.asyncIterator]();
  const next = async (): Promise<IteratorResult<Buffer>> => {
    try {
      return await chunks.next();
    } catch (error) {
      failure.cause = error;
      throw error;
    }
  };
  return { [Symbol.asyncIterator]: () => ({ next }) };
}
