import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExitStatus } from '../../support/tracked-process.js';
import { TrackedProcess } from '../../support/tracked-process.js';
import { removeEmptyLog } from './empty-log.js';
import type { Address, Ground } from './ground.js';
import { CLIENTS } from './ground.js';
import type { ConfigLines, MemberKind } from './member-kinds.js';
import { cleanExitCode, commandOf } from './member-kinds.js';
import { ask, stateIn, type ServerState } from './words.js';

export interface MemberOptions {
  readonly sid: number;
  readonly kind: MemberKind;
  readonly ground: Ground;
  /** A folder of its own. */
  readonly home: string;
  /** Where data lies, if not there. */
  readonly dataDir?: string;
  /** Lines of zoo.cfg beside its addresses and its folder. */
  readonly config: ConfigLines;
}

const STOP_GRACE_MS = 20_000;

/** One server of an ensemble: a place and a data directory, with one process after the other running on them. */
export class Member {
  readonly sid: number;
  readonly dataDir: string;
  kind: MemberKind;
  /** Called when a process ends that nobody has ended. */
  onUnexpectedEnd: (status: ExitStatus) => void = () => undefined;
  private readonly options: MemberOptions;
  private readonly processes: TrackedProcess[] = [];
  private current: TrackedProcess | null = null;
  /** The end of the one before. */
  private ending: Promise<unknown> = Promise.resolve();
  private frozen = false;

  constructor(options: MemberOptions) {
    this.options = options;
    this.sid = options.sid;
    this.kind = options.kind;
    this.dataDir = options.dataDir ?? join(options.home, 'data');
    mkdirSync(this.dataDir, { recursive: true });
    mkdirSync(options.home, { recursive: true });
    writeFileSync(join(this.dataDir, 'myid'), `${this.sid}\n`);
    const lines = Object.entries({ dataDir: this.dataDir, ...options.config }).map(([key, value]) => `${key}=${value}`);
    writeFileSync(this.configFile, `${lines.join('\n')}\n`);
  }

  get isRunning(): boolean {
    return this.current !== null;
  }

  /** Counts its processes. */
  get life(): number {
    return this.processes.length;
  }

  get isFrozen(): boolean {
    return this.frozen;
  }

  /** Of its client port, for clients. */
  get address(): Address {
    return this.options.ground.address(this.sid, CLIENTS);
  }

  get connectString(): string {
    return `${this.address.host}:${this.address.client}`;
  }

  /** Its process exists when this returns; it does not serve yet. */
  start(kind = this.kind): void {
    if (this.current !== null) throw new Error(`server ${this.sid} runs already`);
    this.kind = kind;
    this.frozen = false;
    const { ground, sid, home, config } = this.options;
    if (kind === 'apache') removeEmptyLog(this.dataDir);
    const started = new TrackedProcess({ cwd: home, ...ground.placed(sid, commandOf(kind, this.configFile, config)) });
    this.current = started;
    this.processes.push(started);
    const ended = (status: ExitStatus): void => {
      if (this.current !== started) return;
      this.current = null;
      this.onUnexpectedEnd(status);
    };
    started.exited.then(ended, () => ended({ code: null, signal: null }));
  }

  /** As a power cut ends it, but for the page cache. One that is just being ended is left to that. */
  async kill(): Promise<void> {
    await this.ended('SIGKILL');
    this.frozen = false;
  }

  /** As an operator ends it; rejects when it ends otherwise than cleanly. */
  async stop(): Promise<void> {
    this.thaw();
    const status = await this.ended('SIGTERM');
    if (status === null || status.code === cleanExitCode(this.kind)) return;
    throw new Error(`server ${this.sid} did not end cleanly on SIGTERM: ${this.processes.at(-1)?.describe()}`);
  }

  freeze(): void {
    this.frozen = true;
    this.current?.signal('SIGSTOP');
  }

  thaw(): void {
    this.frozen = false;
    this.current?.signal('SIGCONT');
  }

  /** What it says of itself; null when it serves nobody, or cannot be asked. */
  async state(): Promise<ServerState | null> {
    if (this.current === null || this.frozen) return null;
    return ask(this.address, 'srvr').then(stateIn, () => null);
  }

  ask(word: string): Promise<string> {
    return ask(this.address, word);
  }

  /** What all its processes have said. */
  log(): string {
    return this.processes.map((each, index) => `=== process ${index + 1}\n${each.stdout}\n${each.stderr}`).join('\n');
  }

  /** What the process that runs now, or ran last, says of itself. */
  describe(): string {
    return `server ${this.sid} (${this.kind}): ${this.processes.at(-1)?.describe() ?? 'never started'}`;
  }

  get configFile(): string {
    return join(this.options.home, 'zoo.cfg');
  }

  /** An empty data directory, as after a replaced disk. */
  wipe(): void {
    if (this.current !== null) throw new Error(`server ${this.sid} runs`);
    rmSync(join(this.dataDir, 'version-2'), { recursive: true, force: true });
  }

  /** Null when none runs; whoever ended it has the status. Its ports are free when this resolves. */
  private async ended(signal: NodeJS.Signals): Promise<ExitStatus | null> {
    const { current } = this;
    this.current = null;
    if (current === null) {
      await this.ending;
      return null;
    }
    const ending = current.stop(signal, STOP_GRACE_MS);
    this.ending = ending;
    return ending;
  }
}
