import type { Disk, DiskEntry, DiskLock, ReadFile, WriteFile } from './disk.js';

/** Write calls, in order, since the last sync of a file. */
interface PendingWrite {
  readonly position: number;
  readonly bytes: Buffer;
}

/** A file's content: what programs read now, and what the device has. */
class MemoryNode {
  /** Grows by doubling; only the first `size` bytes count. */
  content: Buffer = Buffer.alloc(0);
  size = 0;
  synced: Buffer = Buffer.alloc(0);
  pending: PendingWrite[] = [];

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

export interface CrashOptions {
  /**
   * Decides, for each write that was not synced, how many of its bytes arrived all the same (from its start).
   * Default: none.
   */
  readonly bytesKept?: (write: { readonly path: string; readonly position: number; readonly length: number }) => number;
  /** Decides whether the creation, renaming or removal of a name that was not synced arrived. Default: no. */
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
  private readonly directories = new Set<string>(['', '.', '/']);
  private readonly locks = new Set<string>();
  private readonly tracksSync: boolean;
  /** Counts crashes: a handle of an earlier life must not write into the next. */
  private life = 0;
  private interceptor: DiskInterceptor | null = null;

  constructor(options: { tracksSync?: boolean } = {}) {
    this.tracksSync = options.tracksSync ?? false;
  }

  /** Is asked before every change and sync; throwing makes that call fail. For tests of failing devices. */
  intercept(interceptor: DiskInterceptor | null): void {
    this.interceptor = interceptor;
  }

  /** Power is lost: open handles are dead, and what was not synced is gone unless the options say otherwise. */
  crash(options: CrashOptions = {}): void {
    if (!this.tracksSync) throw new Error('this disk does not track what was synced');
    this.life += 1;
    this.locks.clear();
    const survivors = new Map(this.syncedNames);
    for (const path of new Set([...this.names.keys(), ...this.syncedNames.keys()])) {
      const now = this.names.get(path);
      if (now === this.syncedNames.get(path) || options.nameKept?.(path) !== true) continue;
      if (now === undefined) survivors.delete(path);
      else survivors.set(path, now);
    }
    for (const [path, node] of survivors) survive(path, node, options);
    this.names = survivors;
    this.syncedNames = new Map(survivors);
  }

  async openForRead(path: string): Promise<ReadFile> {
    return this.handle(path, this.node(path));
  }

  async openForUpdate(path: string): Promise<WriteFile> {
    return this.handle(path, this.node(path));
  }

  async create(path: string): Promise<WriteFile> {
    this.requireDirectory(parentOf(path));
    this.interceptor?.('create', path);
    let node = this.names.get(path);
    if (node === undefined) {
      node = new MemoryNode();
      this.names.set(path, node);
    }
    node.resize(0);
    // Truncation reaches the device at once here: the harsher of what file systems do.
    node.synced = Buffer.alloc(0);
    node.pending = [];
    return this.handle(path, node);
  }

  async stat(path: string): Promise<DiskEntry | null> {
    const node = this.names.get(path);
    if (node !== undefined) return { sizeBytes: node.size, isDirectory: false };
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
    this.interceptor?.('rename', from);
    const node = this.node(from);
    this.names.delete(from);
    this.names.set(to, node);
  }

  async unlink(path: string): Promise<void> {
    this.interceptor?.('unlink', path);
    this.node(path);
    this.names.delete(path);
  }

  async syncDirectory(directory: string): Promise<void> {
    this.interceptor?.('sync', directory);
    for (const path of new Set([...this.names.keys(), ...this.syncedNames.keys()])) {
      if (parentOf(path) !== directory) continue;
      const node = this.names.get(path);
      if (node === undefined) this.syncedNames.delete(path);
      else this.syncedNames.set(path, node);
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

  private handle(path: string, node: MemoryNode): MemoryFile {
    const { life } = this;
    return new MemoryFile(path, node, {
      tracksSync: this.tracksSync,
      before: (action) => {
        if (this.life !== life) throw diskError('EIO', path);
        this.interceptor?.(action, path);
      },
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

class MemoryFile implements WriteFile {
  readonly path: string;
  private readonly node: MemoryNode;
  private readonly rules: { readonly tracksSync: boolean; readonly before: (action: DiskAction) => void };

  constructor(path: string, node: MemoryNode, rules: MemoryFile['rules']) {
    this.path = path;
    this.node = node;
    this.rules = rules;
  }

  async sizeBytes(): Promise<number> {
    return this.node.size;
  }

  async read(target: Buffer, position: number): Promise<number> {
    this.rules.before('read');
    if (position >= this.node.size) return 0;
    return this.node.content.copy(target, 0, position, this.node.size);
  }

  async write(bytes: Buffer, position: number): Promise<void> {
    this.writeSync(bytes, position);
  }

  writeSync(bytes: Buffer, position: number): void {
    this.rules.before('write');
    this.node.write(bytes, position);
    if (this.rules.tracksSync) this.node.pending.push({ position, bytes: Buffer.from(bytes) });
  }

  /** Until the next sync, a crash undoes it. */
  async truncate(sizeBytes: number): Promise<void> {
    this.rules.before('truncate');
    this.node.resize(sizeBytes);
  }

  async datasync(): Promise<void> {
    this.rules.before('sync');
    if (!this.rules.tracksSync) return;
    this.node.synced = Buffer.from(this.node.content.subarray(0, this.node.size));
    this.node.pending = [];
  }

  async close(): Promise<void> {}
}

function survive(path: string, node: MemoryNode, options: CrashOptions): void {
  const { synced, pending } = node;
  node.content = Buffer.alloc(0);
  node.size = 0;
  node.write(synced, 0);
  for (const { position, bytes } of pending) {
    const kept = options.bytesKept?.({ path, position, length: bytes.length }) ?? 0;
    if (kept > 0) node.write(bytes.subarray(0, kept), position);
  }
  node.synced = Buffer.from(node.content.subarray(0, node.size));
  node.pending = [];
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : slash === 0 ? '/' : path.slice(0, slash);
}

function diskError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
