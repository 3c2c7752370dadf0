/** Bytes that grow by doubling; only the first `size` count. */
class FileImage {
  size = 0;
  private content: Buffer = Buffer.alloc(0);

  static of(bytes: Buffer): FileImage {
    const image = new FileImage();
    image.write(bytes, 0);
    return image;
  }

  get bytes(): Buffer {
    return this.content.subarray(0, this.size);
  }

  write(bytes: Buffer, position: number): void {
    this.resize(Math.max(this.size, position + bytes.length));
    bytes.copy(this.content, position);
  }

  resize(size: number): void {
    if (size > this.content.length) {
      const bigger = Buffer.alloc(Math.max(size, this.content.length * 2));
      this.content.copy(bigger, 0, 0, this.size);
      this.content = bigger;
    }
    if (size < this.size) this.content.fill(0, size, this.size);
    this.size = size;
  }
}

/** What was done to a file. Without bytes it got another size. */
interface Change {
  readonly position: number;
  readonly bytes: Buffer | null;
}

/** A change that the device may not have yet. */
interface TrackedChange extends Change {
  /**
   * `doubtful`: the sync that was to save it failed. As on Linux the system takes the pages for clean then, and no later sync
   * writes them again: the device has them or not. `saved`: the device has it, behind doubtful ones.
   */
  fate: 'unsynced' | 'doubtful' | 'saved';
}

/** What a device writes whole or not at all. */
const SECTOR_BYTES = 512;

/** What a crash leaves of writes and names that were not synced. */
export interface CrashOptions {
  /**
   * Decides, for each write that was not synced, how many of its bytes arrived all the same (from its start). A change of size
   * counts as a write of one byte. Default: none.
   */
  readonly bytesKept?: (write: { readonly path: string; readonly position: number; readonly length: number }) => number;
  /**
   * In place of that: decides, for each sector of 512 bytes, how many of the writes to it arrived. Devices write sectors
   * whole, but in any order.
   */
  readonly sectorWritesKept?: (sector: { readonly path: string; readonly writes: number }) => number;
  /** Decides whether the creation, renaming (asked with the new name) or removal of a name that was not synced arrived. Default: no. */
  readonly nameKept?: (path: string) => boolean;
}

/** A file's content: what programs read now, and what the device has. */
export class MemoryNode {
  private readonly tracksSync: boolean;
  private current = new FileImage();
  private device = new FileImage();
  /** Behind what `device` is, in order. */
  private changes: TrackedChange[] = [];
  /** How many changes came before those. */
  private settledChanges = 0;

  constructor(tracksSync: boolean) {
    this.tracksSync = tracksSync;
  }

  /** As programs read it. */
  get bytes(): Buffer {
    return this.current.bytes;
  }

  /** What the device has at the least. */
  get bytesOnDevice(): Buffer {
    if (this.changes.every(({ fate }) => fate !== 'saved')) return this.device.bytes;
    const image = FileImage.of(this.device.bytes);
    for (const change of this.changes) if (change.fate === 'saved') apply(change, image);
    return image.bytes;
  }

  change(change: Change): void {
    apply(change, this.current);
    if (!this.tracksSync) return;
    const { position, bytes } = change;
    this.changes.push({ position, bytes: bytes === null ? null : Buffer.from(bytes), fate: 'unsynced' });
  }

  /** A sync begins, and what was changed by now is its business. */
  beginSync(): { finish: () => void; fail: () => void } {
    const upTo = this.settledChanges + this.changes.length;
    return { finish: () => this.synced(upTo, 'saved'), fail: () => this.synced(upTo, 'doubtful') };
  }

  empty(): void {
    this.current.resize(0);
    // Truncation reaches the device at once here: the harsher of what file systems do.
    this.device.resize(0);
    this.forget(this.changes.length);
  }

  /** Power is lost: the file is what the device has, of what was not synced as much as the options say. */
  crash(path: string, options: CrashOptions): void {
    const { sectorWritesKept } = options;
    if (sectorWritesKept === undefined) this.keepBytes(path, options);
    else this.keepSectors((writes) => sectorWritesKept({ path, writes }));
    this.forget(this.changes.length);
    this.current = FileImage.of(this.device.bytes);
  }

  private synced(upTo: number, fate: TrackedChange['fate']): void {
    const { changes } = this;
    for (let index = 0; index < upTo - this.settledChanges; index += 1) {
      if (changes[index]!.fate === 'unsynced') changes[index]!.fate = fate;
    }
    let settled = 0;
    for (; changes[settled]?.fate === 'saved'; settled += 1) apply(changes[settled]!, this.device);
    this.forget(settled);
  }

  private forget(count: number): void {
    this.changes.splice(0, count);
    this.settledChanges += count;
  }

  private keepBytes(path: string, { bytesKept }: CrashOptions): void {
    for (const change of this.changes) {
      const { position, bytes, fate } = change;
      const length = bytes?.length ?? 1;
      const kept = fate === 'saved' ? length : (bytesKept?.({ path, position, length }) ?? 0);
      if (kept > 0) apply({ position, bytes: bytes?.subarray(0, kept) ?? null }, this.device);
    }
  }

  private keepSectors(keep: (writes: number) => number): void {
    const parts = this.changes.flatMap(inSectors);
    const left = new Map<number, number>();
    for (const { sector } of parts) left.set(sector, (left.get(sector) ?? 0) + 1);
    for (const [sector, writes] of left) left.set(sector, keep(writes));
    for (const part of parts) {
      const kept = left.get(part.sector)!;
      left.set(part.sector, kept - 1);
      if (kept > 0 || part.fate === 'saved') apply(part, this.device);
    }
  }
}

/** A write sector by sector. The size lies elsewhere. */
function inSectors({ position, bytes, fate }: TrackedChange): (TrackedChange & { readonly sector: number })[] {
  if (bytes === null) return [{ position, bytes, fate, sector: -1 }];
  const parts = [];
  for (let at = 0; at < bytes.length;) {
    const sector = Math.floor((position + at) / SECTOR_BYTES);
    const end = Math.min(bytes.length, (sector + 1) * SECTOR_BYTES - position);
    parts.push({ position: position + at, bytes: bytes.subarray(at, end), fate, sector });
    at = end;
  }
  return parts;
}

function apply({ position, bytes }: Change, image: FileImage): void {
  if (bytes === null) image.resize(position);
  else image.write(bytes, position);
}
