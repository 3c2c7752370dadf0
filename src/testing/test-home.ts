import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BadArgumentsError } from '../client/errors.js';
import type { Disk } from '../server/storage/disk.js';
import { MemoryDisk } from '../server/storage/memory-disk.js';
import { NodeDisk } from '../server/storage/node-disk.js';

/** Where the servers of a test keep their data. */
export interface HomeOptions {
  /**
   * `memory` forgets everything with the process; `disk` syncs every write like a real server. Default `memory`, or `disk`
   * where a `dataDir` is given.
   */
  readonly storage?: 'memory' | 'disk';
  /** For `disk`: a directory to keep. By default a temporary one, removed by `close`. */
  readonly dataDir?: string;
}

const MEMORY_DIRECTORY = '/pinfold';

/** A place for data, and who cleans it up. */
export interface TestHome {
  readonly dataDir: string;
  /** Each server has its own. */
  newDisk(): Disk;
  remove(): Promise<void>;
}

/** Rejects with a BadArgumentsError for options that contradict each other. */
export async function homeOf(options: HomeOptions): Promise<TestHome> {
  const { dataDir, storage = dataDir === undefined ? 'memory' : 'disk' } = options;
  if (storage === 'memory') {
    if (dataDir !== undefined) {
      throw new BadArgumentsError({ message: `dataDir is ${dataDir}, but a server with storage 'memory' has none` });
    }
    return {
      dataDir: MEMORY_DIRECTORY,
      newDisk: () => new MemoryDisk({ tracksSync: false }),
      remove: () => Promise.resolve(),
    };
  }
  const home = dataDir ?? (await mkdtemp(join(tmpdir(), 'pinfold-')));
  return {
    dataDir: home,
    newDisk: () => new NodeDisk(),
    remove: dataDir === undefined ? () => rm(home, { recursive: true, force: true }) : () => Promise.resolve(),
  };
}
