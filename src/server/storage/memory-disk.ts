import type { Disk, DiskEntry, DiskLock, ReadFile, WriteFile } from './disk.js';

/** Bytes that grow by doubling; only the first `size` count. */
class FileImage {
  size = 0;
  private content: Buffer = Buffer.alloc(0);

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

/** A change that the device may not have yet. Without bytes the file got another size. */
interface PendingChange {
  readonly position: number;
  readonly bytes: Buffer | null;
}

/** A file's content: what programs read now, and what the device has. */
class MemoryNode {
  current = new FileImage();
  device = new FileImage();
  /** Changes on their way to the device, in order. */
  pending: PendingChange[] = [];
  /** How many changes came before those. */
  private settledChanges = 0;

  /** A sync begins, and what was changed by now is its business. */
  beginSync(): { finish: () => void; fail: () => void } {
    const upTo = this.settledChanges + this.pending.length;
    return {
      finish: () => this.settle(upTo, (change) => apply(change, this.device)),
      // As on Linux: the system takes the pages for clean, and no later sync writes them again.
      fail: () => this.settle(upTo, () => undefined),
    };
  }

  empty(): void {
    this.current.resize(0);
    // Truncation reaches the device at once here: the harsher of what file systems do.
    this.device.resize(0);
    this.settle(this.settledChanges + this.pending.length, () => undefined);
  }

  /** What is pending has arrived or is gone, and the file is what the device has. */
  crashed(): void {
    this.settle(this.settledChanges + this.pending.length, () => undefined);
    this.current = new FileImage();
    this.current.write(this.device.bytes, 0);
  }

  private settle(upTo: number, settled: (change: PendingChange) => void): void {
    const count = Math.max(0, upTo - this.settledChanges);
    for (const change of this.pending.splice(0, count)) settled(change);
    this.settledChanges += count;
  }
}

/** What a device writes whole or not at all. */
const SECTOR_BYTES = 512;

export interface CrashOptions {
  /**
   * Decides, for each write that was not synced, how many of its bytes arrived all the same (from its start).
   * Default: none.
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

/**
 * Files in memory: for servers that live as long as a test, and for simulated crashes. With `tracksSync` it keeps
 * what was synced apart from what was merely written, and {@link crash} leaves only the former.
 */
export class MemoryDisk implements Disk {
  /** What programs see. */
  private names = new Map<string, MemoryNode>();
  /** What the device has: names whose directory was synced. */
  private syncedNames = new Map<string, MemoryNode>();
  /** Renames that the device may not have yet: from, to. A file system has both of their halves or none. */
  private readonly renames = new Map<string, string>();
  private readonly directories = new Set<string>(['', '.', '/']);
  private readonly locks = new Set<string>();
  private readonly tracksSync: boolean;
  /** Counts crashes: a handle of an earlier life must not write into the next. */
  private life = 0;
  private interceptor: DiskInterceptor | null = null;
  private readonly device: DiskDevice | null;

  constructor(options: { tracksSync?: boolean; device?: DiskDevice } = {}) {
    this.tracksSync = options.tracksSync ?? false;
    this.device = options.device ?? null;
  }

  /** Is asked before every change and sync; throwing makes that call fail. For tests of failing devices. */
  intercept(interceptor: DiskInterceptor | null): void {
    this.interceptor = interceptor;
  }

  /** Power is lost: open handles are dead, and what was not synced is gone unless the options say otherwise. */
  crash(options: CrashOptions = {}): void {
    if (!this.tracksSync) throw new Error('this disk does not track what was synced');
    this.abandon();
    const kept = new Map<string, boolean>();
    const isKept = (path: string): boolean => {
      const name = this.renames.get(path) ?? path;
      if (!kept.has(name)) kept.set(name, options.nameKept?.(name) === true);
      return kept.get(name)!;
    };
    const survivors = new Map(this.syncedNames);
    for (const path of new Set([...this.names.keys(), ...this.syncedNames.keys()])) {
      const now = this.names.get(path);
      if (now === this.syncedNames.get(path) || !isKept(path)) continue;
      if (now === undefined) survivors.delete(path);
      else survivors.set(path, now);
    }
    for (const [path, node] of survivors) survive(path, node, options);
    this.names = survivors;
    this.syncedNames = new Map(survivors);
    this.renames.clear();
  }

