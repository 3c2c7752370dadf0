import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TourOrder, TourReport } from './tour-messages.js';

type ReportOf<Type extends TourReport['type']> = Extract<TourReport, { type: Type }>;

/** Nothing in the tour takes longer, even on a slow machine. */
const PATIENCE_MS = 30_000;

/** A worker of the tour, seen from the tour. */
export class TourWorkerProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #reports: TourReport[] = [];
  readonly #ended: Promise<void>;
  #changed: () => void = () => undefined;

  constructor(name: string, connectString: string) {
    this.name = name;
    const command = fileURLToPath(new URL('./main.js', import.meta.url));
    this.#child = fork(command, ['tour', '--worker', name, '--connect', connectString]);
    this.#child.on('message', (report: TourReport) => {
      this.#reports.push(report);
      this.#changed();
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', () => resolve());
      this.#child.on('exit', () => resolve());
    });
    void this.#ended.then(() => this.#changed());
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined;
  }

  order(order: TourOrder): void {
    this.#child.send(order);
  }

  /** The next report of a kind. Rejects when the worker fails, ends, or says nothing for half a minute. */
  async reported<Type extends TourReport['type']>(type: Type, signal: AbortSignal): Promise<ReportOf<Type>> {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
    for (;;) {
      const at = this.#reports.findIndex((report) => report.type === type);
      const found = at < 0 ? undefined : this.#reports.splice(at, 1)[0];
      if (found !== undefined) return found as ReportOf<Type>;
      const failed = this.#reports.find((report) => report.type === 'failed');
      if (failed !== undefined) throw new Error(`${this.name} failed: ${failed.why}`);
      if (this.hasEnded) throw new Error(`${this.name} ended before it was "${type}"`);
      patience.throwIfAborted();
      await this.#change(patience);
    }
  }

  /** Ends the process without a chance to say anything, as a power cut would. Resolves when it is gone. */
  async kill(): Promise<void> {
    if (!this.hasEnded) this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Resolves when the process has ended by itself. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  #change(patience: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        patience.removeEventListener('abort', wake);
        resolve();
      };
      patience.addEventListener('abort', wake);
      this.#changed = wake;
    });
  }
}
