import { Readable, pipeline } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { ChunkReader } from './chunk-reader.js';
import { SNAPPY_BLOCK_BYTES_MAX, snappyCompress, snappyUncompress } from './snappy-block.js';
import type { SnapshotCompression } from './storage-options.js';

const SNAPPY_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** The magic, int version 1, int lowest compatible version 1. */
const SNAPPY_HEADER = Buffer.concat([SNAPPY_MAGIC, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])]);
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

/** What a compressed snapshot begins with; empty for a plain one. */
export function magicOf(compression: SnapshotCompression): Buffer {
  if (compression === 'gz') return GZIP_MAGIC;
  return compression === 'snappy' ? SNAPPY_MAGIC : Buffer.alloc(0);
}

export function compress(chunks: AsyncIterable<Buffer>, compression: SnapshotCompression): AsyncIterable<Buffer> {
  if (compression === 'gz') return through(chunks, createGzip());
  return compression === 'snappy' ? toSnappy(chunks) : chunks;
}

export function uncompress(chunks: AsyncIterable<Buffer>, compression: SnapshotCompression): AsyncIterable<Buffer> {
  if (compression === 'gz') return through(chunks, createGunzip());
  return compression === 'snappy' ? fromSnappy(chunks) : chunks;
}

function through(chunks: AsyncIterable<Buffer>, transform: NodeJS.ReadWriteStream): AsyncIterable<Buffer> {
  // A failure of either side reaches the reader as the failure of the transform.
  pipeline(Readable.from(chunks, { objectMode: false }), transform, () => undefined);
  return transform as NodeJS.ReadWriteStream & AsyncIterable<Buffer>;
}

async function* toSnappy(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield SNAPPY_HEADER;
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; from += SNAPPY_BLOCK_BYTES_MAX) {
      const block = snappyCompress(chunk.subarray(from, from + SNAPPY_BLOCK_BYTES_MAX));
      const length = Buffer.alloc(4);
      length.writeInt32BE(block.length);
      yield length;
      yield block;
    }
  }
}

async function* fromSnappy(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const reader = new ChunkReader(chunks);
  await reader.need(SNAPPY_HEADER.length);
  if (!reader.peek().subarray(0, SNAPPY_MAGIC.length).equals(SNAPPY_MAGIC)) throw new RangeError('not a snappy stream');
  reader.skip(SNAPPY_HEADER.length);
  while (reader.available > 0 || (await reader.more())) {
    const length = await reader.int32();
    if (length < 0) throw new RangeError(`a snappy block has length ${length}`);
    await reader.need(length);
    const block = snappyUncompress(reader.peek().subarray(0, length));
    reader.skip(length);
    yield block;
  }
}
