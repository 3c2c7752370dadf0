import { adler32 } from '../../../src/protocol/checksum.js';
import { OpCode } from '../../../src/protocol/op-codes.js';
import type { WriteFile } from '../../../src/server/storage/disk.js';
import { MemoryDisk } from '../../../src/server/storage/memory-disk.js';
import { DeviceHistory } from '../../../src/testing/sim/ensemble/device-history.js';
import { TxnBook } from '../../../src/testing/sim/ensemble/txn-book.js';

const DIRECTORY = '/disk/version-2';

export function zxid(epoch: number, counter: number): number {
  return epoch * 2 ** 32 + counter;
}

/** An entry without a body: `time` tells two of one zxid apart. */
export function entry(of: number, { type = OpCode.sync, session = 0n, time = 0 } = {}): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.writeBigInt64BE(session, 0);
  bytes.writeBigInt64BE(BigInt(of), 12);
  bytes.writeBigInt64BE(BigInt(time), 20);
  bytes.writeInt32BE(type, 28);
  return bytes;
}

function record(body: Buffer): Buffer {
  const bytes = Buffer.alloc(12 + body.length + 1);
  bytes.writeBigInt64BE(BigInt(adler32(body)), 0);
  bytes.writeInt32BE(body.length, 8);
  body.copy(bytes, 12);
  bytes[bytes.length - 1] = 0x42;
  return bytes;
}

/** One server's disk, written by hand. */
export class Device {
  readonly disk = new MemoryDisk({ tracksSync: true });
  readonly history: DeviceHistory;
  readonly broken: string[] = [];
  private readonly files = new Map<string, { file: WriteFile; position: number }>();

  constructor(book?: TxnBook) {
    const violated = (rule: string, message: string): void => void this.broken.push(`${rule}: ${message}`);
    const common = { disk: this.disk, directory: DIRECTORY, name: 'server 1', violated, step: () => 0 };
    this.history = new DeviceHistory({
      ...common,
      isUnchangedSince: () => false,
      book: book ?? new TxnBook(violated),
    });
  }

  /** On the device, unless it is only `written`. */
  async log(name: string, entries: readonly Buffer[], fate: 'synced' | 'written' = 'synced'): Promise<void> {
    const open = this.files.get(name) ?? { file: await this.create(name), position: 16 };
    this.files.set(name, open);
    for (const bytes of entries.map(record)) {
      await open.file.write(bytes, open.position);
      open.position += bytes.length;
    }
    if (fate === 'synced') await open.file.datasync();
  }

  /** Everything behind the first so many entries of 32 bytes is cut off. */
  async cut(name: string, entriesKept: number): Promise<void> {
    const open = this.files.get(name)!;
    open.position = 16 + entriesKept * 45;
    await open.file.truncate(open.position);
    await open.file.datasync();
  }

  async write(name: string, content: string): Promise<void> {
    const file = await this.create(name);
    await file.write(Buffer.from(content), 0);
    await file.datasync();
  }

  async epochs(accepted: number, current: number): Promise<void> {
    await this.write('acceptedEpoch', String(accepted));
    await this.write('currentEpoch', String(current));
  }

  private async create(name: string): Promise<WriteFile> {
    await this.disk.makeDirectories(DIRECTORY);
    const file = await this.disk.create(`${DIRECTORY}/${name}`);
    await this.disk.syncDirectory(DIRECTORY);
    return file;
  }
}
