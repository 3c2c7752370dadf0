// Rows of loads: two servers (or two ensembles) that have been running since before, and the same load on one and then
// on the other.
import { availableParallelism } from 'node:os';
import { load } from '../generator.mjs';
import { say, sayFailure, sayFigures } from '../progress.mjs';
import { inTurn } from './turns.mjs';

/** @import { Bench } from '../bench.mjs' */
/** @import { LoadResult, LoadRow } from '../rows/load-rows.mjs' */
/** @import { Product, Target } from '../servers/server.mjs' */

const WARM_UP_SECONDS = 0.5;

/**
 * @typedef {Target & { discard: () => Promise<void> }} Contestant
 *
 * @param {Bench} bench
 * @param {{ rows: readonly LoadRow[], launch: (product: Product) => Promise<Contestant> }} what
 */
export async function measureLoads(bench, { rows, launch }) {
  const servers = await Promise.all(bench.products.map((product) => launch(product)));
  if (!bench.options.quick) await warmUp(bench, servers, rows);
  // Round by round, so that the turns of one row lie minutes apart: what disturbs the machine for a while disturbs one.
  for (let round = 1; round <= bench.options.rounds; round += 1) {
    for (const row of rows) {
      for (const server of inTurn(servers, round)) {
        await measureOne(bench, { row, server, round });
        if (!server.hasEnded()) continue;
        await server.discard();
        servers[servers.indexOf(server)] = await launch(server.product);
      }
    }
  }
}

/**
 * A turn at every row that is not counted: compilers need tens of thousands of requests of a kind to be themselves.
 * @param {Bench} bench
 * @param {readonly Target[]} servers
 * @param {readonly LoadRow[]} rows
 */
async function warmUp({ generator }, servers, rows) {
  say(`warming up ${servers.length === 1 ? 'the server' : 'both servers'} on ${rows.length} loads`);
  const seconds = Math.max(1, 8 / rows.length);
  for (const row of rows) {
    // What goes wrong here goes wrong again where it is reported.
    for (const server of servers) {
      await load(generator, server, [...row.args, ...timing(seconds, 0)]).catch(() => {});
    }
  }
}

/**
 * @param {Bench} bench
 * @param {{ row: LoadRow, server: Target, round: number }} turn
 */
async function measureOne({ generator, options, results }, { row, server, round }) {
  const side = server.product.name;
  const place = { round, rounds: options.rounds, row, side };
  try {
    const args = [...row.args, ...timing(options.seconds, options.quick ? 0.1 : WARM_UP_SECONDS)];
    const result = await load(generator, server, args);
    const values = row.read(result);
    results.record(row, side, { round, values });
    results.usedElsewhere(usedElsewhere(result));
    sayFigures(place, values);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    results.fail(row, side, reason);
    sayFailure(place, reason);
  }
}

/**
 * @param {number} seconds
 * @param {number} warmUpSeconds
 */
function timing(seconds, warmUpSeconds) {
  return ['--seconds', `${seconds}`, '--warmup', `${warmUpSeconds}`];
}

/** @param {LoadResult} result */
function usedElsewhere({ machine_busy, seconds, client_cpu_s, server_cpu_s }) {
  return Math.max(0, machine_busy - (client_cpu_s + server_cpu_s) / seconds / availableParallelism());
}