  /** The process that used it is dead; what it wrote is as safe as it was. */
  abandon(): void {
    this.life += 1;
    this.locks.clear();
  }

  /** What a crash would leave of a file at the least: its content, or null when not even its name is safe. */
  onDevice(path: string): Buffer | null {
    return this.syncedNames.get(path)?.device.bytes ?? null;
  }

  /** Paths of the files whose names are safe. */
  namesOnDevice(): string[] {
    return [...this.syncedNames.keys()];
  }

  async openForRead(path: string): Promise<ReadFile> {
    return this.handle(path, this.node(path));
  }

  async openForUpdate(path: string): Promise<WriteFile> {
    return this.handle(path, this.node(path));
  }

  async create(path: string): Promise<WriteFile> {
    this.requireDirectory(parentOf(path));
    await this.reach('create', path);
    let node = this.names.get(path);
    if (node === undefined) {
      node = new MemoryNode();
      this.names.set(path, node);
      this.renames.delete(path);
    }
    node.empty();
    return this.handle(path, node);
  }

  async stat(path: string): Promise<DiskEntry | null> {
    const node = this.names.get(path);
    if (node !== undefined) return { sizeBytes: node.current.size, isDirectory: false };
    return this.directories.has(path) ? { sizeBytes: 0, isDirectory: true } : null;
  }

  async list(directory: string): Promise<string[]> {
    this.requireDirectory(directory);
    const children = [...this.names.keys(), ...this.directories].filter((path) => parentOf(path) === directory);
    return children.map((path) => path.slice(directory.length + 1)).filter((name) => name !== '');
  }

  async makeDirectories(directory: string): Promise<void> {
    for (let at = directory; !this.directories.has(at); at = parentOf(at)) this.directories.add(at);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.reach('rename', from);
    const node = this.node(from);
    this.names.delete(from);
    this.names.set(to, node);
    this.renames.set(from, to);
  }

  async unlink(path: string): Promise<void> {
    await this.reach('unlink', path);
    this.node(path);
    this.names.delete(path);
  }

  async syncDirectory(directory: string): Promise<void> {
    await this.reach('sync', directory);
    for (const path of new Set([...this.names.keys(), ...this.syncedNames.keys()])) {
      if (parentOf(path) !== directory) continue;
      const node = this.names.get(path);
      if (node === undefined) this.syncedNames.delete(path);
      else this.syncedNames.set(path, node);
      this.renames.delete(path);
    }
  }

  async lock(path: string): Promise<DiskLock | null> {
    if (this.locks.has(path)) return null;
    this.locks.add(path);
    const { life } = this;
    return {
      release: async () => {
        if (this.life === life) this.locks.delete(path);
      },
    };
  }

  /** Before a call that may wait: whether it fails, and for how long it takes. */
  private async reach(action: DiskAction, path: string): Promise<void> {
    this.interceptor?.(action, path);
    if (this.device !== null) await this.device.busy(action, path);
  }

  private handle(path: string, node: MemoryNode): MemoryFile {
    const { life } = this;
    const checkLife = (): void => {
      if (this.life !== life) throw diskError('EIO', path);
    };
    return new MemoryFile(path, node, {
      tracksSync: this.tracksSync,
      checkLife,
      before: (action) => {
        checkLife();
        this.interceptor?.(action, path);
      },
      busy: async (action) => this.device?.busy(action, path),
      busyAtOnce: (action) => this.device?.busyAtOnce(action, path),
    });
  }

  private node(path: string): MemoryNode {
    const node = this.names.get(path);
    if (node === undefined) throw diskError('ENOENT', path);
    return node;
  }

