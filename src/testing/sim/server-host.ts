import type { Logger, Runtime } from '../../runtime/index.js';
import type { ServerConfig } from '../../server/config/server-config.js';
import type { Disk } from '../../server/storage/disk.js';
import { StorageError } from '../../server/storage/storage-error.js';
import type { ServerEvent } from './history.js';
import { CLIENT_PORT } from './server-settings.js';
import { serverLogger } from './server-words.js';
import type { SimulatedDisk } from './simulated-disk.js';
import type { TappedConnection } from './virtual-network.js';
import type { StreamTap } from './virtual-stream.js';
import type { SimHost, World } from './world.js';

/** What the world needs to know of a server of production. */
export interface HostedServer {
  readonly isServing: boolean;
  /** The last transaction that it has applied. */
  readonly lastZxid: number;
  readonly sessionIds: readonly bigint[];
  /** Of its tree as of that transaction; null when it takes none. */
  readonly digest?: bigint | null;
  /** Settles when it can no longer do its duty. */
  readonly failed: Promise<unknown>;
  stop(): Promise<void>;
}

/** Production's way to start a server. */
export type StartServer = (
  config: ServerConfig,
  deps: { readonly runtime: Runtime; readonly disk: Disk; readonly logger: Logger },
) => Promise<HostedServer>;

/** Who looks at a server from outside and says whether it keeps its word. */
export interface Supervisor {
  /** A life begins: what looks at each of its connections. */
  born(): (connection: TappedConnection) => StreamTap | null;
  /** It has read its disk. */
  recovered(zxid: number): void;
  powerLost(): void;
}

export interface ServerHostOptions {
  readonly world: World;
  /** 1 for one that is alone. */
  readonly sid: number;
  readonly address: string;
  readonly clockRate: number;
  readonly config: ServerConfig;
  readonly start: StartServer;
  readonly disk: SimulatedDisk;
  readonly supervisor: Supervisor;
  /** The server did what no server may. */
  readonly violated: (rule: string, message: string) => void;
}

/** One life of the server's process. */
interface Life {
  readonly host: SimHost;
  server: HostedServer | null;
}

/** Who supervises a real server starts it again after this long at most. */
const RESTART_MAX_MS = 3000;

/** The machine on which the production server runs, and whoever starts it again when it has ended. */
export class ServerHost {
  private readonly options: ServerHostOptions;
  private life: Life | null = null;
  private lives = 0;
  private restartWanted = false;
  /** Told to stay down until it is started by hand. */
  private isHeldDown = false;

  constructor(options: ServerHostOptions) {
    this.options = options;
  }

  get sid(): number {
    return this.options.sid;
  }

  get address(): string {
    return this.options.address;
  }

  /** For who is to meet this one and no other. */
  get connectString(): string {
    return `${this.address}:${CLIENT_PORT}`;
  }

  get disk(): SimulatedDisk {
    return this.options.disk;
  }

  get isServing(): boolean {
    return this.life?.server?.isServing === true;
  }

  get isRunning(): boolean {
    return this.life !== null;
  }

  get host(): SimHost | null {
    return this.life?.host ?? null;
  }

  get sessionIds(): readonly bigint[] {
    return this.life?.server?.sessionIds ?? [];
  }

  get lastZxid(): number {
    return this.life?.server?.lastZxid ?? 0;
  }

  /** Where a server that serves has got to, in which life; null: it does not serve. */
  get state(): { readonly life: unknown; readonly zxid: number; readonly digest: bigint | null } | null {
    const { life } = this;
    if (life?.server?.isServing !== true) return null;
    return { life, zxid: life.server.lastZxid, digest: life.server.digest ?? null };
  }

  start(): void {
    const { world, config, disk, address, clockRate, supervisor, start } = this.options;
    const tap = supervisor.born();
    const host = world.host(`${address}-${(this.lives += 1)}`, address, { tap, clockRate });
    const life: Life = { host, server: null };
    this.life = life;
    this.restartWanted = false;
    this.isHeldDown = false;
    world.network.lightUp(address);
    disk.attach(host.process);
    start(config, { runtime: host.runtime, disk: disk.disk, logger: this.logger(life) }).then(
      (server) => this.started(life, server),
      (error: unknown) => this.startFailed(life, error),
    );
  }

