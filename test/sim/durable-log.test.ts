import { describe, expect, it } from 'vitest';
import { adler32 } from '../../src/protocol/checksum.js';
import { OpCode } from '../../src/protocol/op-codes.js';
import type { WriteFile } from '../../src/server/storage/disk.js';
import { MemoryDisk } from '../../src/server/storage/memory-disk.js';
import { DurableLog } from '../../src/testing/sim/durable-log.js';

const SESSION = 0x77n;

/** A record of a log (storage-format 2.2), with a header of 32 bytes and no body. */
function record(zxid: number, type: number): Buffer {
  const entry = Buffer.alloc(32);
  entry.writeBigInt64BE(SESSION, 0);
  entry.writeBigInt64BE(BigInt(zxid), 12);
  entry.writeInt32BE(type, 28);
  const bytes = Buffer.alloc(12 + entry.length + 1);
  bytes.writeBigInt64BE(BigInt(adler32(entry)), 0);
  bytes.writeInt32BE(entry.length, 8);
  entry.copy(bytes, 12);
  bytes[bytes.length - 1] = 0x42;
  return bytes;
}

async function log(): Promise<{
  disk: MemoryDisk;
  durable: DurableLog;
  file: WriteFile;
  write: (...bytes: Buffer[]) => Promise<void>;
}> {
  const disk = new MemoryDisk({ tracksSync: true });
  await disk.makeDirectories('/logs');
  const file = await disk.create('/logs/log.1');
  await disk.syncDirectory('/logs');
  let position = 0;
  const write = async (...list: Buffer[]): Promise<void> => {
    for (const bytes of list) {
      await file.write(bytes, position);
      position += bytes.length;
    }
  };
  await write(Buffer.alloc(16));
  const durable = new DurableLog(disk, '/logs');
  durable.recovered(0);
  return { disk, durable, file, write };
}

describe('what the device holds for certain', () => {
  it('is what was synced, whatever was written', async () => {
    const { durable, file, write } = await log();
    await write(record(1, OpCode.createSession));
    expect([durable.lastZxid(), durable.isSessionOpen(SESSION)]).toEqual([0, false]);
    await file.datasync();
    expect([durable.lastZxid(), durable.isSessionOpen(SESSION)]).toEqual([1, true]);
  });

  it('ends at a gap and at a record that is not whole', async () => {
    const { durable, file, write } = await log();
    await write(record(1, OpCode.sync), record(3, OpCode.sync));
    await file.datasync();
    expect(durable.lastZxid()).toBe(1);
    const other = await log();
    await other.write(record(1, OpCode.sync), record(2, OpCode.sync).subarray(0, 30));
    await other.file.datasync();
    expect(other.durable.lastZxid()).toBe(1);
  });

  it('tells of the ends of sessions', async () => {
    const { durable, file, write } = await log();
    await write(record(1, OpCode.createSession), record(2, OpCode.closeSession));
    await file.datasync();
    expect(durable.isSessionOpen(SESSION)).toBe(false);
  });

  it('is known of files, too, that are deleted before anybody asked', async () => {
    const { disk, durable, file, write } = await log();
    await write(record(1, OpCode.createSession));
    await file.datasync();
    durable.beforeUnlink('/logs/log.1');
    await disk.unlink('/logs/log.1');
    await disk.syncDirectory('/logs');
    expect([durable.lastZxid(), durable.isSessionOpen(SESSION)]).toEqual([1, true]);
  });

  it('is, after a power loss, what the next server finds', async () => {
    const { disk, durable, file, write } = await log();
    await write(record(1, OpCode.createSession));
    await file.datasync();
    await write(record(2, OpCode.closeSession));
    disk.crash({ bytesKept: ({ length }) => length });
    durable.powerLost();
    durable.recovered(2);
    expect([durable.lastZxid(), durable.isSessionOpen(SESSION)]).toEqual([2, false]);
  });
});
