import { adler32 } from '../../protocol/checksum.js';
import { OpCode } from '../../protocol/op-codes.js';
import type { MemoryDisk } from '../../server/storage/memory-disk.js';
import { logsAmong } from '../../server/storage/file-names.js';
import type { SafeGround } from './answer-guard.js';

/** storage-format 2.1 and 2.2, read anew: a checker that used the server's own reader would share its mistakes. */
const HEADER_BYTES = 16;
const HEAD_BYTES = 12;
const END_MARK = 0x42;
/** An entry begins with long clientId, int cxid, long zxid, long time, int type. */
const ZXID_OFFSET = 12;
const TYPE_OFFSET = 28;

/** Tells from the device's bytes alone up to which transaction everything is safe. */
export class DurableLog implements SafeGround {
  private readonly disk: MemoryDisk;
  private readonly directory: string;
  /** How far each file was read. */
  private readonly offsets = new Map<string, number>();
  /** Null after a power loss, until somebody has read what is left. */
  private safeZxid: number | null = null;
  /** Whether each session that was ever safe is open; false: its end is safe as well. */
  private readonly sessions = new Map<bigint, boolean>();

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
    for (const { name } of logsAmong(files)) this.read(`${prefix}${name}`);
    return this.safeZxid ?? 0;
  }

  /** Whether a power loss at this moment would leave this session open. */
  isSessionOpen(sessionId: bigint): boolean {
    this.lastZxid();
    return this.sessions.get(sessionId) === true;
  }

  mayBeLetIn(sessionId: bigint): boolean {
    return this.isSessionOpen(sessionId);
  }

  mayBeCalledOver(sessionId: bigint): boolean {
    return !this.isSessionOpen(sessionId);
  }

  /** A file is about to be deleted: who reads it later would miss what was in it. */
  beforeUnlink(path: string): void {
    if (path.startsWith(`${this.directory}/log.`)) this.lastZxid();
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
      this.noteSession(entry);
      offset += HEAD_BYTES + entry.length + 1;
    }
    this.offsets.set(path, offset);
    this.safeZxid = safe;
  }

  private noteSession(entry: Buffer): void {
    const type = entry.readInt32BE(TYPE_OFFSET);
    const isStart = type === OpCode.createSession;
    if (isStart || type === OpCode.closeSession) this.sessions.set(entry.readBigInt64BE(0), isStart);
  }
}

function entryAt(bytes: Buffer, offset: number): Buffer | null {
  if (offset + HEAD_BYTES > bytes.length) return null;
  const length = bytes.readInt32BE(offset + 8);
  const end = offset + HEAD_BYTES + length;
  if (length < TYPE_OFFSET + 4 || end >= bytes.length || bytes[end] !== END_MARK) return null;
  const entry = bytes.subarray(offset + HEAD_BYTES, end);
  return bytes.readBigInt64BE(offset) === BigInt(adler32(entry)) ? entry : null;
}
