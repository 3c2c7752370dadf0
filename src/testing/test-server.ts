import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BadArgumentsError } from '../client/errors.js';
import type { Logger, Runtime } from '../runtime/index.js';
import { nodeRuntime, SILENT_LOGGER } from '../runtime/index.js';
import { inspectServerConfig, usableConfig } from '../server/config/parse-server-config.js';
import type { ServerConfig } from '../server/config/server-config.js';
import { loadTlsMaterial } from '../server/config/tls-material.js';
import type { StandaloneServer } from '../server/runtime/standalone-server.js';
import { startStandaloneServer } from '../server/runtime/standalone-server.js';
import type { Disk } from '../server/storage/disk.js';
import { MemoryDisk } from '../server/storage/memory-disk.js';
import { NodeDisk } from '../server/storage/node-disk.js';

export interface StartServerOptions {
  /**
   * `memory` forgets everything with the process; `disk` syncs every write like a real server. Default `memory`, or `disk`
   * where a `dataDir` is given.
   */
  readonly storage?: 'memory' | 'disk';
  /** For `disk`: a directory to keep. By default a temporary one, removed by `close`. */
  readonly dataDir?: string;
  /** 0 (the default) takes a free one. */
  readonly port?: number;
  /** 127.0.0.1 by default: only this machine gets in. */
  readonly host?: string;
  /** Unit of session expiry, ms. The default, 100, allows session timeouts from 200 ms. */
  readonly tickTimeMs?: number;
  /** More settings, under the names of zoo.cfg. */
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  readonly logger?: Logger;
  readonly runtime?: Runtime;
}

const TICK_TIME_DEFAULT_MS = 100;
/** Whatever a test asks for, it gets. */
const SESSION_TIMEOUT_MAX_MS = 600_000;
const MEMORY_DIRECTORY = '/pinfold';

/** A server in this process, for tests. Made by {@link startServer}. */
export class TestServer implements AsyncDisposable {
  private readonly options: StartServerOptions;
  private readonly disk: Disk;
  private readonly dataDir: string;
  private readonly removeDataDir: boolean;
  private server: StandaloneServer | null = null;
  private lastPort: number;
  private securePort: number | null = null;

  private constructor(options: StartServerOptions, home: { disk: Disk; dataDir: string; removeDataDir: boolean }) {
    this.options = options;
    this.disk = home.disk;
    this.dataDir = home.dataDir;
    this.removeDataDir = home.removeDataDir;
    this.lastPort = options.port ?? 0;
  }

  /** @internal Use {@link startServer}. */
  static async create(options: StartServerOptions): Promise<TestServer> {
    const server = new TestServer(options, await homeOf(options));
    await server.start();
    return server;
  }

  get host(): string {
    return this.options.host ?? '127.0.0.1';
  }

  /** Stays the same over {@link restart}. */
  get port(): number {
    return this.lastPort;
  }

  /** What a client wants to hear: `host:port`. */
  get connectString(): string {
    return joined(this.host, this.lastPort);
  }

  /** The same for the TLS port that the setting `secureClientPort` asks for; null without one. */
  get secureConnectString(): string | null {
    const { securePort } = this;
    return securePort === null ? null : joined(this.host, securePort);
  }

  /** Serves again after {@link stop}, on the same port and with the same data. */
  async start(): Promise<void> {
    if (this.server !== null) return;
    const config = this.config();
    const runtime = this.options.runtime ?? nodeRuntime();
    const material = config.tls === null ? null : loadTlsMaterial(config.tls, runtime.clock.wallMs());
    this.server = await startStandaloneServer(config, {
      runtime,
      disk: this.disk,
      logger: this.options.logger ?? SILENT_LOGGER,
      ...(material === null ? {} : { tls: material.options }),
    });
    this.lastPort = this.server.clientAddress?.port ?? 0;
    this.securePort = this.server.secureClientAddress?.port ?? null;
  }

  /** Stops serving, keeps the data: clients are disconnected and keep trying. */
  async stop(): Promise<void> {
    const { server } = this;
    this.server = null;
    await server?.stop();
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Ends a session as if it had timed out. False when the server does not know it. */
  expireSession(sessionId: bigint): boolean {
    return this.server?.expireSession(sessionId) ?? false;
  }

  /** Stops, and removes a temporary directory. */
  async close(): Promise<void> {
    await this.stop();
    if (this.removeDataDir) await rm(this.dataDir, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private config(): ServerConfig {
    const tickTimeMs = this.options.tickTimeMs ?? TICK_TIME_DEFAULT_MS;
    const settings: Record<string, string | number | boolean> = {
      dataDir: this.dataDir,
      clientPort: this.lastPort,
      clientPortAddress: this.host,
      tickTime: tickTimeMs,
      maxSessionTimeout: SESSION_TIMEOUT_MAX_MS,
      maxClientCnxns: 0,
      extendedTypesEnabled: true,
      '4lw.commands.whitelist': '*',
      preAllocSize: 64,
      ...(this.options.config?.['secureClientPort'] === undefined ? {} : { secureClientPortAddress: this.host }),
      ...this.options.config,
      ...(this.securePort === null ? {} : { secureClientPort: this.securePort }),
    };
    const text = Object.entries(settings).map(([key, value]) => `${key}=${escapeValue(String(value))}`);
    const source = 'startServer options';
    return usableConfig(
      inspectServerConfig(
        { kind: 'file', path: source, text: text.join('\n') },
        { baseDir: this.dataDir, strict: true },
      ),
    );
  }
}

/**
 * Starts a server in this process: milliseconds, a free port, no files unless asked for.
 * Rejects with a BadArgumentsError for options that contradict each other, with a ConfigError that names a wrong setting,
 * or with what kept the server from starting.
 */
export function startServer(options: StartServerOptions = {}): Promise<TestServer> {
  return TestServer.create(options);
}

async function homeOf(options: StartServerOptions): Promise<{ disk: Disk; dataDir: string; removeDataDir: boolean }> {
  const { dataDir, storage = dataDir === undefined ? 'memory' : 'disk' } = options;
  if (storage === 'memory') {
    if (dataDir !== undefined) {
      throw new BadArgumentsError({ message: `dataDir is ${dataDir}, but a server with storage 'memory' has none` });
    }
    return { disk: new MemoryDisk({ tracksSync: false }), dataDir: MEMORY_DIRECTORY, removeDataDir: false };
  }
  if (dataDir !== undefined) return { disk: new NodeDisk(), dataDir, removeDataDir: false };
  return { disk: new NodeDisk(), dataDir: await mkdtemp(join(tmpdir(), 'pinfold-')), removeDataDir: true };
}

function joined(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A backslash begins an escape in a properties file. */
function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\');
}
