import { TrackedProcess, type ExitStatus } from '../../support/tracked-process.js';
import { JAVA, JVM_FLAGS } from './java.js';
import { sessionFile } from './sessions.js';

const ANSWER_TIMEOUT_MS = 60_000;

/** One hold of the lock, as its holder saw it. */
export interface HoldRecord {
  readonly by: string;
  /** The czxid of the holder's own lock node. */
  readonly token: number;
  /** The czxid of the guard node it made on entering: the server's own order of grants. */
  readonly guard: number;
  /** Ns on the machine's monotonic clock. */
  readonly entered: number;
  readonly left: number;
}

export interface Grip {
  readonly path: string;
  readonly token: number;
}

export interface ContenderOptions {
  readonly connectString: string;
  readonly lockPath: string;
  readonly sessionTimeoutMs: number;
  /** Class path of the compiled Java program. */
  readonly classPath: string;
}

export type ContenderKind = 'curator' | 'pinfold';

export const GUARD_PATH = '/guard';

/** Another process that takes the lock when told to. */
export class Contender {
  readonly kind: ContenderKind;
  readonly #process: TrackedProcess;
  #read = 0;

  private constructor(kind: ContenderKind, process: TrackedProcess) {
    this.kind = kind;
    this.#process = process;
  }

  static async start(kind: ContenderKind, options: ContenderOptions): Promise<Contender> {
    const args = [options.connectString, options.lockPath, GUARD_PATH, String(options.sessionTimeoutMs)];
    const spawned = new TrackedProcess(
      kind === 'curator'
        ? { command: JAVA, args: [...JVM_FLAGS, '-cp', options.classPath, 'CuratorContender', ...args] }
        : { command: process.execPath, args: [sessionFile('pinfold-contender.mjs'), ...args] },
    );
    const contender = new Contender(kind, spawned);
    await contender.#answers((line) => 'ready' in line);
    return contender;
  }

  /** Takes and gives back the lock `times` times, `callers` of its threads or tasks at once. */
  async contend(times: number, callers: number): Promise<HoldRecord[]> {
    this.#process.write(`contend ${times} ${callers}\n`);
    const lines = await this.#answers((line) => 'done' in line);
    return lines.slice(0, -1).map((line) => ({ by: this.kind, ...line }) as unknown as HoldRecord);
  }

  async acquire(): Promise<Grip> {
    this.#process.write('acquire\n');
    const lines = await this.#answers((line) => 'token' in line);
    return lines.at(-1) as unknown as Grip;
  }

  async release(): Promise<void> {
    this.#process.write('release\n');
    await this.#answers((line) => 'released' in line);
  }

  async quit(): Promise<ExitStatus> {
    this.#process.write('quit\n');
    this.#process.endInput();
    return this.#process.exited;
  }

  async kill(): Promise<void> {
    await this.#process.stop('SIGKILL', 0);
  }

  /** The lines up to and with the first one wanted. */
  async #answers(wanted: (line: object) => boolean): Promise<object[]> {
    return this.#process.until(() => {
      const lines = this.#process.lines.slice(this.#read).map((line) => JSON.parse(line) as object);
      const end = lines.findIndex(wanted);
      if (end === -1) return undefined;
      this.#read += end + 1;
      return lines.slice(0, end + 1);
    }, ANSWER_TIMEOUT_MS);
  }
}
