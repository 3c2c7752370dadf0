import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
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

/** Where crowds of Curator's recipes meet: `onlookers` is where what they look at by themselves does not count. */
export interface CuratorGround {
  readonly connectString: string;
  readonly onlookersConnectString: string;
}

/** Has crowds of Curator's recipes gather, each in a process of its own. */
export class CuratorTroupe {
  readonly #classes = mkdtempSync(join(tmpdir(), 'pinfold-herd-'));
  readonly #classPath = classPath(this.#classes, ...JARS);
  readonly #ground: CuratorGround;
  #crowd: TrackedProcess | null = null;

  constructor(ground: CuratorGround) {
    this.#ground = ground;
    const source = sessionFile('CuratorHerd.java');
    const args = ['-cp', this.#classPath, '-d', this.#classes, source];
    const { status, stderr } = spawnSync('javac', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }

  /** Why there is none, or null. */
  static missing(): string | null {
    const jar = JARS.map((name) => join(JAR_FOLDER, `${name}.jar`)).find((file) => !existsSync(file));
    if (jar !== undefined) return `${jar} is missing (Debian: apt install libcurator-recipes-java)`;
    const compiler = spawnSync('javac', ['-version']);
    return compiler.status === 0 ? null : 'javac is missing (Debian: apt install default-jdk-headless)';
  }

  async gather({ id }: HerdCase, waiters: number, path: string): Promise<HerdCrowd> {
    const { connectString, onlookersConnectString } = this.#ground;
    const program = ['-cp', this.#classPath, 'CuratorHerd'];
    const args = [connectString, onlookersConnectString, String(SESSION_TIMEOUT_MS), id, String(waiters), path];
    const crowd = new TrackedProcess({ command: JAVA, args: [...JVM_FLAGS, ...program, ...args] });
    this.#crowd = crowd;
    const gathered = await crowd.line((line) => line.startsWith('gathered '), { timeoutMs: ANSWER_MAX_MS });
    return {
      steps: Number(gathered.split(' ')[1]),
      step: async () => {
        const from = crowd.lines.length;
        crowd.write('step\n');
        await crowd.line((line) => line === 'stepped', { from, timeoutMs: ANSWER_MAX_MS });
      },
    };
  }

  /** A thousand clients take minutes to close: their sessions are left to end by themselves. */
  async leave(): Promise<void> {
    await this.#crowd?.stop('SIGKILL', 0);
    this.#crowd = null;
  }

  async disband(): Promise<void> {
    await this.leave();
    rmSync(this.#classes, { recursive: true, force: true });
  }
}
