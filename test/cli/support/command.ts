import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { builtCommand } from '../../support/built.js';

const scratch = mkdtempSync(join(tmpdir(), 'pinfold-cli-'));
const running = new Set<Command>();

afterAll(async () => {
  for (const command of running) command.kill('SIGKILL');
  await Promise.all([...running].map((command) => command.ended));
  rmSync(scratch, { recursive: true });
});

/** The shell counts file sizes in blocks of 512 bytes. */
const BLOCKS_PER_KB = 2;

/** How a command ended. */
export interface Ending {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Sent to standard input, which is then closed. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Writing a file beyond this many KB fails, as on a full disk. */
  readonly fileKbMax?: number;
}

/** A path of its own in a directory that goes away after the tests. */
export function scratchPath(name: string): string {
  return join(mkdtempSync(join(scratch, 'x-')), name);
}

/** Writes a configuration file and returns its path. */
export function configFile(...lines: string[]): string {
  const path = scratchPath('zoo.cfg');
  writeFileSync(path, lines.join('\n'));
  return path;
}

/** The built `pinfold` command as a process. */
export class Command {
  readonly ended: Promise<Ending>;
  private readonly child: ChildProcess;
  private stdout = '';
  private stderr = '';

  constructor(args: readonly string[], { input = '', env = {}, fileKbMax }: CommandOptions = {}) {
    const command = [process.execPath, builtCommand(), ...args];
    // The signal that tells of the limit would kill: ignored, it leaves the error of the write.
    const limited = [
      'sh',
      '-c',
      `trap '' XFSZ; ulimit -f ${(fileKbMax ?? 0) * BLOCKS_PER_KB}; exec "$0" "$@"`,
      ...command,
    ];
    const [program = '', ...rest] = fileKbMax === undefined ? command : limited;
    const child = spawn(program, rest, { env: { ...process.env, ...env }, cwd: scratch });
    this.child = child;
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.stdout.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.ended = new Promise((resolve) => {
      child.once('close', (status, signal) => {
        running.delete(this);
        resolve({ status, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
    running.add(this);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Waits until standard output matches; fails when the process ends first. */
  async output(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.stdout);
      if (match !== null) return match;
      const more =
        this.child.stdout === null ? Promise.reject(new Error('no output')) : once(this.child.stdout, 'data');
      const ending = await Promise.race([more, this.ended]);
      if (!Array.isArray(ending)) throw new Error(`ended without ${String(pattern)}: ${this.stdout}${this.stderr}`);
    }
  }

  /** The port this server listens on. */
  async port(kind = 'plain'): Promise<number> {
    const [, port] = await this.output(new RegExp(`binding to port \\S+:(\\d+) \\(${kind}\\)`));
    return Number(port);
  }
}

/** Runs a command to its end. */
export function run(args: readonly string[], options?: CommandOptions): Promise<Ending> {
  return new Command(args, options).ended;
}

/** Asks a server a four-letter word; the whole answer. */
export function askWord(word: string, port: number): Promise<string> {
  return askOver(createConnection({ host: '127.0.0.1', port }), word);
}

export async function askOver(socket: Socket, word: string): Promise<string> {
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  socket.write(word);
  await once(socket, 'close');
  return answer;
}
