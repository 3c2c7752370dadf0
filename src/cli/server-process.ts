import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServerMode } from '../server/words/server-info.js';
import { LOCAL_HOST } from './ensemble-plan.js';
import type { PlannedServer } from './ensemble-plan.js';
import type { ServerReport } from './server-report.js';

/** A server that was told to stop may finish what it was asked; longer than this, something is wrong with it. */
const STOP_PATIENCE_MS = 10_000;

/** How a process ended, in words: `with status 1`, `by SIGKILL`. */
export interface ServerEnding {
  readonly how: string;
  /** What it said on standard error; empty when it said nothing. */
  readonly why: string;
}

/** A server of an ensemble as a process of its own. */
export class ServerProcess {
  readonly plan: PlannedServer;
  readonly #changed: (server: ServerProcess) => void;
  #child: ChildProcess | null = null;
  #ended: Promise<void> = Promise.resolve();
  #mode: ServerMode | null = null;
  #ending: ServerEnding | null = null;

  /** `changed` is called when it serves in another role, or has ended. */
  constructor(plan: PlannedServer, changed: (server: ServerProcess) => void) {
    this.plan = plan;
    this.#changed = changed;
  }

  get name(): string {
    return `server.${this.plan.sid}`;
  }

  get address(): string {
    return `${LOCAL_HOST}:${this.plan.clientPort}`;
  }

  /** 0 while it does not run. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child !== null;
  }

  /** What it serves as; null while it does not. */
  get mode(): ServerMode | null {
    return this.#mode;
  }

  /** Null while it runs, and before it was started. */
  get ending(): ServerEnding | null {
    return this.#ending;
  }

  start(): void {
    const { directory } = this.plan;
    const log = openSync(join(directory, 'server.log'), 'a');
    const child = fork(
      fileURLToPath(new URL('./main.js', import.meta.url)),
      ['server', '--report', join(directory, 'zoo.cfg')],
      // In a group of its own, so that Ctrl-C in a terminal reaches only who started it, who then decides.
      { stdio: ['ignore', log, 'pipe', 'ipc'], detached: true },
    );
    closeSync(log);
    this.#child = child;
    this.#ending = null;
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.on('message', ({ mode }: ServerReport) => this.#become(mode));
    this.#ended = new Promise((resolve) => {
      const end = (how: string): void => {
        if (this.#child !== child) return;
        this.#child = null;
        this.#ending = { how, why: said.trim() };
        this.#mode = null;
        resolve();
        this.#changed(this);
      };
      child.once('error', (error) => end(`before it had begun: ${error.message}`));
      child.once('close', (code, signal) => end(signal === null ? `with status ${code ?? 0}` : `by ${signal}`));
    });
  }

  /** Ends it without a chance to say anything, as a power cut would. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  /** Has it finish what it was asked, and end. */
  async stop(): Promise<void> {
    this.#child?.kill('SIGTERM');
    const patience = setTimeout(() => this.#child?.kill('SIGKILL'), STOP_PATIENCE_MS);
    await this.#ended;
    clearTimeout(patience);
  }

  #become(mode: ServerMode | null): void {
    if (mode === this.#mode) return;
    this.#mode = mode;
    this.#changed(this);
  }
}
