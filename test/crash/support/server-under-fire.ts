import { existsSync, mkdtempSync, rmSync, watch, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtCommand } from '../../support/built.js';
import type { SeededRandom } from '../../support/seeded-random.js';
import { TrackedProcess } from '../../support/tracked-process.js';
import { isFreePort } from '../../support/is-free-port.js';

const START_TIMEOUT_MS = 30_000;
/** Below where systems take the ports of outgoing connections from: nobody takes ours while the server is down. */
const PORT_MIN = 20_000;
const PORT_COUNT = 10_000;

/** What a server may say after a kill. Anything else at WARN or above means that it found its data other than it left them. */
const EXPECTED_WARNINGS = [/ends with a record that a crash cut off/, /fsync-ing the write ahead log took/];

/** A real server process on a real directory, to be killed and started again. */
export class ServerUnderFire {
  readonly port: number;
  readonly directory: string;
  /** Start to "serving", of every start that got there. */
  readonly startsMs: number[] = [];
  snapshots = 0;
  kills = 0;
  /** Warnings that nothing but damaged or lost data explains. */
  readonly complaints: string[] = [];
  private readonly home: string;
  private process: TrackedProcess | null = null;
  private startedAtMs = 0;
  /** True from the moment a kill was decided on: what is heard from then on may be the dead server's last words. */
  private isDoomed = false;

  private constructor(home: string, port: number) {
    this.home = home;
    this.port = port;
    this.directory = join(home, 'data', 'version-2');
  }

  static async create(
    random: SeededRandom,
    settings: Readonly<Record<string, string | number>>,
  ): Promise<ServerUnderFire> {
    const home = mkdtempSync(join(tmpdir(), 'pinfold-crash-'));
    const server = new ServerUnderFire(home, await freePort(random));
    const all = { dataDir: join(home, 'data'), clientPort: server.port, clientPortAddress: '127.0.0.1', ...settings };
    const lines = Object.entries(all).map(([key, value]) => `${key}=${value}`);
    writeFileSync(server.configFile, `${lines.join('\n')}\n`);
    return server;
  }

  get connectString(): string {
    return `127.0.0.1:${this.port}`;
  }

  get isAlive(): boolean {
    return this.process !== null && !this.isDoomed;
  }

  /** Resolves when the process exists; it does not serve yet. */
  launch(): void {
    if (this.process !== null) throw new Error('the server runs already');
    this.isDoomed = false;
    this.startedAtMs = performance.now();
    this.process = new TrackedProcess({
      command: process.execPath,
      args: [builtCommand(), 'server', this.configFile],
    });
  }

  async serving(): Promise<void> {
    await this.running.line((line) => line.includes(' serving: data in '), { timeoutMs: START_TIMEOUT_MS });
    this.startsMs.push(performance.now() - this.startedAtMs);
  }

  async start(): Promise<void> {
    this.launch();
    await this.serving();
  }

  /** kill -9. Rejects when the process had already ended by itself, which no kill excuses. */
  async kill(): Promise<void> {
    this.isDoomed = true;
    const victim = this.running;
    victim.signal('SIGKILL');
    const { signal } = await victim.exited;
    if (signal !== 'SIGKILL') throw new Error(`the server ended by itself: ${victim.describe()}`);
    this.kills += 1;
    this.ended(victim);
  }

  /** Stops it in good order, if it runs, and removes its directory. */
  async close(): Promise<void> {
    const { process: last } = this;
    if (last !== null) {
      this.isDoomed = true;
      const { code } = await last.stop('SIGTERM', START_TIMEOUT_MS);
      this.ended(last);
      if (code !== 0) throw new Error(`the server did not stop in good order: ${last.describe()}`);
    }
    rmSync(this.home, { recursive: true });
  }

  /** Rejects when the process ends without having been killed. */
  async untilUnexpectedEnd(): Promise<never> {
    const watched = this.running;
    await watched.exited;
    if (!this.isDoomed) throw new Error(`the server ended by itself: ${watched.describe()}`);
    return new Promise(() => undefined);
  }

  /** Resolves when a file of that name appears (or, with `gone`, disappears) in the data directory. */
  fileChange(pattern: RegExp, { gone }: { gone: boolean }, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const watcher = watch(this.directory, { signal }, (_, name) => {
        if (name === null || !pattern.test(name) || existsSync(join(this.directory, name)) === gone) return;
        watcher.close();
        resolve();
      });
    });
  }

  /** A four-letter word's answer. */
  ask(word: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.port, '127.0.0.1');
      let answer = '';
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
      socket.once('error', reject);
      socket.once('close', () => resolve(answer));
      socket.write(word);
    });
  }

  private get configFile(): string {
    return join(this.home, 'zoo.cfg');
  }

  private get running(): TrackedProcess {
    if (this.process === null) throw new Error('the server does not run');
    return this.process;
  }

  private ended(process: TrackedProcess): void {
    this.process = null;
    for (const line of process.lines) {
      if (line.includes('Snapshotting: written')) this.snapshots += 1;
      if (/ - (WARN|ERROR) /.test(line) && !EXPECTED_WARNINGS.some((expected) => expected.test(line))) {
        this.complaints.push(line);
      }
    }
    if (process.stderr !== '') this.complaints.push(process.stderr);
  }
}

async function freePort(random: SeededRandom): Promise<number> {
  for (;;) {
    const port = PORT_MIN + random.below(PORT_COUNT);
    if (await isFreePort(port)) return port;
  }
}
