import type { WriteFile } from '../../../../src/server/storage/disk.js';
import { MemoryDisk } from '../../../../src/server/storage/memory-disk.js';

/** A disk whose background writes wait until they are let go; those made inline do not. */
export class HeldWritesDisk extends MemoryDisk {
  private readonly held: (() => void)[] = [];

  override async create(path: string): Promise<WriteFile> {
    const file = await super.create(path);
    const write = (bytes: Buffer, position: number): Promise<void> =>
      new Promise((resolve) => this.held.push(() => resolve(file.write(bytes, position))));
    return {
      path,
      write,
      writeSync: (bytes, position) => file.writeSync(bytes, position),
      read: (target, position) => file.read(target, position),
      sizeBytes: () => file.sizeBytes(),
      truncate: (sizeBytes) => file.truncate(sizeBytes),
      datasync: () => file.datasync(),
      close: () => file.close(),
    };
  }

  get heldCount(): number {
    return this.held.length;
  }

  release(): void {
    for (const go of this.held.splice(0)) go();
  }
}
