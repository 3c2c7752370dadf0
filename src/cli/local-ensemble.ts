import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseServerConfig } from '../server/config/parse-server-config.js';
import { configText, LOCAL_HOST, planServers, portsFrom, PORTS_PER_SERVER } from './ensemble-plan.js';
import type { EnsembleSize, PlannedServer } from './ensemble-plan.js';
import { freePorts } from './free-ports.js';
import { ServerProcess } from './server-process.js';

export interface LocalEnsembleOptions extends EnsembleSize {
  /** Keeps the data; null = a temporary one that goes away with the ensemble. */
  readonly directory: string | null;
  /** The first port for clients; null = free ones. */
  readonly basePort: number | null;
  /** More settings, as `key=value`. */
  readonly set: readonly string[];
  /** A server serves in another role, or has ended. */
  readonly changed?: (server: ServerProcess) => void;
}

/** What was asked for cannot be; the message says why. */
export class EnsembleProblem extends Error {
  override readonly name = 'EnsembleProblem';
}

/** An ensemble on this machine, each server a process. Nothing of it outlives this process. */
export class LocalEnsemble {
  readonly directory: string;
  /** In the order of their numbers. */
  readonly servers: readonly ServerProcess[];
  readonly #isTemporary: boolean;
  readonly #tell: (server: ServerProcess) => void;
  readonly #waiting = new Set<() => void>();

  private constructor(plans: readonly PlannedServer[], directory: string, options: LocalEnsembleOptions) {
    this.directory = directory;
    this.#isTemporary = options.directory === null;
    this.#tell = options.changed ?? (() => undefined);
    this.servers = plans.map((plan) => new ServerProcess(plan, (server) => this.#changed(server)));
  }

  /** Writes the configurations and starts the servers; {@link serving} tells when they serve. */
  static async start(options: LocalEnsembleOptions): Promise<LocalEnsemble> {
    const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'pinfold-ensemble-')));
    try {
      const plans = await planIn(directory, options);
      const ensemble = new LocalEnsemble(plans, directory, options);
      for (const server of ensemble.servers) server.start();
      return ensemble;
    } catch (error) {
      if (options.directory === null) await rm(directory, { recursive: true, force: true });
      const { code, path } = error as NodeJS.ErrnoException;
      if (code === undefined || path === undefined) throw error;
      throw new EnsembleProblem(
        `${path}: cannot be made or read (${code}); give --dir a directory that can be written`,
      );
    }
  }

  /** What clients want to hear. */
  get connectString(): string {
    return this.servers.map(({ address }) => address).join(',');
  }

  /** Null while there is none. */
  get leader(): ServerProcess | null {
    return this.servers.find(({ mode }) => mode === 'leader') ?? null;
  }

  /** Resolves when every server serves. Rejects with an {@link EnsembleProblem} as soon as one has ended instead. */
  async serving(signal: AbortSignal): Promise<void> {
    await this.until(() => {
      const ended = this.servers.find(({ isRunning }) => !isRunning);
      if (ended !== undefined && ended.ending !== null) throw new EnsembleProblem(endingText(ended));
      return this.servers.every(({ mode }) => mode !== null);
    }, signal);
  }

  /** Resolves as soon as the condition holds; it is looked at after every change of a server. */
  async until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    while (!condition()) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal.addEventListener('abort', wake);
      });
    }
  }

  /** Stops all servers, and removes a temporary directory. */
  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
    if (this.#isTemporary) await rm(this.directory, { recursive: true, force: true });
  }

  #changed(server: ServerProcess): void {
    this.#tell(server);
    for (const wake of [...this.#waiting]) wake();
  }
}

/** Why a server is not there, in one sentence. */
export function endingText({ name, ending }: ServerProcess): string {
  if (ending === null) return `${name} runs`;
  return `${name} has ended ${ending.how}${ending.why === '' ? '' : `: ${ending.why}`}`;
}

/** A directory that has servers goes on with them as they are; another one gets new ones. */
async function planIn(directory: string, options: LocalEnsembleOptions): Promise<PlannedServer[]> {
  const count = options.voters + options.observers;
  const found = await foundIn(directory);
  if (found.length > 0) {
    if (found.length === count && options.basePort === null && options.set.length === 0) return found;
    throw new EnsembleProblem(
      `${directory} holds an ensemble of ${found.length} servers: ask for as many, without ports and settings, or for another directory`,
    );
  }
  const ports =
    options.basePort === null
      ? await freePorts(LOCAL_HOST, count * PORTS_PER_SERVER)
      : portsFrom(options.basePort, options);
  const plans = planServers(options, ports, directory);
  checkSettings(plans, options.set);
  for (const plan of plans) {
    await mkdir(join(plan.directory, 'data'), { recursive: true });
    await writeFile(join(plan.directory, 'data', 'myid'), `${plan.sid}\n`);
    await writeFile(join(plan.directory, 'zoo.cfg'), configText(plan, plans, options.set));
  }
  return plans;
}

/** Throws a ConfigError that tells what is wrong with a setting, before anything is written. */
function checkSettings(plans: readonly PlannedServer[], set: readonly string[]): void {
  const [first] = plans;
  if (first === undefined) return;
  const input = { kind: 'file', path: 'zoo.cfg', text: configText(first, plans, []) } as const;
  parseServerConfig(input, { baseDir: first.directory, overrides: set, readText: () => String(first.sid) });
}

async function foundIn(directory: string): Promise<PlannedServer[]> {
  const found: PlannedServer[] = [];
  for (let sid = 1; ; sid++) {
    const home = join(directory, `server-${sid}`);
    const path = join(home, 'zoo.cfg');
    if (!existsSync(path)) return found;
    const text = await readFile(path, 'utf8');
    const { ensemble, clientPort } = parseServerConfig({ kind: 'file', path, text }, { baseDir: home });
    const member = ensemble?.membership.members.get(sid);
    const [address] = member?.addresses ?? [];
    if (member === undefined || address === undefined || clientPort === null) {
      throw new EnsembleProblem(`${path} is not the configuration of server ${sid} of an ensemble`);
    }
    const { quorumPort, electionPort } = address;
    found.push({ sid, role: member.role, clientPort, quorumPort, electionPort, directory: home });
  }
}