  private requireDirectory(directory: string): void {
    if (!this.directories.has(directory)) throw diskError('ENOENT', directory);
  }
}

export type DiskAction = 'create' | 'write' | 'truncate' | 'sync' | 'rename' | 'unlink' | 'read';
export type DiskInterceptor = (action: DiskAction, path: string) => void;

/** Stands for the hardware: says how long it takes. For simulations. */
export interface DiskDevice {
  /** Resolves when the device has done its part; rejects when it fails. What a failed sync was to save is lost. */
  busy(action: DiskAction, path: string): Promise<void>;
  /** The same for who waits with everything else held up, so that no time can pass: throws when the device fails. */
  busyAtOnce(action: DiskAction, path: string): void;
}

interface FileRules {
  readonly tracksSync: boolean;
  /** Throws when the disk has been through a crash meanwhile. */
  readonly checkLife: () => void;
  readonly before: (action: DiskAction) => void;
  readonly busy: (action: DiskAction) => Promise<void>;
  readonly busyAtOnce: (action: DiskAction) => void;
}

class MemoryFile implements WriteFile {
  readonly path: string;
  private readonly node: MemoryNode;
  private readonly rules: FileRules;

  constructor(path: string, node: MemoryNode, rules: FileRules) {
    this.path = path;
    this.node = node;
    this.rules = rules;
  }

  async sizeBytes(): Promise<number> {
    return this.node.current.size;
  }

  async read(target: Buffer, position: number): Promise<number> {
    this.rules.before('read');
    await this.rules.busy('read');
    const { bytes } = this.node.current;
    return position >= bytes.length ? 0 : bytes.copy(target, 0, position);
  }

  async write(bytes: Buffer, position: number): Promise<void> {
    await this.rules.busy('write');
    this.writeSync(bytes, position);
  }

  writeSync(bytes: Buffer, position: number): void {
    this.rules.before('write');
    this.node.current.write(bytes, position);
    if (this.rules.tracksSync) this.node.pending.push({ position, bytes: Buffer.from(bytes) });
  }

  /** Until the next sync, a crash undoes it. */
  async truncate(sizeBytes: number): Promise<void> {
    this.rules.before('truncate');
    await this.rules.busy('truncate');
    this.rules.checkLife();
    this.node.current.resize(sizeBytes);
    if (this.rules.tracksSync) this.node.pending.push({ position: sizeBytes, bytes: null });
  }

  async datasync(): Promise<void> {
    this.rules.before('sync');
    const sync = this.node.beginSync();
    try {
      await this.rules.busy('sync');
    } catch (error) {
      sync.fail();
      throw error;
    }
    this.rules.checkLife();
    if (this.rules.tracksSync) sync.finish();
  }

  datasyncSync(): void {
    this.rules.before('sync');
    const sync = this.node.beginSync();
    try {
      this.rules.busyAtOnce('sync');
    } catch (error) {
      sync.fail();
      throw error;
    }
    if (this.rules.tracksSync) sync.finish();
  }

  async close(): Promise<void> {}
}

function apply({ position, bytes }: PendingChange, image: FileImage): void {
  if (bytes === null) image.resize(position);
  else image.write(bytes, position);
}

function survive(path: string, node: MemoryNode, options: CrashOptions): void {
  const { sectorWritesKept } = options;
  if (sectorWritesKept === undefined) keepBytes(path, node, options);
  else keepSectors(node, (writes) => sectorWritesKept({ path, writes }));
  node.crashed();
}

function keepBytes(path: string, { device, pending }: MemoryNode, { bytesKept }: CrashOptions): void {
  for (const { position, bytes } of pending) {
    if (bytes === null) continue;
    const kept = bytesKept?.({ path, position, length: bytes.length }) ?? 0;
    if (kept > 0) device.write(bytes.subarray(0, kept), position);
  }
}

function keepSectors({ device, pending }: MemoryNode, keep: (writes: number) => number): void {
  const bySector = new Map<number, PendingChange[]>();
  for (const { position, bytes } of pending) {
    for (let at = 0; at < (bytes?.length ?? 0);) {
      const sector = Math.floor((position + at) / SECTOR_BYTES);
      const end = Math.min(bytes!.length, (sector + 1) * SECTOR_BYTES - position);
      const part = { position: position + at, bytes: bytes!.subarray(at, end) };
      bySector.set(sector, [...(bySector.get(sector) ?? []), part]);
      at = end;
    }
  }
  for (const parts of bySector.values()) for (const part of parts.slice(0, keep(parts.length))) apply(part, device);
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : slash === 0 ? '/' : path.slice(0, slash);
}

function diskError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
