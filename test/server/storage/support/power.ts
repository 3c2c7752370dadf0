import type { MemoryDisk } from '../../../../src/server/storage/memory-disk.js';

/** Power is lost at the n-th change or sync of the disk: that one and all after it fail. */
export function failFrom(disk: MemoryDisk, n: number): { readonly reached: () => boolean } {
  let count = 0;
  disk.intercept((action) => {
    if (action === 'read') return;
    count += 1;
    if (count >= n) throw Object.assign(new Error('EIO: power lost'), { code: 'EIO' });
  });
  return { reached: () => count >= n };
}
