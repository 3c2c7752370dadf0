import { describe, expect, it } from 'vitest';
import type { WriteFile } from '../../../src/server/storage/disk.js';
import { MemoryDisk, type CrashOptions } from '../../../src/server/storage/memory-disk.js';
import { putFile, readFile } from './support/disk-files.js';

const PATH = '/data/file';

const NOTHING: CrashOptions = {};
const EVERYTHING: CrashOptions = { bytesKept: ({ length }) => length };
const ALL_SECTORS: CrashOptions = { sectorWritesKept: ({ writes }) => writes };

async function diskWith(content: string): Promise<{ disk: MemoryDisk; file: WriteFile }> {
  const disk = new MemoryDisk({ tracksSync: true });
  await putFile(disk, PATH, Buffer.from(content));
  await disk.syncDirectory('/data');
  return { disk, file: await disk.openForUpdate(PATH) };
}

async function failingSync(disk: MemoryDisk, file: WriteFile): Promise<void> {
  disk.intercept((action) => {
    if (action === 'sync') throw new Error('EIO');
  });
  await expect(file.datasync()).rejects.toThrow('EIO');
  disk.intercept(null);
}

async function afterCrash(disk: MemoryDisk, options: CrashOptions): Promise<string> {
  const least = disk.onDevice(PATH);
  disk.crash(options);
  const content = (await readFile(disk, PATH)).toString();
  if (options === NOTHING) expect(least?.toString()).toBe(content);
  return content;
}

describe('a disk in memory', () => {
  it.each([
    ['nothing', NOTHING, 'before'],
    ['every write', EVERYTHING, 'after'],
    ['every sector', ALL_SECTORS, 'after'],
  ])('keeps what was synced, and of the rest %s', async (_, options, expected) => {
    const { disk, file } = await diskWith('before');
    await file.truncate(5);
    await file.write(Buffer.from('after'), 0);
    expect(await afterCrash(disk, options)).toBe(expected);
  });

  it.each([
    ['nothing', NOTHING, 'abcdefXY'],
    ['every write', EVERYTHING, 'a--defXY'],
    ['every sector', ALL_SECTORS, 'a--defXY'],
  ])('keeps of what a failed sync was to save %s, whatever is synced later', async (_, options, expected) => {
    const { disk, file } = await diskWith('abcdef');
    await file.write(Buffer.from('--'), 1);
    await failingSync(disk, file);
    await file.write(Buffer.from('XY'), 6);
    await file.datasync();
    expect((await readFile(disk, PATH)).toString()).toBe('a--defXY');
    expect(await afterCrash(disk, options)).toBe(expected);
  });

  it.each([
    ['nothing', NOTHING, 'abcdef'],
    ['every write', EVERYTHING, 'abc'],
    ['every sector', ALL_SECTORS, 'abc'],
  ])('keeps of a size that a failed sync was to save %s', async (_, options, expected) => {
    const { disk, file } = await diskWith('abcdef');
    await file.truncate(3);
    await failingSync(disk, file);
    await file.datasync();
    expect(await file.sizeBytes()).toBe(3);
    expect(await afterCrash(disk, options)).toBe(expected);
  });

  it.each([NOTHING, EVERYTHING, ALL_SECTORS])(
    'has for certain what is done anew after a failed sync',
    async (options) => {
      const { disk, file } = await diskWith('abcdef');
      await file.write(Buffer.from('--'), 1);
      await file.truncate(4);
      await failingSync(disk, file);
      await file.write(Buffer.from('++'), 1);
      await file.truncate(5);
      await file.truncate(4);
      await file.datasync();
      expect(await afterCrash(disk, options)).toBe('a++d');
    },
  );
});
