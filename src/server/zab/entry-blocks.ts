import { entryOf, lengthOf, type Entry, type EntryInPlace } from './entry.js';

/** Some hundred transactions of the usual size. */
const BLOCK_BYTES = 64 * 1024;
/** Longer ones get bytes of their own. */
const SHARED_BYTES_MAX = 8 * 1024;

/**
 * Keeps entries one behind the other in a few blocks: a Buffer for each costs more than its bytes. They come and go in
 * order, so a block is held hardly longer than what is in it.
 */
export class EntryBlocks {
  private block = Buffer.alloc(0);
  private used = 0;

  /** A copy. */
  keep(entry: EntryInPlace): Entry {
    const length = lengthOf(entry);
    if (length > SHARED_BYTES_MAX) return entryOf(entry.zxid, Buffer.from(cut(entry)));
    if (this.used + length > this.block.length) {
      this.block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      this.used = 0;
    }
    const start = this.used;
    this.used += length;
    this.block.set(cut(entry), start);
    return { zxid: entry.zxid, bytes: this.block, start, end: this.used };
  }
}

function cut({ bytes, start, end }: EntryInPlace): Uint8Array {
  return bytes.subarray(start, end);
}
