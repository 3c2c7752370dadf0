/** Where a block of bytes lies. Blocks of {@link Slabs} in chunks: 0 and up; a big one, alone in its chunk: below 0. */
export type BlockRef = number;

const RUN_BITS = 16;
const RUN_BYTES = 1 << RUN_BITS;
const CHUNK_BYTES = 1 << 20;
const RUNS_PER_CHUNK = CHUNK_BYTES / RUN_BYTES;
/** Blocks begin at multiples of 8 bytes: what a ref counts in. */
const GRAIN_BITS = 3;
const GRAINS_PER_RUN = RUN_BYTES >> GRAIN_BITS;
const CHUNK_REF_BITS = 20 - GRAIN_BITS;
const GRAIN_MASK = (1 << CHUNK_REF_BITS) - 1;
/** Longer blocks get a chunk of their own. */
const BLOCK_BYTES_MAX = RUN_BYTES / 2;
/** 16 GiB in blocks. */
const CHUNKS_MAX = 1 << 14;
const NONE = -1;

/** Sizes of blocks: every 8 bytes up to 256, from there on in steps of at most an eighth. */
const CLASS_BYTES: readonly number[] = classBytes();
/** The class of a block of so many grains. */
const CLASS_OF = classOfGrains();

function classBytes(): number[] {
  const sizes: number[] = [];
  for (let size = 8; size <= BLOCK_BYTES_MAX; size += size < 256 ? 8 : 1 << (28 - Math.clz32(size))) sizes.push(size);
  return sizes;
}

function classOfGrains(): Uint8Array {
  const classes = new Uint8Array((BLOCK_BYTES_MAX >> GRAIN_BITS) + 1);
  let of = 0;
  for (let grains = 0; grains < classes.length; grains++) {
    if (CLASS_BYTES[of]! < grains << GRAIN_BITS) of++;
    classes[grains] = of;
  }
  return classes;
}

/**
 * Memory that the garbage collector does not walk: blocks in chunks of 1 MiB, cut into runs of 64 KiB that each hold
 * blocks of one size. Nothing is ever moved. A run whose blocks are all free serves any size again, and a chunk
 * whose runs all are goes back to the system.
 */
export class Slabs {
  private readonly chunks: (Buffer | null)[] = [];
  private readonly views: (DataView | null)[] = [];
  private readonly bigChunks: (Buffer | null)[] = [];
  private readonly bigViews: (DataView | null)[] = [];
  private readonly freeBig: number[] = [];
  /** Per run: its class, the first free block, the first byte never used, the blocks in use, its neighbours in a list. */
  private readonly runClass: number[] = [];
  private readonly runFree: number[] = [];
  private readonly runFresh: number[] = [];
  private readonly runUsed: number[] = [];
  private readonly runNext: number[] = [];
  private readonly runPrev: number[] = [];
  /** Per class: the first run that has room. */
  private readonly roomy: number[] = CLASS_BYTES.map(() => NONE);
  private readonly freeRuns: number[] = [];
  /** Per chunk: runs in use. */
  private readonly chunkUsed: number[] = [];
  private readonly freeChunks: number[] = [];
  private used = 0;
  private held = 0;

  /** Bytes in blocks that are in use, as they were rounded up. */
  get usedBytes(): number {
    return this.used;
  }

  /** Bytes taken from the system. */
  get heldBytes(): number {
    return this.held;
  }

  allocate(bytes: number): BlockRef {
    if (bytes > BLOCK_BYTES_MAX) return this.allocateBig(bytes);
    const of = CLASS_OF[(bytes + 7) >> GRAIN_BITS]!;
    let run = this.roomy[of]!;
    if (run === NONE) run = this.startRun(of);
    const size = CLASS_BYTES[of]!;
    this.used += size;
    this.runUsed[run]!++;
    const free = this.runFree[run]!;
    let grain: number;
    if (free !== NONE) {
      grain = free;
      this.runFree[run] = this.view(grain).getInt32(this.offset(grain));
    } else {
      grain = run * GRAINS_PER_RUN + (this.runFresh[run]! >> GRAIN_BITS);
      this.runFresh[run]! += size;
    }
    if (this.runFree[run] === NONE && this.runFresh[run]! + size > RUN_BYTES) this.unlist(run, of);
    return grain;
  }

