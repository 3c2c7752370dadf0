import type { Disk, DiskEntry, DiskLock, ReadFile, WriteFile } from './disk.js';
import { MemoryNode, type CrashOptions } from './memory-node.js';

export type { CrashOptions } from './memory-node.js';

/**
 * Files in memory: for servers that live as long as a test, and for simulated crashes. With `tracksSync` it keeps
 * what was synced apart from what was merely written, and {@link crash} leaves only the former. What a failed sync was to
 * save the device may have or not, even when a later sync succeeds.
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
    for (const [path, node] of survivors) node.crash(path, options);
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
    return this.syncedNames.get(path)?.bytesOnDevice ?? null;
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
      node = new MemoryNode(this.tracksSync);
      this.names.set(path, node);
      this.renames.delete(path);
    }
    node.empty();
    return this.handle(path, node);
  }

  async stat(path: string): Promise<DiskEntry | null> {
    const node = this.names.get(path);
    if (node !== undefined) return { sizeBytes: node.bytes.length, isDirectory: false };
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

/** What a program does to a file, or (`sync` only, with its path) to a directory. */
export type DiskAction = 'create' | 'write' | 'truncate' | 'sync' | 'rename' | 'unlink' | 'read';
/** Called before the action with the path it is about; what it throws is what the action fails with. */
export type DiskInterceptor = (action: DiskAction, path: string) => void;

/** Stands for the hardware: says how long it takes. For simulations. */
export interface DiskDevice {
  /** Resolves when the device has done its part; rejects when it fails. What a failed sync was to save is in doubt until a crash. */
  busy(action: DiskAction, path: string): Promise<void>;
  /** The same for who waits with everything else held up, so that no time can pass: throws when the device fails. */
  busyAtOnce(action: DiskAction, path: string): void;
}

interface FileRules {
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
    return this.node.bytes.length;
  }

  async read(target: Buffer, position: number): Promise<number> {
    this.rules.before('read');
    await this.rules.busy('read');
    const { bytes } = this.node;
    return position >= bytes.length ? 0 : bytes.copy(target, 0, position);
  }

  async write(bytes: Buffer, position: number): Promise<void> {
    await this.rules.busy('write');
    this.writeSync(bytes, position);
  }

  writeSync(bytes: Buffer, position: number): void {
    this.rules.before('write');
    this.node.change({ position, bytes });
  }

  async truncate(sizeBytes: number): Promise<void> {
    this.rules.before('truncate');
    await this.rules.busy('truncate');
    this.rules.checkLife();
    this.node.change({ position: sizeBytes, bytes: null });
  }

  async datasync(): Promise<void> {
    this.rules.checkLife();
    const sync = this.node.beginSync();
    try {
      this.rules.before('sync');
      await this.rules.busy('sync');
    } catch (error) {
      sync.fail();
      throw error;
    }
    this.rules.checkLife();
    sync.finish();
  }

  datasyncSync(): void {
    this.rules.checkLife();
    const sync = this.node.beginSync();
    try {
      this.rules.before('sync');
      this.rules.busyAtOnce('sync');
    } catch (error) {
      sync.fail();
      throw error;
    }
    sync.finish();
  }

  async close(): Promise<void> {}
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : slash === 0 ? '/' : path.slice(0, slash);
}

function diskError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
