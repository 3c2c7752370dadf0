// One server process on a folder of its own: started, looked at, ended.
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { runDir, start } from '../processes.mjs';

/** @import { ChildProcess } from 'node:child_process' */

/**
 * @typedef {object} Product a kind of server
 * @property {string} name as the table's heading has it
 * @property {string} what version and settings, one line
 * @property {string} [dist] folder of the compiled pinfold that it is
 * @property {(configFile: string) => { command: string, args: readonly string[], env?: Record<string, string> }} command
 *
 * @typedef {object} Target one server or several that a load runs on
 * @property {Product} product
 * @property {string} connectString
 * @property {readonly number[]} pids
 * @property {() => boolean} hasEnded
 * @property {() => string} logTail
 */

let homes = 0;
/** @type {Set<Server>} */
const servers = new Set();

/**
 * Both products get the same file: defaults, but for the limit of connections that one address may have, and Apache's admin
 * server, which pinfold does not have.
 */
const sameForAll = {
  tickTime: 2000,
  clientPortAddress: '127.0.0.1',
  maxClientCnxns: 0,
  'admin.enableServer': false,
};

/** A folder for a server that nobody had. */
export function newHome() {
  return `${runDir}/server-${++homes}`;
}

/**
 * Its process exists when this returns; it serves nobody yet.
 * @param {Product} product
 * @param {{ home: string, port: number, config?: Readonly<Record<string, string | number | boolean>> }} place
 */
export function startServer(product, { home, port, config = {} }) {
  mkdirSync(`${home}/data`, { recursive: true });
  const keys = { dataDir: `${home}/data`, clientPort: port, ...sameForAll, ...config };
  const lines = Object.entries(keys).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(`${home}/zoo.cfg`, lines.join(''));
  const { command, args, env } = product.command(`${home}/zoo.cfg`);
  const log = openSync(`${home}/log`, 'w');
  const child = start(command, args, { stdio: ['ignore', log, log], cwd: home, env: { ...process.env, ...env } });
  closeSync(log);
  const server = new Server({ product, child, port, home });
  servers.add(server);
  return server;
}

/** Ends what is left when a measurement failed half-way. */
export async function endServers() {
  for (const server of servers) await server.discard();
}

/** @implements {Target} */
export class Server {
  #child;

  /** @param {{ product: Product, child: ChildProcess, port: number, home: string }} parts */
  constructor({ product, child, port, home }) {
    this.product = product;
    this.#child = child;
    this.port = port;
    this.home = home;
    this.connectString = `127.0.0.1:${port}`;
    /** From starting the process to the first answered session, in ms. */
    this.startMs = NaN;
    child.once('error', () => {}); // a command that is not there: hasEnded() tells
  }

  get pid() {
    return this.#child.pid ?? 0;
  }

  get pids() {
    return [this.pid];
  }

  hasEnded() {
    return this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Resident memory in MiB. */
  rssMib() {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN) / 1024;
  }

  logTail() {
    const log = `${this.home}/log`;
    return existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(-12).join('\n') : '';
  }

  /** Ends it as a power cut would, and waits until it is gone. */
  async kill() {
    servers.delete(this);
    if (this.hasEnded()) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }

  /** Ends it and forgets its data. */
  async discard() {
    await this.kill();
    rmSync(this.home, { recursive: true, force: true });
  }
}
