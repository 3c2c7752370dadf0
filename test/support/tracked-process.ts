import { spawn, type ChildProcess } from 'node:child_process';
import { addToLastWill, dropFromLastWill } from './last-will.mjs';
import { enterLedger, leaveLedger } from './process-ledger.js';

/** How a process ended: an exit status, or the signal that ended it. */
export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface SpawnOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const living = new Set<ChildProcess>();

/** Ends every process that this test process has started and that still lives. */
export async function endLivingProcesses(): Promise<void> {
  await Promise.all(
    [...living].map((child) => {
      const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
      signalGroup(child, 'SIGKILL');
      return gone;
    }),
  );
}

// The last line of defence: whatever a failing test forgot dies with the test process, however that is ended.
function abandon(): void {
  for (const child of living) signalGroup(child, 'SIGKILL');
}
process.once('exit', abandon);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.once(signal, () => {
    abandon();
    process.exit(1);
  });
}

/** Start scripts put the program itself below a shell: the whole group is told. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A child process that cannot outlive the test process, with its output kept for diagnosis. */
export class TrackedProcess {
  readonly exited: Promise<ExitStatus>;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #name: string;
  #tail = '';
  #stdout = '';
  #stderr = '';
  #status: ExitStatus | null = null;
  #changed: () => void = () => undefined;
  #change: Promise<void>;

  constructor(options: SpawnOptions) {
    this.#name = options.command;
    this.#change = this.#nextChange();
    this.#child = spawn(options.command, options.args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...process.env, ...options.env },
    });
    living.add(this.#child);
    enterLedger(this.#child.pid);
    if (this.#child.pid !== undefined) addToLastWill(this.#child.pid);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#took(text));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#wake();
    });
    // A peer that ends before it has read its script is reported by its exit status.
    this.#child.stdin?.on('error', () => undefined);
    this.exited = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      // What it started itself must not outlive it: some of it may have been frozen on purpose.
      this.#child.once('exit', () => signalGroup(this.#child, 'SIGKILL'));
      this.#child.once('close', (code, signal) => {
        living.delete(this.#child);
        leaveLedger(this.#child.pid);
        if (this.#child.pid !== undefined) dropFromLastWill(this.#child.pid);
        this.#status = { code, signal };
        this.#wake();
        resolve(this.#status);
      });
    });
    this.exited.catch(() => living.delete(this.#child));
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error(`${this.#name} was not started`);
    return pid;
  }

  get status(): ExitStatus | null {
    return this.#status;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Whole lines of standard output so far. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  endInput(): void {
    this.#child.stdin?.end();
  }

  signal(signal: NodeJS.Signals): void {
    signalGroup(this.#child, signal);
  }

  /** Resolves with the first line of standard output, from index `from`, that `wanted` accepts. */
  async line(wanted: (line: string) => boolean, options: { from?: number; timeoutMs: number }): Promise<string> {
    const found = await this.until(() => this.#lines.slice(options.from ?? 0).find(wanted), options.timeoutMs);
    return found;
  }

  /** Resolves with the first value that `look` finds; asked again whenever the process says something or ends. */
  async until<T>(look: () => T | undefined, timeoutMs: number): Promise<T> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (this.#status !== null) throw new Error(`${this.#name} ended early: ${this.describe()}`);
      const leftMs = deadline - performance.now();
      if (leftMs <= 0)
        throw new Error(`${this.#name} did not say what was awaited in ${timeoutMs} ms: ${this.describe()}`);
      await this.#changedWithin(leftMs);
    }
  }

  /** Ends the process with `signal`, by SIGKILL when it has not ended `graceMs` later. */
  async stop(signal: NodeJS.Signals, graceMs: number): Promise<ExitStatus> {
    if (this.#status !== null) return this.#status;
    signalGroup(this.#child, signal);
    const timer = setTimeout(() => signalGroup(this.#child, 'SIGKILL'), graceMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  describe(): string {
    const status = this.#status === null ? 'running' : `code ${this.#status.code}, signal ${this.#status.signal}`;
    return `${status}\n--- stdout\n${this.#stdout.slice(-4000)}\n--- stderr\n${this.#stderr.slice(-4000)}`;
  }

  #took(text: string): void {
    this.#stdout += text;
    const parts = (this.#tail + text).split('\n');
    this.#tail = parts.pop() ?? '';
    this.#lines.push(...parts);
    this.#wake();
  }

  #nextChange(): Promise<void> {
    return new Promise((resolve) => {
      this.#changed = resolve;
    });
  }

  #wake(): void {
    const wake = this.#changed;
    this.#change = this.#nextChange();
    wake();
  }

  async #changedWithin(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([this.#change, late]);
    clearTimeout(timer);
  }
}
