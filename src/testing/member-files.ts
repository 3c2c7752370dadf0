import { dirname } from 'node:path';
import type { ReadText } from '../server/config/config-files.js';
import type { Disk } from '../server/storage/disk.js';

/**
 * The configuration file of a member, and what the server writes beside it when the members change: on the member's own disk,
 * so that a restart finds it.
 */
export class MemberFiles {
  /** Absolute. */
  readonly configFile: string;
  private readonly disk: Disk;
  private readonly sid: number;

  constructor(disk: Disk, { dataDir, sid }: { readonly dataDir: string; readonly sid: number }) {
    this.disk = disk;
    this.sid = sid;
    this.configFile = `${dataDir}/zoo.cfg`;
  }

  /** The file as it is, or `text` at the first start; and a way to read what it refers to. */
  async load(text: string): Promise<{ readonly text: string; readonly readText: ReadText }> {
    const { configFile, disk } = this;
    await disk.makeDirectories(dirname(configFile));
    if ((await disk.stat(configFile)) === null) await this.write(text);
    const files = new Map<string, string>();
    for (const name of await disk.list(dirname(configFile))) {
      const path = `${dirname(configFile)}/${name}`;
      if (path.startsWith(configFile)) files.set(path, await this.read(path));
    }
    const readText = (path: string): string | null =>
      path.endsWith('/myid') ? String(this.sid) : (files.get(path) ?? null);
    return { text: files.get(configFile) ?? '', readText };
  }

  private async read(path: string): Promise<string> {
    const file = await this.disk.openForRead(path);
    try {
      const bytes = Buffer.alloc(await file.sizeBytes());
      return bytes.toString('utf8', 0, await file.read(bytes, 0));
    } finally {
      await file.close();
    }
  }

  private async write(text: string): Promise<void> {
    const file = await this.disk.create(this.configFile);
    try {
      await file.write(Buffer.from(text), 0);
      await file.datasync();
    } finally {
      await file.close();
    }
  }
}
