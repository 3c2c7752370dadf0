import type { Disk, WriteFile } from './disk.js';
import { logHeader } from './log-format.js';

/** A small server must not pay for megabytes of zeros: the first step is small, later ones double. */
const STEP_BYTES_MIN = 64 * 1024;
/** The next sync carries a step's zeros along: larger steps would be felt as a slow commit. */
const STEP_BYTES_MAX = 1024 * 1024;

let zeros: Buffer | null = null;

export interface LogFileOptions {
  readonly disk: Disk;
  readonly path: string;
  /** Upper bound of one step of zeros; 0 turns writing ahead off. */
  readonly preAllocBytes: number;
  readonly zeroingFailed: (error: unknown) => void;
}

/**
 * One log file being appended to. It writes zeros ahead of its end in the background, because a sync into blocks
 * that already exist makes the file system commit no metadata and takes about half the time. They are really
 * written: merely extending the file, as others do, leaves the blocks to be allocated by the sync. Whatever lies
 * behind the last record is zero or absent at any moment, so a reader never takes it for a record.
 */
export class LogFile {
  readonly path: string;
  private readonly file: WriteFile;
  private readonly options: LogFileOptions;
  /** Behind the last record. */
  private end = 0;
  /** Up to here the file has bytes. */
  private zeroedTo = 0;
  private zeroing: Promise<void> | null = null;
  private zeroesAhead: boolean;

  private constructor(file: WriteFile, options: LogFileOptions) {
    this.file = file;
    this.options = options;
    this.path = options.path;
    this.zeroesAhead = options.preAllocBytes > 0;
  }

  /** Creates the file with its header. A file of that name can only hold a torn first record: it is emptied. */
  static async create(options: LogFileOptions): Promise<LogFile> {
    const log = new LogFile(await options.disk.create(options.path), options);
    const header = logHeader();
    // The first step goes along with the header, so that the first records need not wait for it.
    const zeroBytes = Math.min(STEP_BYTES_MIN, options.preAllocBytes);
    log.file.writeSync(Buffer.concat([header, Buffer.alloc(zeroBytes)]), 0);
    log.end = header.length;
    log.zeroedTo = header.length + zeroBytes;
    return log;
  }

  /** Bytes of header and records, without what is written ahead. */
  get usedBytes(): number {
    return this.end;
  }

  /** Appends at once, or, when the bytes would reach where zeros are just being written, after that: then a promise. */
  append(bytes: Buffer): Promise<void> | null {
    if (this.zeroing !== null && this.end + bytes.length > this.zeroedTo) {
      return this.zeroing.then(() => this.put(bytes));
    }
    this.put(bytes);
    return null;
  }

  /** Whether {@link append} of so many bytes would not have to wait. */
  takesAtOnce(bytes: number): boolean {
    return this.zeroing === null || this.end + bytes <= this.zeroedTo;
  }

  sync(): Promise<void> {
    return this.file.datasync();
  }

  get syncsAtOnce(): boolean {
    return this.file.datasyncSync !== undefined;
  }

  /** Holds up everything until the device is done. */
  syncAtOnce(): void {
    this.file.datasyncSync?.();
  }

  /** Cuts off what was written ahead and closes. The caller has synced. */
  async finish(): Promise<void> {
    this.zeroesAhead = false;
    if (this.zeroing !== null) await this.zeroing;
    if (this.zeroedTo > this.end) await this.file.truncate(this.end);
    await this.file.close();
  }

  /** Closes without touching the content: after a failure it is evidence. */
  async abandon(): Promise<void> {
    this.zeroesAhead = false;
    if (this.zeroing !== null) await this.zeroing;
    await this.file.close();
  }

  private put(bytes: Buffer): void {
    this.file.writeSync(bytes, this.end);
    this.end += bytes.length;
    if (this.end > this.zeroedTo) this.zeroedTo = this.end;
    this.zeroAhead();
  }

  private zeroAhead(): void {
    if (!this.zeroesAhead || this.zeroing !== null) return;
    const step = Math.min(Math.max(this.zeroedTo, STEP_BYTES_MIN), STEP_BYTES_MAX, this.options.preAllocBytes);
    if (this.zeroedTo - this.end >= step / 2) return;
    this.zeroing = this.writeZeros(step);
  }

  private async writeZeros(bytes: number): Promise<void> {
    zeros ??= Buffer.alloc(STEP_BYTES_MAX);
    const from = this.zeroedTo;
    try {
      await this.file.write(zeros.subarray(0, bytes), from);
      this.zeroedTo = from + bytes;
    } catch (error) {
      // Records go on without: if the device is really full, writing one will say so.
      this.zeroesAhead = false;
      this.options.zeroingFailed(error);
    } finally {
      this.zeroing = null;
    }
  }
}
