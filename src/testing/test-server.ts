import type { Logger, Runtime } from '../runtime/index.js';
import { nodeRuntime, SILENT_LOGGER } from '../runtime/index.js';
import type { ReadText } from '../server/config/config-files.js';
import { inspectServerConfig, usableConfig } from '../server/config/parse-server-config.js';
import type { ServerConfig } from '../server/config/server-config.js';
import { loadTlsMaterial } from '../server/config/tls-material.js';
import type { RunningServer } from '../server/runtime/running-server.js';
import { startServer as startServerOf } from '../server/runtime/start-server.js';
import type { Disk } from '../server/storage/disk.js';
import type { ServerMode } from '../server/words/server-info.js';
import { MemberFiles } from './member-files.js';
import { homeOf, type HomeOptions, type TestHome } from './test-home.js';

/** What servers of tests have in common. */
export interface TestServerOptions extends HomeOptions {
  /** 127.0.0.1 by default: only this machine gets in. */
  readonly host?: string;
  /** Unit of session expiry, ms. The default, 100, allows session timeouts from 200 ms. */
  readonly tickTimeMs?: number;
  /** More settings, under the names of zoo.cfg. */
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  readonly logger?: Logger;
  readonly runtime?: Runtime;
}

/** What {@link startServer} takes. */
export interface StartServerOptions extends TestServerOptions {
  /** 0 (the default) takes a free one. */
  readonly port?: number;
}

/** What makes a server a member of an ensemble. */
export interface TestMember {
  readonly sid: number;
  readonly settings: Readonly<Record<string, string | number>>;
}

const TICK_TIME_DEFAULT_MS = 100;
/** Whatever a test asks for, it gets. */
const SESSION_TIMEOUT_MAX_MS = 600_000;

/** A server in this process, for tests. Made by {@link startServer}. */
export class TestServer implements AsyncDisposable {
  private readonly options: StartServerOptions;
  private readonly disk: Disk;
  private readonly dataDir: string;
  private readonly home: TestHome;
  private readonly member: TestMember | null;
  private readonly files: MemberFiles | null;
  private server: RunningServer | null = null;
  private lastPort: number;
  private securePort: number | null = null;
  private whenServing: (() => void)[] = [];

  private constructor(options: StartServerOptions, home: TestHome, member: TestMember | null) {
    this.options = options;
    this.home = home;
    this.member = member;
    this.disk = home.newDisk();
    this.dataDir = member === null ? home.dataDir : `${home.dataDir}/${member.sid}`;
    this.files = member === null ? null : new MemberFiles(this.disk, { dataDir: this.dataDir, sid: member.sid });
    this.lastPort = options.port ?? 0;
  }

  /** @internal Use {@link startServer}. */
  static async create(options: StartServerOptions): Promise<TestServer> {
    const server = new TestServer(options, await homeOf(options), null);
    await server.start();
    return server;
  }

  /** @internal Use {@link startEnsemble}. It listens when this resolves, and does not serve yet. */
  static async join(options: StartServerOptions, home: TestHome, member: TestMember): Promise<TestServer> {
    const server = new TestServer(options, home, member);
    await server.start();
    return server;
  }

  /** Its number in the ensemble; null of a server that is alone. */
  get sid(): number | null {
    return this.member?.sid ?? null;
  }

  /** What it is; null while it does not serve: it was stopped, or the ensemble has no leader. */
  get mode(): ServerMode | null {
    return this.server?.mode ?? null;
  }

  /** Resolves when it serves, be it `read-only`. */
  serving(): Promise<void> {
    if (this.mode !== null) return Promise.resolve();
    return new Promise((resolve) => void this.whenServing.push(resolve));
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
    const config = await this.config();
    const runtime = this.options.runtime ?? nodeRuntime();
    const material = config.tls === null ? null : loadTlsMaterial(config.tls, runtime.clock.wallMs());
    this.server = await startServerOf(config, {
      runtime,
      disk: this.disk,
      logger: this.options.logger ?? SILENT_LOGGER,
      roleChanged: (mode) => this.roleChanged(mode),
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

  /** {@link stop}, then {@link start}: same port, same data; clients come back with their sessions. */
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
    if (this.member === null) await this.home.remove();
  }

  /** `close()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private roleChanged(mode: ServerMode | null): void {
    if (mode === null) return;
    const waiting = this.whenServing;
    this.whenServing = [];
    for (const tell of waiting) tell();
  }

  private async config(): Promise<ServerConfig> {
    const { options, member, dataDir, host, lastPort, securePort } = this;
    const tickTimeMs = options.tickTimeMs ?? TICK_TIME_DEFAULT_MS;
    const settings: Record<string, string | number | boolean> = {
      dataDir,
      clientPort: lastPort,
      clientPortAddress: host,
      tickTime: tickTimeMs,
      maxSessionTimeout: SESSION_TIMEOUT_MAX_MS,
      maxClientCnxns: 0,
      extendedTypesEnabled: true,
      '4lw.commands.whitelist': '*',
      preAllocSize: 64,
      ...(options.config?.['secureClientPort'] === undefined ? {} : { secureClientPortAddress: host }),
      ...member?.settings,
      ...options.config,
      ...(securePort === null ? {} : { secureClientPort: securePort }),
    };
    const lines = Object.entries(settings).map(([key, value]) => `${key}=${escapeValue(String(value))}`);
    const { files } = this;
    if (files === null) return configOf({ path: 'startServer options', text: lines.join('\n') }, dataDir, () => null);
    const { text, readText } = await files.load(lines.join('\n'));
    const withPort = text.replace(/^clientPort=.*$/m, `clientPort=${lastPort}`);
    return configOf({ path: files.configFile, text: withPort }, dataDir, readText);
  }
}

function configOf(file: { path: string; text: string }, baseDir: string, readText: ReadText): ServerConfig {
  return usableConfig(inspectServerConfig({ kind: 'file', ...file }, { baseDir, strict: true, readText }));
}

/**
 * Starts a server in this process: milliseconds, a free port, no files unless asked for.
 * Rejects with a BadArgumentsError for options that contradict each other, with a ConfigError that names a wrong setting,
 * or with what kept the server from starting.
 */
export function startServer(options: StartServerOptions = {}): Promise<TestServer> {
  return TestServer.create(options);
}

function joined(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A backslash begins an escape in a properties file. */
function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\');
}
