import { existsSync } from 'node:fs';
import { TrackedProcess, type ExitStatus } from '../../support/tracked-process.js';
import { apachePresent } from './apache.js';

const SCRIPT = '/usr/share/zookeeper/bin/zkCli.sh';
const ANSWER_TIMEOUT_MS = 20_000;
/** A command whose answer marks that everything before it has been printed. */
const FENCE_COMMAND = 'printwatches';
const FENCE_ANSWER = 'printwatches is on';
const EVENT = /^WatchedEvent state:(\S+) type:(\S+) path:(\S+)$/;
const ENVIRONMENT = { JVMFLAGS: '-Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1', TZ: 'UTC' };

/** Why zkCli.sh cannot be run here, or null when it can. */
export function zkCliPresent(): string | null {
  if (!existsSync(SCRIPT)) return `${SCRIPT} is missing: install Debian's package zookeeper`;
  return apachePresent();
}

/** Runs one command of zkCli.sh without a dialogue, as scripts do. */
export async function zkCliOnce(
  connectString: string,
  command: readonly string[],
): Promise<{ status: ExitStatus; stdout: string; stderr: string }> {
  const cli = new TrackedProcess({
    command: 'bash',
    args: [SCRIPT, '-server', connectString, ...command],
    env: ENVIRONMENT,
  });
  const status = await cli.exited;
  return { status, stdout: cli.stdout, stderr: cli.stderr };
}

/** An interactive zkCli.sh fed through a pipe, one command at a time. */
export class ZkCli {
  readonly #cli: TrackedProcess;
  #read = 0;
  readonly #events: string[] = [];

  private constructor(cli: TrackedProcess) {
    this.#cli = cli;
  }

  static async open(connectString: string): Promise<ZkCli> {
    // One pipe for both outputs: results go to standard output, errors to standard error, and their order counts.
    const cli = new ZkCli(
      new TrackedProcess({
        command: 'bash',
        args: ['-c', 'exec bash "$0" "$@" 2>&1', SCRIPT, '-server', connectString],
        env: ENVIRONMENT,
      }),
    );
    await cli.#cli.line((line) => line === 'WatchedEvent state:SyncConnected type:None path:null', {
      timeoutMs: ANSWER_TIMEOUT_MS,
    });
    await cli.run('printwatches on');
    cli.#events.length = 0;
    return cli;
  }

  /** Runs one command; resolves with what it said, watch events taken out. */
  async run(command: string): Promise<string[]> {
    this.#cli.write(`${command}\n${FENCE_COMMAND}\n`);
    return this.#cli.until(() => {
      const end = this.#cli.lines.indexOf(FENCE_ANSWER, this.#read);
      return end === -1 ? undefined : this.#take(end + 1).slice(0, -1);
    }, ANSWER_TIMEOUT_MS);
  }

  /** Takes the next `count` watch events, waiting for those still under way. */
  async events(count: number): Promise<string[]> {
    await this.#cli.until(() => {
      const printed = this.#cli.lines.slice(this.#read).filter((line) => EVENT.test(line)).length;
      return this.#events.length + printed >= count ? true : undefined;
    }, ANSWER_TIMEOUT_MS);
    this.#take(this.#cli.lines.length);
    return this.#events.splice(0);
  }

  async quit(): Promise<ExitStatus> {
    this.#cli.write('quit\n');
    return this.#cli.exited;
  }

  /** Takes the lines up to `end`: events go to their own list, the rest is the result. Blank lines belong to either. */
  #take(end: number): string[] {
    const said: string[] = [];
    const lines = this.#cli.lines.slice(this.#read, end);
    this.#read = end;
    for (const line of lines) {
      const event = EVENT.exec(line);
      if (event !== null) this.#events.push(`${event[2]} ${event[3]}`);
      else if (line.trim() !== '' && line !== 'WATCHER::') said.push(line);
    }
    return said;
  }
}
