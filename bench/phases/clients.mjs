// Rows of clients: each client in a process of its own, taking turns at the same load on the same server.
import { projectRoot } from '../../scripts/dist-state.mjs';
import { apacheMissing } from '../servers/apache.mjs';
import { launch } from '../servers/launch.mjs';
import { run } from '../processes.mjs';
import { say, sayFailure, sayFigures, warn } from '../progress.mjs';
import { installPeer, peerModule, peers } from '../clients/peers.mjs';
import { inTurn } from './turns.mjs';

/** @import { Bench } from '../bench.mjs' */
/** @import { ClientRow } from '../rows/client-rows.mjs' */
/** @import { Server } from '../servers/server.mjs' */

const WARM_UP_SECONDS = 0.5;

/**
 * @typedef {object} Contestant
 * @property {string} side
 * @property {string} kind of adapter
 * @property {string} module
 *
 * @param {Bench} bench
 * @param {readonly ClientRow[]} rows
 */
export async function measureClients(bench, rows) {
  const { options, products, results } = bench;
  const timing = { warmUpSeconds: options.quick ? 0.2 : WARM_UP_SECONDS, seconds: options.seconds };
  const contestants = await gather(bench);
  const servers = await Promise.all(products.map((product) => launch(product)));
  const serverOf = (/** @type {ClientRow} */ row) => servers.find(({ product }) => product.name === row.server);
  for (const row of rows) {
    if (serverOf(row) === undefined) results.leaveOut(row, apacheMissing() ?? 'Apache has no part in this run');
  }
  if (!options.quick) await warmUp(rows, contestants, serverOf);
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const row of rows) {
      const server = serverOf(row);
      for (const contestant of server === undefined ? [] : inTurn(contestants, round)) {
        const place = { round, rounds: options.rounds, row, side: contestant.side };
        try {
          const values = await measureOne({ row, server, contestant }, timing);
          results.record(row, contestant.side, { round, values });
          sayFigures(place, values);
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          results.fail(row, contestant.side, reason);
          sayFailure(place, reason);
        }
      }
    }
  }
}

/**
 * A turn at every row that is not counted: whoever came first would meet servers that are not yet compiled.
 * @param {readonly ClientRow[]} rows
 * @param {readonly Contestant[]} contestants
 * @param {(row: ClientRow) => Server | undefined} serverOf
 */
async function warmUp(rows, contestants, serverOf) {
  say(`warming up the servers on ${rows.length} loads of clients`);
  const contestant = contestants.at(-1);
  for (const row of rows) {
    const server = serverOf(row);
    if (server === undefined || contestant === undefined) continue;
    // What goes wrong here goes wrong again where it is reported.
    await measureOne({ row, server, contestant }, { warmUpSeconds: 0, seconds: 1.5 }).catch(() => {});
  }
}

/** The names of the clients that pinfold's is compared with. @param {Bench} bench */
export function otherClients({ options }) {
  return [...peers.map(({ name }) => name), ...(options.baseline === null ? [] : ['baseline'])];
}

/**
 * @param {Bench} bench
 * @returns {Promise<Contestant[]>}
 */
async function gather({ products, results }) {
  /** @type {Contestant[]} */
  const contestants = [];
  for (const peer of peers) {
    const missing = await installPeer(peer);
    if (missing === null) contestants.push({ side: peer.name, kind: peer.name, module: peerModule(peer) });
    else {
      warn(`${peer.name} ${peer.version} is NOT measured: ${missing}`);
      results.notMeasured.push(`${peer.name} ${peer.version}, ${missing}`);
    }
  }
  for (const { name, dist } of products) {
    if (dist !== undefined) contestants.push({ side: name, kind: 'pinfold', module: `${dist}/client/index.js` });
  }
  return contestants;
}

/**
 * @param {{ row: ClientRow, server: Server | undefined, contestant: Contestant }} turn
 * @param {{ warmUpSeconds: number, seconds: number }} timing
 * @returns {Promise<Record<string, number>>}
 */
async function measureOne({ row, server, contestant }, { warmUpSeconds, seconds }) {
  const args = [
    `${projectRoot}/bench/clients/load.mjs`,
    contestant.kind,
    contestant.module,
    server?.connectString ?? '',
    row.op,
    `${row.inFlight}`,
    `${warmUpSeconds}`,
    `${seconds}`,
  ];
  const { status, stdout, stderr } = await run(process.execPath, args, { timeout: 60_000 });
  if (status !== 0) throw new Error(stderr.trim() || `its process ended with ${status ?? 'a signal'}`);
  return JSON.parse(stdout);
}
