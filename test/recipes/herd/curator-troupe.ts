import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { classPath, JAVA } from '../../interop/support/java.js';
import { sessionFile } from '../../interop/support/sessions.js';
import { TrackedProcess } from '../../support/tracked-process.js';
import type { HerdCase, HerdCrowd } from './herd-case.js';
import { SESSION_TIMEOUT_MS } from './herd-ground.js';

const JAR_FOLDER = '/usr/share/java';
const JARS = ['curator-recipes', 'curator-framework', 'curator-client', 'zookeeper'];
const ANSWER_MAX_MS = 240_000;
/** A thousand sessions are some thousand threads. */
const JVM_FLAGS = ['-Xmx700m', '-Xss256k', '-XX:+UseSerialGC', '-Dorg.slf4j.simpleLogger.defaultLogLevel=off'];

/** Crowds of Curator's recipes, in a process of their own. */
export class CuratorTroupe {
  readonly #process: TrackedProcess;
  readonly #classes: string;
  #read = 0;

  private constructor(process: TrackedProcess, classes: string) {
    this.#process = process;
    this.#classes = classes;
  }

  /** Why there is none, or null. */
  static missing(): string | null {
    const jar = JARS.map((name) => join(JAR_FOLDER, `${name}.jar`)).find((file) => !existsSync(file));
    if (jar !== undefined) return `${jar} is missing (Debian: apt install libcurator-recipes-java)`;
    const compiler = spawnSync('javac', ['-version']);
    return compiler.status === 0 ? null : 'javac is missing (Debian: apt install default-jdk-headless)';
  }

  static version(): string {
    const named = readdirSync(JAR_FOLDER).map((name) => /^curator-recipes-([\d.]+)\.jar$/.exec(name)?.[1]);
    return named.find((version) => version !== undefined) ?? 'of Debian';
  }

  /** `onlookers`: where what it looks at by itself does not count. */
  static async start(connectString: string, onlookers: string): Promise<CuratorTroupe> {
    const classes = mkdtempSync(join(tmpdir(), 'pinfold-herd-'));
    const path = classPath(classes, ...JARS);
    const source = sessionFile('CuratorHerd.java');
    const compiled = spawnSync('javac', ['-cp', path, '-d', classes, source], { encoding: 'utf8' });
    if (compiled.status !== 0) throw new Error(compiled.stderr);
    const args = [...JVM_FLAGS, '-cp', path, 'CuratorHerd', connectString, onlookers, String(SESSION_TIMEOUT_MS)];
    const troupe = new CuratorTroupe(new TrackedProcess({ command: JAVA, args }), classes);
    await troupe.#answer('ready');
    return troupe;
  }

  async gather({ id }: HerdCase, waiters: number, path: string): Promise<HerdCrowd> {
    const gathered = await this.#ask(`gather ${id} ${waiters} ${path}`, 'gathered ');
    return {
      steps: Number(gathered.split(' ')[1]),
      step: async () => void (await this.#ask('step', 'stepped')),
    };
  }

  /** Everybody of the crowd. */
  async leave(): Promise<void> {
    await this.#ask('leave', 'left');
  }

  async quit(): Promise<void> {
    await this.#process.stop('SIGKILL', 0);
    rmSync(this.#classes, { recursive: true, force: true });
  }

  #ask(command: string, answer: string): Promise<string> {
    this.#process.write(`${command}\n`);
    return this.#answer(answer);
  }

  async #answer(beginning: string): Promise<string> {
    const line = await this.#process.line(() => true, { from: this.#read, timeoutMs: ANSWER_MAX_MS });
    this.#read += 1;
    if (!line.startsWith(beginning)) throw new Error(`not ${beginning} but ${line}`);
    return line;
  }
}
