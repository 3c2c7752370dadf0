import { adler32 } from '../../protocol/checksum.js';
import type { MemoryDisk } from '../../server/storage/memory-disk.js';
import { logsAmong, snapshotsAmong } from '../../server/storage/file-names.js';

/** storage-format 2.1 and 2.2, read anew: a checker that used the server's own reader would share its mistakes. */
const HEADER_BYTES = 16;
const HEAD_BYTES = 12;
const END_MARK = 0x42;
/** In an entry, behind long clientId and int cxid. */
const ZXID_OFFSET = 12;

/** Tells from the device's bytes alone up to which transaction everything is safe. */
export class DurableLog {
  private readonly disk: MemoryDisk;
  private readonly directory: string;
  /** How far each file was read. */
  private readonly offsets = new Map<string, number>();
  /** Null after a power loss, until somebody has read what is left. */
  private safeZxid: number | null = null;

  constructor(disk: MemoryDisk, directory: string) {
    this.disk = disk;
    this.directory = directory;
  }

  /** The last transaction that a power loss at this moment could not undo; or an earlier one that is not before `wanted`. */
  lastZxid(wanted = Infinity): number {
    if (this.safeZxid !== null && this.safeZxid >= wanted) return this.safeZxid;
    const prefix = `${this.directory}/`;
    const names = this.disk.namesOnDevice().filter((path) => path.startsWith(prefix));
    const files = names.map((path) => path.slice(prefix.length));
    this.passPurged(files);
    for (const { name } of logsAmong(files)) this.read(`${prefix}${name}`);
    return this.safeZxid ?? 0;
  }

  /** Power was lost: whatever is left is safe. */
  powerLost(): void {
    this.offsets.clear();
    this.safeZxid = null;
  }

  /** A server has recovered up to here. After a power loss it can have read nothing that is not on the device. */
  recovered(zxid: number): void {
    this.safeZxid ??= zxid;
  }

  /** Logs may have come and gone since the last look: a snapshot has what was in them. */
  private passPurged(files: readonly string[]): void {
    const first = logsAmong(files)[0];
    if (this.safeZxid === null || first === undefined || first.zxid <= this.safeZxid + 1) return;
    if (snapshotsAmong(files).some(({ zxid }) => zxid >= first.zxid - 1)) this.safeZxid = first.zxid - 1;
  }

  private read(path: string): void {
    const bytes = this.disk.onDevice(path);
    let safe = this.safeZxid;
    if (bytes === null || safe === null) return;
    let offset = this.offsets.get(path) ?? HEADER_BYTES;
    for (let entry = entryAt(bytes, offset); entry !== null; entry = entryAt(bytes, offset)) {
      const zxid = Number(entry.readBigInt64BE(ZXID_OFFSET));
      // Behind a gap nothing is safe: what is missing there would be missed.
      if (zxid > safe + 1) break;
      safe = Math.max(safe, zxid);
      offset += HEAD_BYTES + entry.length + 1;
    }
    this.offsets.set(path, offset);
    this.safeZxid = safe;
  }
}

function entryAt(bytes: Buffer, offset: number): Buffer | null {
  if (offset + HEAD_BYTES > bytes.length) return null;
  const length = bytes.readInt32BE(offset + 8);
  const end = offset + HEAD_BYTES + length;
  if (length <= ZXID_OFFSET || end >= bytes.length || bytes[end] !== END_MARK) return null;
  const entry = bytes.subarray(offset + HEAD_BYTES, end);
  return bytes.readBigInt64BE(offset) === BigInt(adler32(entry)) ? entry : null;
}
