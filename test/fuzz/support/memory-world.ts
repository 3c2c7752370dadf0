import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import type { Logger } from '../../../src/runtime/index.js';
import { SILENT_LOGGER } from '../../../src/runtime/index.js';
import { inspectServerConfig, usableConfig } from '../../../src/server/config/parse-server-config.js';
import type { ServerConfig } from '../../../src/server/config/server-config.js';
import type { StandaloneServer } from '../../../src/server/runtime/standalone-server.js';
import { startStandaloneServer } from '../../../src/server/runtime/standalone-server.js';
import { storageOptions } from '../../../src/server/runtime/storage-wiring.js';
import { MemoryDisk } from '../../../src/server/storage/memory-disk.js';
import { ServerStorage } from '../../../src/server/storage/server-storage.js';
import type { FuzzWorld } from './fuzz-world.js';
import { textOf } from './fuzz-world.js';
import type { Peer } from './memory-stream.js';
import { VirtualRuntime } from './virtual-runtime.js';

const DIRECTORY = '/fuzz';
/** Turns of the event loop in which anything that was asked must be answered. */
const TURNS_MAX = 400;

export const SUPER_PASSWORD = 'open sesame';

const SETTINGS: Readonly<Record<string, string | number>> = {
  dataDir: DIRECTORY,
  clientPort: 2181,
  tickTime: 200,
  minSessionTimeout: 400,
  maxSessionTimeout: 8000,
  maxClientCnxns: 0,
  globalOutstandingLimit: 20,
  'jute.maxbuffer': 16_384,
  snapCount: 150,
  preAllocSize: 64,
  'autopurge.purgeInterval': '5s',
  'znode.container.checkIntervalMs': 1000,
  'znode.container.maxNeverUsedIntervalMs': 2000,
  extendedTypesEnabled: 'true',
  enforceQuota: 'true',
  '4lw.commands.whitelist': '*',
  'DigestAuthenticationProvider.superDigest': `super:${createHash('sha1').update(`super:${SUPER_PASSWORD}`).digest('base64')}`,
};

/** What another server would read from the files. */
export interface Reread {
  readonly digest: bigint;
  readonly lastZxid: number;
  readonly sessions: number;
  readonly digestMismatches: number;
}

/** A whole server on a disk, a network and a clock that are all in memory: the same bytes give the same run. */
export class MemoryWorld implements FuzzWorld {
  readonly frameBytesMax: number;
  readonly sessionTimeoutMs = 8000;
  /** Everything the server logged as an error. */
  readonly errors: string[] = [];
  private readonly runtime: VirtualRuntime;
  private readonly disk = new MemoryDisk({ tracksSync: false });
  private readonly config: ServerConfig;
  private server: StandaloneServer | null = null;

  private constructor(seed: number) {
    this.runtime = new VirtualRuntime(seed);
    const text = Object.entries(SETTINGS).map(([key, value]) => `${key}=${value}`);
    const source = { kind: 'file', path: 'fuzz', text: text.join('\n') } as const;
    this.config = usableConfig(inspectServerConfig(source, { baseDir: DIRECTORY, strict: true }));
    this.frameBytesMax = this.config.juteMaxBufferBytes;
  }

  static async start(seed: number): Promise<MemoryWorld> {
    const world = new MemoryWorld(seed);
    const { runtime, disk } = world;
    world.server = await startStandaloneServer(world.config, { runtime, disk, logger: world.logger() });
    return world;
  }

  connect(): Peer {
    return this.runtime.connect();
  }

  async until(what: string | (() => string), reached: () => boolean): Promise<void> {
    for (let turns = 0; !reached(); turns += 1) {
      if (turns === TURNS_MAX) throw new Error(`not within ${TURNS_MAX} turns of the event loop: ${textOf(what)}`);
      await this.runtime.turn();
    }
  }

  async wait(ms: number): Promise<boolean> {
    await this.runtime.advance(ms);
    return true;
  }

  /** Stops the server, then reads its files as a new one would. */
  async stopAndReread(): Promise<Reread> {
    const stopping = this.server?.stop();
    let stopped = false;
    void stopping?.then(() => (stopped = true));
    await this.until('the server to stop', () => stopped);
    const storage = await ServerStorage.open(
      storageOptions(this.config, {
        disk: this.disk,
        clock: this.runtime,
        random: this.runtime.random,
        logger: this.logger(),
        failed: (error) => this.errors.push(error.message),
        synced: () => undefined,
        snapshotWritten: () => undefined,
      }),
    );
    const { tree, sessions, lastZxid, digestMismatches } = storage.recovered;
    const reread = { digest: tree.digest, lastZxid, sessions: sessions.size, digestMismatches };
    await storage.close();
    return reread;
  }

  private logger(): Logger {
    return {
      ...SILENT_LOGGER,
      error: (message, details) => this.errors.push(`${message} ${inspect(details?.['error'])}`),
    };
  }
}
