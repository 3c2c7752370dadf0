import { adler32 } from '../../../protocol/checksum.js';
import { logsAmong, snapshotsAmong } from '../../../server/storage/file-names.js';
import type { MemoryDisk } from '../../../server/storage/memory-disk.js';
import type { TxnBook } from './txn-book.js';
import { ENTRY_HEADER_BYTES, zxidOfEntry } from './txn-book.js';
import { counterOf, epochOf, isNext, zxidText } from './zxids.js';

/** storage-format 2.1 and 2.2, read anew: a judge that used the server's own reader would share its mistakes. */
const HEADER_BYTES = 16;
const HEAD_BYTES = 12;
const END_MARK = 0x42;

/** A log on the device as far as it was read. */
interface LogImage {
  readonly zxids: number[];
  /** Where the next record begins, and where the last one that was read did. */
  offset: number;
  lastOffset: number;
  lastChecksum: bigint;
}

export interface DeviceHistoryOptions {
  readonly disk: MemoryDisk;
  readonly directory: string;
  /** Of the world, which grows; and whether the device has not changed in this step or since. */
  readonly step: () => number;
  readonly isUnchangedSince: (step: number) => boolean;
  readonly book: TxnBook;
  /** Of its server, for messages. */
  readonly name: string;
  readonly violated: (rule: string, message: string) => void;
}

/** What a power loss at this moment would leave of one server of an ensemble, read from the device's bytes alone. */
export class DeviceHistory {
  private readonly options: DeviceHistoryOptions;
  private logs = new Map<string, LogImage>();
  private names = '';
  private held = new Set<number>();
  private snapshotZxid = 0;
  private last = 0;
  private epochs = { accepted: -1, current: -1 };
  private readAtStep = -1;

  constructor(options: DeviceHistoryOptions) {
    this.options = options;
  }

  /** Whether a transaction and all before it are there; of (epoch, 0), that the server has entered the epoch. */
  holds(zxid: number): boolean {
    if (zxid <= 0) return true;
    if (counterOf(zxid) === 0) return this.currentEpoch >= epochOf(zxid);
    this.refresh();
    return zxid <= this.snapshotZxid || this.held.has(zxid);
  }

  /** The newest transaction that is there. */
  get lastZxid(): number {
    this.refresh();
    return this.last;
  }

  /** -1: no such file. */
  get acceptedEpoch(): number {
    this.refresh();
    return this.epochs.accepted;
  }

  get currentEpoch(): number {
    this.refresh();
    return this.epochs.current;
  }

  /** A server never enters what it has not accepted, nor logs for an epoch that it has not accepted. */
  checkEpochs(): void {
    const { acceptedEpoch, currentEpoch, lastZxid } = this;
    if (acceptedEpoch < 0 || acceptedEpoch >= Math.max(currentEpoch, epochOf(lastZxid))) return;
    const message = `${this.options.name} accepted epoch ${acceptedEpoch}, is in ${currentEpoch}, and has ${zxidText(lastZxid)}`;
    this.options.violated('epochs in order', message);
  }

  private epochIn(file: string): number {
    const bytes = this.options.disk.onDevice(`${this.options.directory}/${file}`);
    return bytes === null || bytes.length === 0 ? -1 : Number(bytes.toString('latin1').trim());
  }

  /** Reads what is new. */
  refresh(): void {
    const { isUnchangedSince, step } = this.options;
    if (this.readAtStep >= 0 && isUnchangedSince(this.readAtStep)) return;
    this.readAtStep = step();
    this.epochs = { accepted: this.epochIn('acceptedEpoch'), current: this.epochIn('currentEpoch') };
    this.readLogs();
  }

  private readLogs(): void {
    const { disk, directory } = this.options;
    const prefix = `${directory}/`;
    const files = disk.namesOnDevice().filter((path) => path.startsWith(prefix));
    const names = files.join();
    const logs = logsAmong(files.map((path) => path.slice(prefix.length)));
    let isSame = names === this.names;
    this.names = names;
    const images = new Map<string, LogImage>();
    for (const [at, { name }] of logs.entries()) {
      const before = this.logs.get(name) ?? null;
      const count = before?.zxids.length ?? 0;
      const image = this.read(`${prefix}${name}`, before);
      images.set(name, image);
      if (image !== before) isSame = false;
      // What is new at the end of the newest log is all that is new, most times.
      if (isSame && image.zxids.length > count) {
        if (at === logs.length - 1) this.extend(image.zxids.slice(count));
        else isSame = false;
      }
    }
    this.logs = images;
    if (isSame) return;
    const [snapshot] = snapshotsAmong(files.map((path) => path.slice(prefix.length)));
    this.snapshotZxid = snapshot?.zxid ?? 0;
    this.held = new Set();
    this.last = this.snapshotZxid;
    for (const { zxids } of images.values()) this.extend(zxids);
  }

  /** Behind a gap nothing is safe: what is missing there would be missed. */
  private extend(zxids: readonly number[]): void {
    for (const zxid of zxids) {
      if (zxid <= this.snapshotZxid) continue;
      if (!isNext(zxid, this.last)) return;
      this.held.add(zxid);
      this.last = zxid;
    }
  }

  private read(path: string, before: LogImage | null): LogImage {
    const { disk, book, name } = this.options;
    const bytes = disk.onDevice(path) ?? Buffer.alloc(0);
    const image = before !== null && isStillThere(bytes, before) ? before : emptyImage();
    for (let entry = entryAt(bytes, image.offset); entry !== null; entry = entryAt(bytes, image.offset)) {
      const zxid = zxidOfEntry(entry);
      const lastZxid = image.zxids.at(-1) ?? 0;
      if (zxid <= lastZxid) {
        const message = `${path} of ${name} has ${zxidText(zxid)} behind ${zxidText(lastZxid)}`;
        this.options.violated('zxids grow', message);
      }
      book.note(entry, `on the device of ${name}`);
      image.zxids.push(zxid);
      image.lastOffset = image.offset;
      image.lastChecksum = bytes.readBigInt64BE(image.offset);
      image.offset += HEAD_BYTES + entry.length + 1;
    }
    return image;
  }
}

function emptyImage(): LogImage {
  return { zxids: [], offset: HEADER_BYTES, lastOffset: 0, lastChecksum: 0n };
}

/** Logs are cut, and files of the same name made anew. */
function isStillThere(bytes: Buffer, { zxids, offset, lastOffset, lastChecksum }: LogImage): boolean {
  if (zxids.length === 0) return true;
  return bytes.length >= offset && bytes.readBigInt64BE(lastOffset) === lastChecksum;
}

function entryAt(bytes: Buffer, offset: number): Buffer | null {
  if (offset + HEAD_BYTES > bytes.length) return null;
  const length = bytes.readInt32BE(offset + 8);
  const end = offset + HEAD_BYTES + length;
  if (length < ENTRY_HEADER_BYTES || end >= bytes.length || bytes[end] !== END_MARK) return null;
  const entry = bytes.subarray(offset + HEAD_BYTES, end);
  return bytes.readBigInt64BE(offset) === BigInt(adler32(entry)) ? entry : null;
}
