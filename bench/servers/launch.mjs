// One server process on a folder of its own: started, timed to its first answer, looked at, ended.
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { runDir, start } from '../processes.mjs';
import { firstSession } from './first-session.mjs';

/** @import { ChildProcess } from 'node:child_process' */

/**
 * @typedef {object} Product a kind of server
 * @property {string} name as the table's heading has it
 * @property {string} what version and settings, one line
 * @property {string} [dist] folder of the compiled pinfold that it is
 * @property {(configFile: string) => { command: string, args: readonly string[], env?: Record<string, string> }} command
 */

const START_TIMEOUT_MS = 180_000;
let launched = 0;
/** @type {Set<Server>} */
const servers = new Set();

/**
 * Both servers get the same file: defaults, but for the limit of connections that one address may have, and Apache's admin
 * server, which pinfold does not have.
 */
const sameForAll = {
  tickTime: 2000,
  clientPortAddress: '127.0.0.1',
  maxClientCnxns: 0,
  'admin.enableServer': false,
};

/**
 * @param {Product} product
 * @param {{ home?: string, config?: Record<string, string | number | boolean> }} [options] `home`: the folder of an earlier server of this product
 */
export async function launch(product, { home = `${runDir}/server-${++launched}`, config = {} } = {}) {
  mkdirSync(`${home}/data`, { recursive: true });
  const port = await freePort();
  const keys = { dataDir: `${home}/data`, clientPort: port, ...sameForAll, ...config };
  writeFileSync(
    `${home}/zoo.cfg`,
    Object.entries(keys)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  const { command, args, env } = product.command(`${home}/zoo.cfg`);
  const log = openSync(`${home}/log`, 'w');
  const startedMs = performance.now();
  const child = start(command, args, { stdio: ['ignore', log, log], cwd: home, env: { ...process.env, ...env } });
  closeSync(log);
  const server = new Server({ product, child, port, home });
  servers.add(server);
  try {
    await firstSession(port, { timeoutMs: START_TIMEOUT_MS, given: () => server.hasEnded() });
  } catch (error) {
    await server.kill();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${product.name} did not start: ${reason}\n${server.logTail()}`, { cause: error });
  }
  server.startMs = performance.now() - startedMs;
  return server;
}

/** Ends what is left when a measurement failed half-way. */
export async function endServers() {
  for (const server of servers) await server.discard();
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

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
