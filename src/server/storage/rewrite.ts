import type { Disk } from './disk.js';

const CHUNK_BYTES = 1024 * 1024;

/** Writes a file's content over itself and syncs it: then the device has what was read. */
export async function rewrite(disk: Disk, path: string): Promise<void> {
  const file = await disk.openForUpdate(path);
  try {
    const sizeBytes = await file.sizeBytes();
    const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, sizeBytes));
    for (let position = 0; position < sizeBytes;) {
      const bytes = await file.read(chunk, position);
      if (bytes === 0) break;
      await file.write(chunk.subarray(0, bytes), position);
      position += bytes;
    }
    await file.datasync();
  } finally {
    await file.close();
  }
}
