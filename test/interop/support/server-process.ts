import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TrackedProcess, type ExitStatus, type SpawnOptions } from '../../support/tracked-process.js';
import { fourLetterWord, freePort } from './ports.js';
import { until } from './until.js';

const START_TIMEOUT_MS = 30_000;
/** Apache's server never answers a word that comes too early in its start; the next one is answered. */
const PROBE_TIMEOUT_MS = 1_000;
const STOP_GRACE_MS = 10_000;
const PORT_ATTEMPTS = 3;

type ConfigValue = string | number | boolean;

export interface ServerOptions {
  /** Where `version-2` lies, kept when the server ends. Default: a temporary folder that goes with the server. */
  readonly dataDir?: string;
  readonly dataLogDir?: string;
  /** For a server that takes the place of another. Default: a free one. */
  readonly port?: number;
  /** Keys of zoo.cfg that replace or join the defaults; `null` leaves a default out. */
  readonly config?: Readonly<Record<string, ConfigValue | null>>;
  /** Settings that Apache takes only as Java properties: `jute.maxbuffer`, `znode.container.checkIntervalMs` ... */
  readonly properties?: Readonly<Record<string, ConfigValue>>;
}

export type Product = 'apache' | 'pinfold';

/** `super:admin`, as the digest that every server here is configured with. */
const SUPER_DIGEST = 'super:xQJmxLMiHGwaqBvst5y6rkB6HQs=';

/** How a product is started on a configuration file, and how it ends when asked to. */
export interface ProductKind {
  readonly product: Product;
  command(configFile: string, options: ServerOptions): SpawnOptions;
  /** Lines that go into zoo.cfg for `options.properties`. */
  propertyKeys(options: ServerOptions): Readonly<Record<string, ConfigValue>>;
  readonly cleanExitCode: number;
}

/** What the interop tests need of a running server, whoever made it. */
export interface ServerProcess {
  readonly product: Product;
  readonly port: number;
  readonly connectString: string;
  readonly dataDir: string;
  readonly process: TrackedProcess;
  /** Ends it as an operator would (SIGTERM); rejects when it ends otherwise than cleanly. */
  stop(): Promise<void>;
  /** Ends it as a power cut would (SIGKILL). */
  kill(): Promise<void>;
}

/** Starts a standalone server on a free port of the loopback interface; resolves when it serves. */
export async function launch(kind: ProductKind, options: ServerOptions): Promise<ServerProcess> {
  const home = await mkdtemp(join(tmpdir(), `interop-${kind.product}-`));
  const dataDir = options.dataDir ?? join(home, 'data');
  await mkdir(dataDir, { recursive: true });
  const configFile = join(home, 'zoo.cfg');
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    await writeFile(configFile, zooCfg({ kind, options, dataDir, port }));
    const process = new TrackedProcess({ cwd: home, ...kind.command(configFile, options) });
    try {
      await waitUntilServing(process, port);
      return new LaunchedServer({ kind, process, port, dataDir, home });
    } catch (error) {
      await process.stop('SIGKILL', STOP_GRACE_MS);
      // Between asking for a free port and binding it, somebody else may have taken it.
      const mayMove = options.port === undefined && attempt < PORT_ATTEMPTS;
      if (mayMove && /address already in use|EADDRINUSE/i.test(process.describe())) continue;
      await rm(home, { recursive: true, force: true });
      throw error;
    }
  }
}

function zooCfg(parts: { kind: ProductKind; options: ServerOptions; dataDir: string; port: number }): string {
  const { kind, options, dataDir, port } = parts;
  const keys = {
    dataDir,
    ...(options.dataLogDir === undefined ? {} : { dataLogDir: options.dataLogDir }),
    clientPort: port,
    clientPortAddress: '127.0.0.1',
    tickTime: 500,
    maxSessionTimeout: 30_000,
    maxClientCnxns: 0,
    preAllocSize: 64,
    'admin.enableServer': false,
    '4lw.commands.whitelist': '*',
    extendedTypesEnabled: true,
    'DigestAuthenticationProvider.superDigest': SUPER_DIGEST,
    ...kind.propertyKeys(options),
    ...options.config,
  };
  const lines = Object.entries(keys).filter(([, value]) => value !== null);
  return lines.map(([key, value]) => `${key}=${value}\n`).join('');
}

/** Waits until `srvr` is answered with a mode; rejects as soon as the process ends. */
async function waitUntilServing(server: TrackedProcess, port: number): Promise<void> {
  await until(
    async () => {
      if (server.status !== null) throw new Error(`server ended before it served: ${server.describe()}`);
      const answer = await fourLetterWord(port, 'srvr', PROBE_TIMEOUT_MS).catch(() => '');
      return answer.includes('Mode: ') ? answer : undefined;
    },
    { what: `a server on port ${port}`, timeoutMs: START_TIMEOUT_MS },
  );
}

class LaunchedServer implements ServerProcess {
  readonly product: Product;
  readonly process: TrackedProcess;
  readonly port: number;
  readonly connectString: string;
  readonly dataDir: string;
  readonly #home: string;
  readonly #cleanExitCode: number;

  constructor(parts: { kind: ProductKind; process: TrackedProcess; port: number; dataDir: string; home: string }) {
    this.product = parts.kind.product;
    this.#cleanExitCode = parts.kind.cleanExitCode;
    this.process = parts.process;
    this.port = parts.port;
    this.connectString = `127.0.0.1:${parts.port}`;
    this.dataDir = parts.dataDir;
    this.#home = parts.home;
  }

  async stop(): Promise<void> {
    const status = await this.#end('SIGTERM');
    if (status.code !== this.#cleanExitCode) {
      throw new Error(`${this.product} did not end cleanly on SIGTERM: ${this.process.describe()}`);
    }
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<ExitStatus> {
    const status = await this.process.stop(signal, STOP_GRACE_MS);
    await rm(this.#home, { recursive: true, force: true });
    return status;
  }
}
