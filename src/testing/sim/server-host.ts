import type { Logger } from '../../runtime/index.js';
import type { ServerConfig } from '../../server/config/server-config.js';
import type { StandaloneServer } from '../../server/runtime/standalone-server.js';
import { startStandaloneServer } from '../../server/runtime/standalone-server.js';
import { StorageError } from '../../server/storage/storage-error.js';
import { AnswerGuard } from './answer-guard.js';
import type { DurableLog } from './durable-log.js';
import { SERVER_ADDRESS } from './server-settings.js';
import { serverLogger } from './server-words.js';
import type { SimulatedDisk } from './simulated-disk.js';
import type { StreamTap } from './virtual-stream.js';
import type { SimHost, World } from './world.js';

export interface ServerHostOptions {
  readonly world: World;
  readonly config: ServerConfig;
  readonly disk: SimulatedDisk;
  readonly durable: DurableLog;
  /** The server did what no server may. */
  readonly violated: (rule: string, message: string) => void;
}

/** One life of the server's process. */
interface Life {
  readonly host: SimHost;
  server: StandaloneServer | null;
}

/** Who supervises a real server starts it again after this long at most. */
const RESTART_MAX_MS = 3000;

/** The machine on which the production server runs, and whoever starts it again when it has ended. */
export class ServerHost {
  private readonly options: ServerHostOptions;
  private life: Life | null = null;
  private lives = 0;
  private restartWanted = false;

  constructor(options: ServerHostOptions) {
    this.options = options;
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

  start(): void {
    const { world, config, disk } = this.options;
    const host = world.host(`server-${(this.lives += 1)}`, SERVER_ADDRESS, { tap: () => this.guard() });
    const life: Life = { host, server: null };
    this.life = life;
    this.restartWanted = false;
    world.network.lightUp(SERVER_ADDRESS);
    disk.attach(host.process);
    startStandaloneServer(config, { runtime: host.runtime, disk: disk.disk, logger: this.logger(life) }).then(
      (server) => this.started(life, server),
      (error: unknown) => this.startFailed(life, error),
    );
  }

  /** kill -9: the system goes on, with everything that it was given. */
  kill(): void {
    const { world, disk } = this.options;
    if (this.bury('process') === null) return;
    disk.processDied();
    world.recorder.record({ kind: 'server', state: 'crashed', lastZxid: null });
    this.restartLater();
  }

  /** The machine loses its power. */
  powerOff(): void {
    const { world, disk, durable } = this.options;
    if (this.bury('machine') === null) return;
    disk.powerLost();
    durable.powerLost();
    world.recorder.record({ kind: 'server', state: 'crashed', lastZxid: null });
    this.restartLater();
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

  private started(life: Life, server: StandaloneServer): void {
    const { world, disk, durable, violated } = this.options;
    life.server = server;
    disk.wasRead();
    durable.recovered(server.lastZxid);
    world.tally.count('server start');
    world.recorder.record({ kind: 'server', state: 'started', lastZxid: server.lastZxid });
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
    world.recorder.record({ kind: 'server', state, lastZxid: null });
    this.restartLater();
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
    if (this.restartWanted) return;
    this.restartWanted = true;
    world.outside.after(world.random.skewed(1, RESTART_MAX_MS), () => {
      // Whoever starts it again has made room and replaced what was broken, most times.
      if (world.random.chance(0.8)) disk.heal();
      if (this.life === null) this.start();
    });
  }

  private guard(): StreamTap {
    const { world, durable, violated } = this.options;
    const guard = new AnswerGuard(durable, (message) => {
      violated('durable before told', `the server ${message} (at ${world.clock.nowMs} ms)`);
    });
    return {
      sent: (bytes) => guard.wrote(bytes),
      received: (bytes) => guard.heard(bytes),
      closed: () => undefined,
    };
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
