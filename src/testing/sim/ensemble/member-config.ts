import { inspectServerConfig, usableConfig } from '../../../server/config/parse-server-config.js';
import type { ServerConfig } from '../../../server/config/server-config.js';
import type { Disk } from '../../../server/storage/disk.js';
import { StorageError } from '../../../server/storage/storage-error.js';
import { MemberFiles } from '../../member-files.js';
import { DATA_DIR } from '../server-settings.js';

export interface MemberConfigOptions {
  readonly disk: Disk;
  readonly sid: number;
  /** The configuration file of a server that has never run. */
  readonly first: string;
  /** Of one that was a member and is to join again. */
  readonly joining: () => string;
}

/** The configuration of a member of an ensemble whose members change: on its disk, where the server changes it, too. */
export class MemberConfig {
  private readonly options: MemberConfigOptions;
  private readonly files: MemberFiles;

  constructor(options: MemberConfigOptions) {
    const { disk, sid } = options;
    this.options = options;
    this.files = new MemberFiles(disk, { dataDir: DATA_DIR, sid });
  }

  /** Of a server that is no member any more the operator writes it anew. */
  async load(): Promise<ServerConfig> {
    const { disk, first, joining } = this.options;
    const { configFile } = this.files;
    try {
      if ((await disk.stat(configFile)) === null) await this.write(first);
      let reading = await this.read();
      if (reading.problems.some(({ source }) => source.endsWith('/myid'))) {
        await this.write(joining());
        reading = await this.read();
      }
      return usableConfig(reading);
    } catch (cause) {
      if (!isFull(cause)) throw cause;
      throw new StorageError({ code: 'DISK_FAILED', what: 'the configuration cannot be written', cause });
    }
  }

  private async read() {
    const { text, readText } = await this.files.load('');
    const input = { kind: 'file', path: this.files.configFile, text } as const;
    return inspectServerConfig(input, { baseDir: DATA_DIR, strict: true, readText });
  }

  /** With a crash in the middle it is the old one or the new one. */
  private async write(text: string): Promise<void> {
    const { disk } = this.options;
    const { configFile } = this.files;
    await disk.makeDirectories(DATA_DIR);
    const file = await disk.create(`${configFile}.new`);
    try {
      await file.write(Buffer.from(text), 0);
      await file.datasync();
    } finally {
      await file.close();
    }
    await disk.rename(`${configFile}.new`, configFile);
    await disk.syncDirectory(DATA_DIR);
    const next = `${configFile}.dynamic.next`;
    if ((await disk.stat(next)) === null) return;
    await disk.unlink(next);
    await disk.syncDirectory(DATA_DIR);
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC';
}
