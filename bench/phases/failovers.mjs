// How long nobody can write when the leader of three is killed. Each kill is a round, both products taking turns.
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { ensembleRows } from '../rows/ensemble-rows.mjs';
import { Ensemble } from '../servers/ensemble.mjs';
import { takeTurns } from './turns.mjs';

/** @import { Bench } from '../bench.mjs' */
/** @import { Client } from '../../src/client/index.js' */
/** @import { Row } from '../rows/rows.mjs' */
/** @import { Product } from '../servers/server.mjs' */

const KILLS = 20;
const CLIENTS = 8;
const IN_FLIGHT = 4;
/** Under load before the kill. */
const LOADED_MS = 500;
const FAILOVER_MAX_MS = 30_000;
/** The client that everybody gets is to be no part of the figure: it looks for a server all the time. */
const CLIENT_OPTIONS = { sessionTimeoutMs: 30_000, connectTimeoutMs: 1_000, backoff: { baseMs: 2, maxMs: 5 } };

/**
 * @param {Bench} bench
 * @param {readonly Row[]} rows
 */
export async function measureFailovers(bench, rows) {
  /** @type {typeof import('../../src/client/index.js')} */
  const { Client } = await import(pathToFileURL(`${bench.subject.dist}/client/index.js`).href);
  /** @type {Map<Product, Ensemble>} */
  const ensembles = new Map();
  /** @type {Map<Product, number>} */
  const slowest = new Map();
  const rounds = bench.options.quick ? 1 : KILLS;
  for (const product of bench.products) ensembles.set(product, await Ensemble.launch(product));
  await takeTurns(bench, { rows, rounds }, async ({ product, round, record }) => {
    let ensemble = ensembles.get(product);
    if (ensemble === undefined || ensemble.hasEnded()) ensemble = await Ensemble.launch(product);
    ensembles.set(product, ensemble);
    const { connectString } = ensemble;
    const clients = Array.from({ length: CLIENTS }, () => Client.connect(connectString, CLIENT_OPTIONS));
    const ms = await failover(ensemble, new Load(await Promise.all(clients)));
    slowest.set(product, Math.max(ms, slowest.get(product) ?? 0));
    record(ensembleRows.failover, { ms });
    if (round === rounds) record(ensembleRows.slowestFailover, { ms: slowest.get(product) ?? ms });
  });
  for (const ensemble of ensembles.values()) await ensemble.discard();
}

/**
 * Kills the leader under load. All three serve again when this resolves.
 * @param {Ensemble} ensemble
 * @param {Load} load
 * @returns {Promise<number>} ms from the kill to the first write since that was acknowledged
 */
async function failover(ensemble, load) {
  const leader = await ensemble.leader();
  await load.begin();
  let killed = Promise.resolve();
  try {
    await sleep(LOADED_MS);
    const written = load.untilNextWrite();
    killed = leader.kill();
    return await written;
  } finally {
    await killed;
    await load.end();
    ensemble.start(leader);
    await ensemble.leader();
  }
}

/** Clients that write all the time. */
class Load {
  #clients;
  #isRunning = true;
  /** @type {Promise<void>[]} */
  #writers = [];
  /**
   * Told of each acknowledged write when it was begun.
   * @type {((begunMs: number) => void) | null}
   */
  #acknowledged = null;

  /** @param {readonly Client[]} clients */
  constructor(clients) {
    this.#clients = clients;
  }

  async begin() {
    const paths = await Promise.all(
      this.#clients.map(async (client) => (await client.create('/load-', null, { mode: 'ephemeral-sequential' })).path),
    );
    this.#clients.forEach((client, index) => {
      for (let left = IN_FLIGHT; left > 0; left -= 1) this.#writers.push(this.#write(client, paths[index] ?? '/'));
    });
  }

  /** Ms from now to the first acknowledgement of a write that is begun from now on. */
  async untilNextWrite() {
    const fromMs = performance.now();
    /** @type {Promise<number>} */
    const next = new Promise((resolve) => {
      this.#acknowledged = (begunMs) => {
        if (begunMs >= fromMs) resolve(performance.now() - fromMs);
      };
    });
    const never = sleep(FAILOVER_MAX_MS, null, { ref: false });
    const ms = await Promise.race([next, never]);
    if (ms === null) throw new Error(`no write within ${FAILOVER_MAX_MS} ms of the kill`);
    return ms;
  }

  async end() {
    this.#isRunning = false;
    await Promise.all(this.#writers);
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  /**
   * @param {Client} client
   * @param {string} path
   */
  async #write(client, path) {
    const value = Buffer.alloc(100);
    while (this.#isRunning) {
      const begunMs = performance.now();
      try {
        await client.setData(path, value, { timeoutMs: FAILOVER_MAX_MS });
        this.#acknowledged?.(begunMs);
      } catch {
        // Lost with its connection: the next one waits for another.
      }
    }
  }
}