  /** kill -9: the system goes on, with everything that it was given. */
  kill(): void {
    if (this.bury('process') === null) return;
    this.options.disk.processDied();
    this.record('crashed');
    this.restartLater();
  }

  /** The machine loses its power. */
  powerOff(): void {
    const { disk, supervisor } = this.options;
    if (this.bury('machine') === null) return;
    disk.powerLost();
    supervisor.powerLost();
    this.record('crashed');
    this.restartLater();
  }

  /** Nobody starts it again but {@link start}. */
  holdDown(): void {
    this.isHeldDown = true;
  }

  /** As SIGTERM does it. */
  stop(): void {
    const { life } = this;
    if (life?.server?.isServing !== true) return;
    life.server.stop().then(
      () => this.ended(life, 'stopped'),
      (error: unknown) => this.stopFailed(life, error),
    );
  }

  /** What a healthy disk does not do. */
  private stopFailed(life: Life, error: unknown): void {
    if (this.life !== life) return;
    if (this.options.disk.hasTrouble) this.ended(life, 'failed');
    else this.options.violated('the server stops', String(error));
  }

  private started(life: Life, server: HostedServer): void {
    const { world, disk, supervisor, violated } = this.options;
    life.server = server;
    disk.wasRead();
    supervisor.recovered(server.lastZxid);
    world.tally.count('server start');
    this.record('started', server.lastZxid);
    server.failed.then(
      () => this.ended(life, 'failed'),
      (error: unknown) => violated('server fails', String(error)),
    );
  }

  /** A disk that fails is a reason not to start; what a crash may leave behind is none. */
  private startFailed(life: Life, error: unknown): void {
    const { world, disk, violated } = this.options;
    if (error instanceof StorageError && ['LOG_FAILED', 'DISK_FAILED'].includes(error.code) && disk.hasTrouble) {
      this.ended(life, 'failed');
    } else if (error instanceof StorageError && isCutAdvised(error) && disk.mayLookDamaged) {
      // Half a group that arrived in any order cannot be told from damage: the server refuses, loudly, and a human helps.
      world.fault('operator cuts a log', error.message);
      disk.attach(world.outside);
      const { file, offset } = error;
      this.ended(life, 'failed');
      void disk.cutOff(file, offset);
    } else {
      violated(
        'the server starts after every crash',
        error instanceof Error ? (error.stack ?? error.message) : String(error),
      );
    }
  }

  private ended(life: Life, state: 'stopped' | 'failed'): void {
    if (this.life !== life) return;
    const { world, disk } = this.options;
    this.bury('process');
    disk.processDied();
    world.tally.count(`server ${state}`);
    this.record(state);
    this.restartLater();
  }

  private record(state: ServerEvent['state'], lastZxid: number | null = null): void {
    const { world, sid } = this.options;
    world.recorder.record({ kind: 'server', server: sid, state, lastZxid });
  }

  private bury(how: 'process' | 'machine'): Life | null {
    const { life } = this;
    if (life === null) return null;
    this.life = null;
    life.host.process.die();
    this.options.world.network.died(life.host, how);
    return life;
  }

  private restartLater(): void {
    const { world, disk } = this.options;
    if (this.restartWanted || this.isHeldDown) return;
    this.restartWanted = true;
    world.outside.after(world.random.skewed(1, RESTART_MAX_MS), () => {
      // Whoever starts it again has made room and replaced what was broken, most times.
      if (world.random.chance(0.8)) disk.heal();
      if (this.life === null && !this.isHeldDown) this.start();
    });
  }

  private logger(life: Life): Logger {
    const { world, disk, violated } = this.options;
    const failuresBefore = disk.failures;
    return serverLogger({
      tally: world.tally,
      hasDiskFailed: () => disk.failures > failuresBefore,
      // What was begun by a server that is dead fails, and nobody hears of it.
      alarmed: (message) => {
        if (this.life === life) violated('no warning of damage', message);
      },
    });
  }
}

function isCutAdvised(error: StorageError): error is StorageError & { readonly file: string; readonly offset: number } {
  return error.code === 'CORRUPT' && error.file !== null && error.file.includes('/log.') && error.offset !== null;
}