  free(ref: BlockRef): void {
    if (ref < 0) return this.freeBigChunk(~ref);
    const run = ref >>> (RUN_BITS - GRAIN_BITS);
    const of = this.runClass[run]!;
    const size = CLASS_BYTES[of]!;
    this.used -= size;
    const wasFull = this.runFree[run] === NONE && this.runFresh[run]! + size > RUN_BYTES;
    this.view(ref).setInt32(this.offset(ref), this.runFree[run]!);
    this.runFree[run] = ref;
    if (wasFull) this.list(run, of);
    if (--this.runUsed[run]! === 0) this.endRun(run, of);
  }

  /** Whether a block can hold so many bytes and would not be smaller if it were made for them. */
  fits(ref: BlockRef, bytes: number): boolean {
    if (ref < 0) return this.bigChunks[~ref]!.length === bytes;
    return bytes <= BLOCK_BYTES_MAX && this.runClass[ref >>> (RUN_BITS - GRAIN_BITS)] === CLASS_OF[(bytes + 7) >> 3];
  }

  /** The chunk that holds a block. */
  bytes(ref: BlockRef): Buffer {
    return ref >= 0 ? this.chunks[ref >>> CHUNK_REF_BITS]! : this.bigChunks[~ref]!;
  }

  /** The same chunk. */
  view(ref: BlockRef): DataView {
    return ref >= 0 ? this.views[ref >>> CHUNK_REF_BITS]! : this.bigViews[~ref]!;
  }

  /** Where in its chunk a block begins. */
  offset(ref: BlockRef): number {
    return ref >= 0 ? (ref & GRAIN_MASK) << GRAIN_BITS : 0;
  }

  private allocateBig(bytes: number): BlockRef {
    const index = this.freeBig.pop() ?? this.bigChunks.length;
    const chunk = Buffer.allocUnsafeSlow(bytes);
    this.bigChunks[index] = chunk;
    this.bigViews[index] = viewOf(chunk);
    this.used += bytes;
    this.held += bytes;
    return ~index;
  }

  private freeBigChunk(index: number): void {
    const { length } = this.bigChunks[index]!;
    this.used -= length;
    this.held -= length;
    this.bigChunks[index] = null;
    this.bigViews[index] = null;
    this.freeBig.push(index);
  }

  private startRun(of: number): number {
    if (this.freeRuns.length === 0) this.addChunk();
    const run = this.freeRuns.pop()!;
    this.chunkUsed[Math.floor(run / RUNS_PER_CHUNK)]!++;
    this.runClass[run] = of;
    this.runFree[run] = NONE;
    this.runFresh[run] = 0;
    this.runUsed[run] = 0;
    this.list(run, of);
    return run;
  }

  private endRun(run: number, of: number): void {
    this.unlist(run, of);
    this.freeRuns.push(run);
    const chunk = Math.floor(run / RUNS_PER_CHUNK);
    // One chunk stays, so that a single node coming and going does not take and give back a chunk each time.
    if (--this.chunkUsed[chunk]! === 0 && this.freeRuns.length >= 2 * RUNS_PER_CHUNK) this.dropChunk(chunk);
  }

  private addChunk(): void {
    const index = this.freeChunks.pop() ?? this.chunks.length;
    if (index >= CHUNKS_MAX) throw new RangeError(`the tree holds more than ${CHUNKS_MAX} MiB`);
    const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    this.chunks[index] = chunk;
    this.views[index] = viewOf(chunk);
    this.chunkUsed[index] = 0;
    this.held += CHUNK_BYTES;
    for (let run = (index + 1) * RUNS_PER_CHUNK - 1; run >= index * RUNS_PER_CHUNK; run--) this.freeRuns.push(run);
  }

  private dropChunk(index: number): void {
    this.chunks[index] = null;
    this.views[index] = null;
    this.held -= CHUNK_BYTES;
    this.freeChunks.push(index);
    const kept = this.freeRuns.filter((run) => Math.floor(run / RUNS_PER_CHUNK) !== index);
    this.freeRuns.length = 0;
    for (const run of kept) this.freeRuns.push(run);
  }

  /** Puts a run in front of those with room. */
  private list(run: number, of: number): void {
    const next = this.roomy[of]!;
    this.runNext[run] = next;
    this.runPrev[run] = NONE;
    if (next !== NONE) this.runPrev[next] = run;
    this.roomy[of] = run;
  }

  private unlist(run: number, of: number): void {
    const next = this.runNext[run]!;
    const prev = this.runPrev[run]!;
    if (prev === NONE) this.roomy[of] = next;
    else this.runNext[prev] = next;
    if (next !== NONE) this.runPrev[next] = prev;
  }
}

function viewOf(chunk: Buffer): DataView {
  return new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
}
