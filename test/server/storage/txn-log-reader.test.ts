import { describe, expect, it } from 'vitest';
import { JuteWriter } from '../../../src/protocol/jute-writer.js';
import { beginRecord, endRecord, logHeader } from '../../../src/server/storage/log-format.js';
import { MemoryDisk } from '../../../src/server/storage/memory-disk.js';
import { readLog, type LogEnd } from '../../../src/server/storage/txn-log-reader.js';
import { putFile } from './support/disk-files.js';

const PATH = '/version-2/log.1';

/** A record with a plausible entry of this many bytes, none of them zero. */
function record(bytes: number): Buffer {
  const writer = new JuteWriter();
  const at = beginRecord(writer);
  writer.bytes(Buffer.alloc(bytes, 0x61));
  endRecord(writer, at);
  return writer.take();
}

async function read(content: Buffer, options: { isLast?: boolean } = {}): Promise<LogEnd & { records: number }> {
  const disk = new MemoryDisk();
  await putFile(disk, PATH, content);
  let records = 0;
  const end = await readLog({ disk, path: PATH, isLast: options.isLast ?? true, entryBytesMax: 2000 }, () => {
    records += 1;
    return true;
  });
  return { ...end, records };
}

function log(...parts: Buffer[]): Buffer {
  return Buffer.concat([logHeader(), ...parts]);
}

function flipped(content: Buffer, at: number): Buffer {
  const copy = Buffer.from(content);
  copy[at]! ^= 1;
  return copy;
}

const zeros = (bytes: number): Buffer => Buffer.alloc(bytes);

describe('readLog', () => {
  it('ends a file at a record boundary, at padding, and after the header', async () => {
    expect(await read(log(record(40), record(50)))).toEqual({ kind: 'clean', records: 2, offset: 16 + 53 + 63 });
    expect(await read(log(record(40), zeros(4096)))).toEqual({ kind: 'padding', records: 1, offset: 69 });
    expect(await read(log())).toEqual({ kind: 'clean', records: 0, offset: 16 });
    expect(await read(log(zeros(1024)))).toEqual({ kind: 'padding', records: 0, offset: 16 });
  });

  it('takes every cut of a last record for a torn one, and none for a whole one', async () => {
    const whole = log(record(40), record(50));
    for (let size = 70; size < whole.length; size += 1) {
      expect(await read(whole.subarray(0, size))).toEqual({ kind: 'torn', records: 1, offset: 69 });
      expect((await read(Buffer.concat([whole.subarray(0, size), zeros(500)]))).records).toBe(1);
    }
  });

  it('refuses a record with a wrong checksum, even the last, naming file and offset', async () => {
    const content = log(record(40), record(50));
    for (let at = 69 + 12; at < 69 + 12 + 50; at += 1) {
      await expect(read(flipped(content, at))).rejects.toMatchObject({ code: 'CORRUPT', file: PATH, offset: 69 });
    }
    await expect(read(flipped(content, 30))).rejects.toThrow(/at byte 16: .*an intact record follows/);
    await expect(read(flipped(content, 90))).rejects.toThrow(/no intact record follows/);
    await expect(read(flipped(content, 69))).rejects.toThrow(/checksum/);
  });

  it('refuses an end behind which an intact record lies, unless the next file tells of it', async () => {
    const hidden = log(record(40), zeros(12), record(40));
    await expect(read(hidden)).rejects.toMatchObject({ code: 'CORRUPT', file: PATH, offset: 69 });
    await expect(read(hidden)).rejects.toThrow(/an intact one at byte 81/);
    expect(await read(hidden, { isLast: false })).toEqual({ kind: 'padding', records: 1, offset: 69 });
    const far = log(record(40), zeros(3_000_000), record(40));
    await expect(read(far)).rejects.toThrow(/an intact one at byte 3000069/);
    expect(await read(far.subarray(0, far.length - 1))).toMatchObject({ kind: 'padding', records: 1 });
  });

  it('takes a last record that lacks a sector for one whose write was interrupted', async () => {
    const content = log(record(40), record(1800));
    content.fill(0, 512, 1024);
    expect(await read(content)).toEqual({ kind: 'torn', records: 1, offset: 69 });
    await expect(read(content, { isLast: false })).rejects.toThrow(/checksum/);
    await expect(read(Buffer.concat([content, record(40)]))).rejects.toThrow(/an intact record follows/);
  });

  it('takes a last record without its beginning for padding or torn', async () => {
    const first = record(512 - 16 - 13 - 9);
    const content = log(first, record(1800));
    const start = 16 + first.length;
    content.fill(0, start, 512);
    expect(512 - start).toBe(9);
    expect(await read(content)).toEqual({ kind: 'torn', records: 1, offset: start });
  });

  it('refuses impossible lengths', async () => {
    const negative = log(record(40));
    negative.writeInt32BE(-5, 24);
    await expect(read(negative)).rejects.toThrow(/at byte 24: a record has length -5/);
    const oversized = log(record(40));
    oversized.writeInt32BE(2001, 24);
    await expect(read(oversized)).rejects.toThrow(/length 2001/);
    oversized.writeInt32BE(1999, 24);
    expect(await read(oversized)).toMatchObject({ kind: 'torn', records: 0 });
    await expect(read(log(record(31)))).rejects.toThrow(/too short for a transaction/);
  });

  it('reads a record longer than it would write, when it is all there', async () => {
    expect(await read(log(record(3_000_000), record(40)))).toMatchObject({ kind: 'clean', records: 2 });
  });

  it('tells a last file without a header, which nothing acknowledged can be in, from a foreign one', async () => {
    for (const size of [0, 1, 15]) {
      expect(await read(logHeader().subarray(0, size))).toEqual({ kind: 'unstarted', records: 0, offset: 0 });
      await expect(read(logHeader().subarray(0, size), { isLast: false })).rejects.toThrow(/within its header/);
    }
    expect(await read(zeros(65536))).toMatchObject({ kind: 'unstarted' });
    await expect(read(Buffer.concat([zeros(65536), record(40)]))).rejects.toThrow(/no transaction log/);
    await expect(read(flipped(log(record(40)), 0))).rejects.toThrow(/begins with 0x5b4b4c47, not 0x5a4b4c47/);
    await expect(read(flipped(log(record(40)), 7))).rejects.toThrow(/format version 3/);
  });

  it('crosses the borders of what it reads at a time', async () => {
    const parts = Array.from({ length: 900 }, (_, index) => record(1000 + (index % 900)));
    expect(await read(log(...parts, zeros(100_000)))).toMatchObject({ kind: 'padding', records: 900 });
  });
});
